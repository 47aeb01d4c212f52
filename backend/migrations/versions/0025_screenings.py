"""When a file was first analysed, with which verdict, and with which probability it was drawn for readers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None

PRESENT = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    """Add the columns, empty for files that are there: nobody knows whether these could have been drawn."""
    op.add_column("media", sa.Column("screened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("media", sa.Column("screened_as", sa.String(length=16), nullable=True))
    op.add_column("media", sa.Column("drawn_with", sa.Float(), nullable=True))
    op.create_index(
        "ix_media_screened",
        "media",
        ["workspace_id", "screened_at", "screened_as", "drawn_with"],
        unique=False,
        sqlite_where=PRESENT,
        postgresql_where=PRESENT,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_media_screened", "media")
    op.drop_column("media", "drawn_with")
    op.drop_column("media", "screened_as")
    op.drop_column("media", "screened_at")
