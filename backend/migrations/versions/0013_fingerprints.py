"""Fingerprints of files, by which near copies are found; jobs that are there already have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "fingerprints",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("frames", DOCUMENT, nullable=False),
        sa.Column("forms", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_fingerprints_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fingerprints")),
        sa.UniqueConstraint("job_id", name=op.f("uq_fingerprints_job_id")),
    )
    op.create_table(
        "fingerprint_pieces",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fingerprint_id", NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["fingerprint_id"],
            ["fingerprints.id"],
            name=op.f("fk_fingerprint_pieces_fingerprint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "fingerprint_id", name=op.f("pk_fingerprint_pieces")),
    )
    op.create_index(
        op.f("ix_fingerprint_pieces_fingerprint_id"), "fingerprint_pieces", ["fingerprint_id"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("fingerprint_pieces")
    op.drop_table("fingerprints")
