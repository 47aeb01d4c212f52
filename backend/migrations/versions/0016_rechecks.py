"""Rechecks and their files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TIME = sa.DateTime(timezone=True)

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _rechecks()
    _recheck_items()


def _rechecks() -> None:
    op.create_table(
        "rechecks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("bundle_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_rechecks_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rechecks")),
    )
    op.create_index("ix_rechecks_state", "rechecks", ["state"], unique=False)
    op.create_index(
        "ix_rechecks_workspace_id_created_at", "rechecks", ["workspace_id", "created_at"], unique=False
    )


def _recheck_items() -> None:
    op.create_table(
        "recheck_items",
        sa.Column("recheck_id", sa.String(length=36), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("before_job_id", sa.String(length=36), nullable=True),
        sa.Column("before_verdict", sa.String(length=16), nullable=True),
        sa.Column("before_score", sa.Float(), nullable=True),
        sa.Column("after_verdict", sa.String(length=16), nullable=True),
        sa.Column("after_score", sa.Float(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_recheck_items_media_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recheck_id"], ["rechecks.id"], name=op.f("fk_recheck_items_recheck_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("recheck_id", "media_id", name=op.f("pk_recheck_items")),
    )
    op.create_index(op.f("ix_recheck_items_job_id"), "recheck_items", ["job_id"], unique=False)
    op.create_index(op.f("ix_recheck_items_media_id"), "recheck_items", ["media_id"], unique=False)
    op.create_index(
        "ix_recheck_items_recheck_id_state",
        "recheck_items",
        ["recheck_id", "state", "media_id"],
        unique=False,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("recheck_items")
    op.drop_table("rechecks")
