"""Workspaces with their members, and the workspace of jobs, keys and webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TIME = sa.DateTime(timezone=True)

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make a personal workspace for every account, with the account's id, and put its jobs into it."""
    _create_workspaces()
    _create_memberships()
    _create_invitations()
    for table in ("jobs", "batches", "api_keys", "webhook_endpoints", "resumable_uploads"):
        op.add_column(table, sa.Column("workspace_id", sa.String(length=36), nullable=True))
    op.execute(
        "INSERT INTO workspaces (id, name, personal_of, blind_review, created_at) "
        "SELECT id, 'Personal', id, true, created_at FROM users"
    )
    op.execute(
        "INSERT INTO memberships (workspace_id, user_id, role, since) "
        "SELECT id, id, 'admin', created_at FROM users"
    )
    op.execute("UPDATE jobs SET workspace_id = owner_id WHERE owner_id IS NOT NULL")
    op.execute("UPDATE batches SET workspace_id = owner_id WHERE owner_id IS NOT NULL")
    op.create_index("ix_jobs_workspace_id_created_at", "jobs", ["workspace_id", "created_at"])
    op.create_index("ix_jobs_workspace_id_sha256", "jobs", ["workspace_id", "sha256"])
    unplaced = sa.text("workspace_id IS NULL AND owner_id IS NOT NULL")
    op.create_index(
        "ix_jobs_unplaced", "jobs", ["owner_id"], sqlite_where=unplaced, postgresql_where=unplaced
    )
    op.create_index(op.f("ix_batches_workspace_id"), "batches", ["workspace_id"])
    op.create_index(op.f("ix_api_keys_workspace_id"), "api_keys", ["workspace_id"])
    op.create_index(op.f("ix_webhook_endpoints_workspace_id"), "webhook_endpoints", ["workspace_id"])


def _create_workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("personal_of", sa.String(length=36), nullable=True),
        sa.Column("retention_hours", sa.Integer(), nullable=True),
        sa.Column("blind_review", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["personal_of"], ["users.id"], name=op.f("fk_workspaces_personal_of"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("personal_of", name=op.f("uq_workspaces_personal_of")),
    )


def _create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_memberships_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"])


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_by", sa.String(length=36), nullable=True),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_invitations_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["users.id"], name=op.f("fk_invitations_made_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["used_by"], ["users.id"], name=op.f("fk_invitations_used_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_invitations_token_sha256")),
    )
    op.create_index(op.f("ix_invitations_workspace_id"), "invitations", ["workspace_id"])


def downgrade() -> None:
    """Drop the columns and the tables; jobs of shared workspaces stay with their senders."""
    op.drop_index(op.f("ix_webhook_endpoints_workspace_id"), table_name="webhook_endpoints")
    op.drop_index(op.f("ix_api_keys_workspace_id"), table_name="api_keys")
    op.drop_index(op.f("ix_batches_workspace_id"), table_name="batches")
    op.drop_index("ix_jobs_unplaced", table_name="jobs")
    op.drop_index("ix_jobs_workspace_id_sha256", table_name="jobs")
    op.drop_index("ix_jobs_workspace_id_created_at", table_name="jobs")
    for table in ("resumable_uploads", "webhook_endpoints", "api_keys", "batches", "jobs"):
        op.drop_column(table, "workspace_id")
    op.drop_table("invitations")
    op.drop_table("memberships")
    op.drop_table("workspaces")
