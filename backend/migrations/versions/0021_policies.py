"""Policies, and by which one a job, a file's newest analysis and an evaluation were judged.

A trigger refuses changes of what a policy says; its state, and who approved and retired it, may be written.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TIME = sa.DateTime(timezone=True)
JUDGED = ("jobs", "media", "evaluations")
SAID = (
    "id, workspace_id, number, bundle_sha256, bundle, bundle_version, name, reason, threshold, abstain_low, "
    "abstain_high, smallest_face_px, least_frames, least_share, base, author, created_at"
)

revision = "0021"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with its trigger, and add the columns, which earlier rows leave empty."""
    op.create_table(
        "policies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bundle_sha256", sa.String(length=64), nullable=False),
        sa.Column("bundle", sa.String(length=128), nullable=False),
        sa.Column("bundle_version", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("abstain_low", sa.Float(), nullable=False),
        sa.Column("abstain_high", sa.Float(), nullable=False),
        sa.Column("smallest_face_px", sa.Float(), nullable=False),
        sa.Column("least_frames", sa.Integer(), nullable=False),
        sa.Column("least_share", sa.Float(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=36), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("approver", sa.String(length=36), nullable=True),
        sa.Column("approved_at", TIME, nullable=True),
        sa.Column("retired_by", sa.String(length=36), nullable=True),
        sa.Column("retired_at", TIME, nullable=True),
        sa.CheckConstraint("author <> approver", name=op.f("ck_policies_approved_by_another")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_policies_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("workspace_id", "number", name=op.f("uq_policies_workspace_id_number")),
    )
    active = sa.text("state = 'active'")
    op.create_index(
        "uq_policies_active",
        "policies",
        ["workspace_id", "bundle_sha256"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER policies_never_changed BEFORE UPDATE OF {SAID} ON policies "
            "FOR EACH ROW EXECUTE FUNCTION never_changed()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER policies_never_changed BEFORE UPDATE OF {SAID} ON policies "
            "BEGIN SELECT RAISE(ABORT, 'policies are never changed'); END"
        )
    for table in JUDGED:
        op.add_column(table, sa.Column("policy_id", sa.String(length=36), nullable=True))


def downgrade() -> None:
    """Remove both."""
    for table in JUDGED:
        op.drop_column(table, "policy_id")
    op.drop_table("policies")
