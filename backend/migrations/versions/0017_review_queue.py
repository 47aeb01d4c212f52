"""Whether a workspace asks for reviews, whether a task is blind, and one unread task per file and reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UNREAD = sa.text("state IN ('open', 'claimed', 'answered')")
UNDER_WAY = sa.text("state IN ('claimed', 'answered')")


def upgrade() -> None:
    """Add the column, which is on in shared workspaces, and the indexes."""
    op.add_column(
        "workspaces",
        sa.Column("asks_for_reviews", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute("UPDATE workspaces SET asks_for_reviews = true WHERE personal_of IS NULL")
    op.add_column("review_tasks", sa.Column("blind", sa.Boolean(), nullable=True))
    op.create_index(
        "uq_review_tasks_unread",
        "review_tasks",
        ["media_id", "reason"],
        unique=True,
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )
    op.create_index(
        "ix_review_tasks_under_way",
        "review_tasks",
        ["state", "lease_expires_at"],
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_review_tasks_under_way", "review_tasks")
    op.drop_index("uq_review_tasks_unread", "review_tasks")
    op.drop_column("review_tasks", "blind")
    op.drop_column("workspaces", "asks_for_reviews")
