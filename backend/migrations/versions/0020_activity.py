"""The workspace that an entry of the audit log is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which rows of earlier releases leave empty, and its index."""
    op.add_column("audit_log", sa.Column("workspace_id", sa.String(length=36), nullable=True))
    op.create_index(
        "ix_audit_log_workspace_id_position", "audit_log", ["workspace_id", "position"], unique=False
    )


def downgrade() -> None:
    """Remove both. Rows that name a workspace are no whole links to an earlier release."""
    op.drop_index("ix_audit_log_workspace_id_position", "audit_log")
    op.drop_column("audit_log", "workspace_id")
