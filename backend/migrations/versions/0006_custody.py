"""Where files came from, and the audit log as a hash chain; its rows are chained in their order."""

from __future__ import annotations

from datetime import UTC

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from deepshield.domain.chain import FIRST, Link

TIME = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BATCH = 500
_LOG = sa.table(
    "audit_log",
    sa.column("id", sa.BigInteger),
    sa.column("at", TIME),
    sa.column("actor", sa.String),
    sa.column("action", sa.String),
    sa.column("subject", sa.String),
    sa.column("details", DOCUMENT),
    sa.column("position", sa.BigInteger),
    sa.column("hash", sa.String),
)
_HEAD = sa.table(
    "audit_head",
    sa.column("id", sa.Integer),
    sa.column("position", sa.BigInteger),
    sa.column("hash", sa.String),
)


def upgrade() -> None:
    """Create the table of sources; add the chain's columns and its head, and chain the rows."""
    op.create_table(
        "file_sources",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=True),
        sa.Column("declared_bytes", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("hops", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_file_sources_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_file_sources")),
    )
    # Null in rows that a release without the chain writes while it is being replaced.
    op.add_column("audit_log", sa.Column("position", sa.BigInteger(), nullable=True))
    op.add_column("audit_log", sa.Column("hash", sa.String(length=64), nullable=True))
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    _chain()
    op.create_index(op.f("ix_audit_log_position"), "audit_log", ["position"], unique=True)
    op.create_index(op.f("ix_audit_log_subject"), "audit_log", ["subject"], unique=False)


def downgrade() -> None:
    """Remove the chain and the sources."""
    op.drop_table("file_sources")
    op.drop_index(op.f("ix_audit_log_subject"), table_name="audit_log")
    op.drop_index(op.f("ix_audit_log_position"), table_name="audit_log")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit_log") as log:
        log.drop_column("hash")
        log.drop_column("position")


def _chain() -> None:
    connection, position, last, previous = op.get_bind(), 0, 0, FIRST
    changed = (
        sa.update(_LOG)
        .where(_LOG.c.id == sa.bindparam("row"))
        .values(position=sa.bindparam("place"), hash=sa.bindparam("link"))
    )
    while True:
        query = sa.select(_LOG).where(_LOG.c.id > last).order_by(_LOG.c.id).limit(_BATCH)
        rows = connection.execute(query).all()
        if not rows:
            break
        values = []
        for row in rows:
            position += 1
            at = row.at if row.at.tzinfo is not None else row.at.replace(tzinfo=UTC)
            previous = Link(position, at, row.actor, row.action, row.subject, row.details).hash_after(
                previous
            )
            values.append({"row": row.id, "place": position, "link": previous})
        connection.execute(changed, values)
        last = rows[-1].id
    if position:
        connection.execute(sa.insert(_HEAD).values(id=1, position=position, hash=previous))
