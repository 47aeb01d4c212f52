"""Jobs about one face that a reader has marked in the file of another job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

JSON = sa.JSON().with_variant(JSONB(), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, null for all jobs so far."""
    op.add_column("jobs", sa.Column("parent_id", sa.String(length=36), nullable=True))
    op.add_column("jobs", sa.Column("mark", JSON, nullable=True))
    op.create_index(op.f("ix_jobs_parent_id"), "jobs", ["parent_id"])


def downgrade() -> None:
    """Drop the columns."""
    op.drop_index(op.f("ix_jobs_parent_id"), table_name="jobs")
    op.drop_column("jobs", "mark")
    op.drop_column("jobs", "parent_id")
