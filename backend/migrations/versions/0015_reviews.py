"""Feedback, tasks of review, reviews and labels; a trigger refuses changes of the last two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TIME = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
UNCHANGING = ("reviews", "labels")

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _feedback()
    _review_tasks()
    _reviews()
    _labels()
    _refuse_changes()


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=True),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_feedback_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("job_id", "given_by", name=op.f("uq_feedback_job_id_given_by")),
    )
    op.create_index(op.f("ix_feedback_media_id"), "feedback", ["media_id"], unique=False)


def _review_tasks() -> None:
    op.create_table(
        "review_tasks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("sampled_with", sa.Float(), nullable=True),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=36), nullable=True),
        sa.Column("claimed_at", TIME, nullable=True),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("lease_expires_at", TIME, nullable=True),
        sa.Column("meant_for", sa.String(length=36), nullable=True),
        sa.Column("asked_by", sa.String(length=36), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.CheckConstraint("answered >= 0", name=op.f("ck_review_tasks_answers_not_negative")),
        sa.CheckConstraint("needed > 0", name=op.f("ck_review_tasks_needs_a_reader")),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_review_tasks_media_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_review_tasks_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_tasks")),
    )
    op.create_index(op.f("ix_review_tasks_job_id"), "review_tasks", ["job_id"], unique=False)
    op.create_index(op.f("ix_review_tasks_media_id"), "review_tasks", ["media_id"], unique=False)
    op.create_index(
        "ix_review_tasks_queue",
        "review_tasks",
        ["workspace_id", "state", "priority", "created_at", "id"],
        unique=False,
    )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=True),
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("reader", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("per_person", DOCUMENT, nullable=False),
        sa.Column("spans", DOCUMENT, nullable=False),
        sa.Column("regions", DOCUMENT, nullable=False),
        sa.Column("basis", DOCUMENT, nullable=False),
        sa.Column("links", DOCUMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("corrects", sa.String(length=36), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("submitted_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_reviews_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_media_id"), "reviews", ["media_id"], unique=False)
    op.create_index(op.f("ix_reviews_task_id"), "reviews", ["task_id"], unique=False)
    op.create_index(op.f("ix_reviews_workspace_id"), "reviews", ["workspace_id"], unique=False)


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("media_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("value", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("grade", sa.String(length=16), nullable=False),
        sa.Column("group_key", sa.String(length=255), nullable=True),
        sa.Column("reviews", DOCUMENT, nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_labels_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", "revision", name=op.f("pk_labels")),
    )
    op.create_index(op.f("ix_labels_workspace_id"), "labels", ["workspace_id"], unique=False)


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% are never changed', TG_TABLE_NAME; END $$"
        )
        for table in UNCHANGING:
            op.execute(
                f"CREATE TRIGGER {table}_never_changed BEFORE UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION never_changed()"
            )
        return
    for table in UNCHANGING:
        op.execute(
            f"CREATE TRIGGER {table}_never_changed BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
        )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("labels")
    op.drop_table("reviews")
    op.drop_table("review_tasks")
    op.drop_table("feedback")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION never_changed()")
