"""What messages of webhooks are about, several replaced secrets, and webhooks of who has left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns, and disable the webhooks of who is no admin of their workspace any more.

    What messages that are there are about is noted by the sweep, as of those that a release before writes.
    """
    op.add_column("webhook_endpoints", sa.Column("older_secrets", DOCUMENT, nullable=True))
    op.add_column("webhook_deliveries", sa.Column("subject", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_webhook_deliveries_subject"), "webhook_deliveries", ["subject"], unique=False)
    op.execute(
        """
        UPDATE webhook_endpoints
        SET disabled_why = CASE WHEN disabled_at IS NULL THEN 'left' ELSE disabled_why END,
            disabled_at = COALESCE(disabled_at, CURRENT_TIMESTAMP),
            owner_id = COALESCE((
                SELECT user_id FROM memberships
                WHERE memberships.workspace_id = webhook_endpoints.workspace_id AND role = 'admin'
                ORDER BY since, user_id LIMIT 1
            ), owner_id)
        WHERE workspace_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM memberships
            WHERE memberships.workspace_id = webhook_endpoints.workspace_id
              AND memberships.user_id = webhook_endpoints.owner_id AND role = 'admin'
        )
        """
    )


def downgrade() -> None:
    """Remove the columns. What is disabled stays so."""
    op.drop_index(op.f("ix_webhook_deliveries_subject"), "webhook_deliveries")
    op.drop_column("webhook_deliveries", "subject")
    op.drop_column("webhook_endpoints", "older_secrets")
