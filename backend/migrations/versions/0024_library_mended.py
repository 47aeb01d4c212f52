"""Texts of the audit log that can be erased, actions on many files, and withdrawn files of data sets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TIME = sa.DateTime(timezone=True)
FROZEN = (
    "version_id, sha256, media_id, media_type, size_bytes, ending, label, kind, grade, label_revision, "
    "source, generator, group_key, split"
)

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the column, which the trigger against changes leaves free."""
    _texts()
    _actions()
    op.add_column("dataset_items", sa.Column("withdrawn_at", TIME, nullable=True))
    _refuse_change_of(f"UPDATE OF {FROZEN}")
    op.execute(
        "UPDATE dataset_items SET withdrawn_at = CURRENT_TIMESTAMP WHERE EXISTS (SELECT 1 "
        "FROM dataset_versions JOIN media ON media.id = dataset_items.media_id "
        "WHERE dataset_versions.id = dataset_items.version_id "
        "AND dataset_versions.consent = 'required' AND media.research_consent IS NULL)"
    )


def _texts() -> None:
    op.create_table(
        "audit_texts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=True),
        sa.Column("workspace_id", sa.String(length=36), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_texts")),
    )
    op.create_index(op.f("ix_audit_texts_subject"), "audit_texts", ["subject"], unique=False)
    op.create_index(op.f("ix_audit_texts_workspace_id"), "audit_texts", ["workspace_id"], unique=False)


def _actions() -> None:
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("asked_by", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=36), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_expires_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_bulk_actions_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
    )
    op.create_index(op.f("ix_bulk_actions_workspace_id"), "bulk_actions", ["workspace_id"], unique=False)
    op.create_index("ix_bulk_actions_state", "bulk_actions", ["state", "created_at"], unique=False)
    op.create_table(
        "bulk_action_files",
        sa.Column("action_id", sa.String(length=36), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["bulk_actions.id"],
            name=op.f("fk_bulk_action_files_action_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("action_id", "media_id", name=op.f("pk_bulk_action_files")),
    )


def _refuse_change_of(what: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER dataset_items_never_changed ON dataset_items")
        op.execute(
            f"CREATE TRIGGER dataset_items_never_changed BEFORE {what} ON dataset_items "
            "FOR EACH ROW EXECUTE FUNCTION never_changed()"
        )
        return
    op.execute("DROP TRIGGER dataset_items_never_changed")
    op.execute(
        f"CREATE TRIGGER dataset_items_never_changed BEFORE {what} ON dataset_items "
        "BEGIN SELECT RAISE(ABORT, 'dataset_items are never changed'); END"
    )


def downgrade() -> None:
    """Remove them. Digests in the audit log stay, and its chain whole; the texts are gone."""
    _refuse_change_of("UPDATE")
    op.drop_column("dataset_items", "withdrawn_at")
    op.drop_table("bulk_action_files")
    op.drop_table("bulk_actions")
    op.drop_table("audit_texts")
