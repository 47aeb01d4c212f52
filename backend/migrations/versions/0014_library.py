"""The library's files, with tags, comments and saved views; the sweep makes those of jobs that are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TIME = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
UNKNOWN = sa.text("media_id IS NULL AND workspace_id IS NOT NULL AND sha256 <> ''")

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _media()
    _media_tags()
    _media_comments()
    _saved_views()
    _jobs()


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=255), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.String(length=36), nullable=True),
        sa.Column("source_kind", sa.String(length=16), nullable=True),
        sa.Column("host", sa.String(length=255), nullable=True),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("analysed_at", TIME, nullable=True),
        sa.Column("analyses", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("faces", sa.Integer(), nullable=True),
        sa.Column("reasons", DOCUMENT, nullable=True),
        sa.Column("bundle_sha256", sa.String(length=64), nullable=True),
        sa.Column("bundle", sa.String(length=128), nullable=True),
        sa.Column("bundle_version", sa.String(length=64), nullable=True),
        sa.Column("c2pa", sa.String(length=32), nullable=True),
        sa.Column("generator", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=16), nullable=True),
        sa.Column("label_kind", sa.String(length=32), nullable=True),
        sa.Column("label_grade", sa.String(length=16), nullable=True),
        sa.Column("label_revision", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.String(length=36), nullable=True),
        sa.Column("held_at", TIME, nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("sensitivity", sa.String(length=16), nullable=True),
        sa.Column("research_consent", DOCUMENT, nullable=True),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.Column("deleted_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_media_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("workspace_id", "sha256", name=op.f("uq_media_workspace_id_sha256")),
    )
    op.create_index(
        "ix_media_workspace_id_label_seen_at",
        "media",
        ["workspace_id", "label", "seen_at", "id"],
        unique=False,
    )
    op.create_index("ix_media_workspace_id_name", "media", ["workspace_id", "name", "id"], unique=False)
    op.create_index("ix_media_workspace_id_score", "media", ["workspace_id", "score", "id"], unique=False)
    op.create_index("ix_media_workspace_id_seen_at", "media", ["workspace_id", "seen_at", "id"], unique=False)
    op.create_index(
        "ix_media_workspace_id_verdict_seen_at",
        "media",
        ["workspace_id", "verdict", "seen_at", "id"],
        unique=False,
    )


def _media_tags() -> None:
    op.create_table(
        "media_tags",
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("tagged_by", sa.String(length=36), nullable=False),
        sa.Column("tagged_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_tags_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", "tag", name=op.f("pk_media_tags")),
    )
    op.create_index(
        "ix_media_tags_workspace_id_tag", "media_tags", ["workspace_id", "tag", "media_id"], unique=False
    )


def _media_comments() -> None:
    op.create_table(
        "media_comments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("author", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_comments_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_comments")),
    )
    op.create_index(op.f("ix_media_comments_media_id"), "media_comments", ["media_id"], unique=False)


def _saved_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_saved_views_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_user_id"), "saved_views", ["user_id"], unique=False)
    op.create_index(op.f("ix_saved_views_workspace_id"), "saved_views", ["workspace_id"], unique=False)


def _jobs() -> None:
    op.add_column("jobs", sa.Column("media_id", sa.String(length=36), nullable=True))
    op.add_column("jobs", sa.Column("origin", sa.String(length=16), server_default="first", nullable=False))
    op.add_column("jobs", sa.Column("cause_id", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_jobs_cause_id"), "jobs", ["cause_id"], unique=False)
    op.create_index(op.f("ix_jobs_media_id"), "jobs", ["media_id"], unique=False)
    op.create_index(
        "ix_jobs_no_medium", "jobs", ["id"], unique=False, sqlite_where=UNKNOWN, postgresql_where=UNKNOWN
    )


def downgrade() -> None:
    """Drop the tables."""
    for index in ("ix_jobs_no_medium", "ix_jobs_media_id", "ix_jobs_cause_id"):
        op.drop_index(index, table_name="jobs")
    for column in ("cause_id", "origin", "media_id"):
        op.drop_column("jobs", column)
    op.drop_table("saved_views")
    op.drop_table("media_comments")
    op.drop_table("media_tags")
    op.drop_table("media")
