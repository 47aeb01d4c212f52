"""That another program said which file is behind a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("file_sources", sa.Column("resolution", DOCUMENT, nullable=True))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("file_sources", "resolution")
