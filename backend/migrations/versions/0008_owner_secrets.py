"""The hash of the secret by which a job without an account is changed and shared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; jobs that are there already keep none."""
    op.add_column("jobs", sa.Column("owner_secret_sha256", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("jobs", "owner_secret_sha256")
