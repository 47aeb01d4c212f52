"""One claim per reader, the orders of lists of reviews, and the counts of rechecks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0025"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CLAIMED = sa.text("state = 'claimed'")
FOR_ONE = sa.text("meant_for IS NOT NULL AND state IN ('open', 'answered')")


def upgrade() -> None:
    """Give back what a reader has claimed beside another task, then add the indexes and the column."""
    op.execute(
        """
        UPDATE review_tasks
        SET state = CASE WHEN answered > 0 THEN 'answered' ELSE 'open' END,
            claimed_by = NULL, claimed_at = NULL, lease_token = NULL, lease_expires_at = NULL, blind = NULL
        WHERE state = 'claimed' AND EXISTS (
            SELECT 1 FROM review_tasks AS other
            WHERE other.workspace_id = review_tasks.workspace_id
              AND other.claimed_by = review_tasks.claimed_by
              AND other.state = 'claimed'
              AND (other.claimed_at < review_tasks.claimed_at
                   OR (other.claimed_at = review_tasks.claimed_at AND other.id < review_tasks.id))
        )
        """
    )
    op.create_index(
        "uq_review_tasks_claimed",
        "review_tasks",
        ["workspace_id", "claimed_by"],
        unique=True,
        sqlite_where=CLAIMED,
        postgresql_where=CLAIMED,
    )
    op.create_index(
        "ix_review_tasks_meant_for",
        "review_tasks",
        ["workspace_id", "meant_for"],
        sqlite_where=FOR_ONE,
        postgresql_where=FOR_ONE,
    )
    op.create_index("ix_review_tasks_order", "review_tasks", ["workspace_id", "priority", "created_at", "id"])
    op.add_column("rechecks", sa.Column("counts", DOCUMENT, nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("rechecks", "counts")
    op.drop_index("ix_review_tasks_order", "review_tasks")
    op.drop_index("ix_review_tasks_meant_for", "review_tasks")
    op.drop_index("uq_review_tasks_claimed", "review_tasks")
