"""With whose account a text of the audit log goes, and which texts of policies and data sets are gone.

What a policy says, and what a version is made of, is still never changed; of the texts that people wrote
beside it a trigger lets pass only that they go.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
REDACTED = ("policies", "datasets", "dataset_versions", "rechecks")
POLICY = (
    "id, workspace_id, number, bundle_sha256, bundle, bundle_version, threshold, abstain_low, abstain_high, "
    "smallest_face_px, least_frames, least_share, base, author, created_at"
)
VERSION = (
    "id, dataset_id, number, frozen_at, frozen_by, manifest_sha256, counts, left_out, licence, consent, "
    "split_seed, split_shares"
)
NAME_GONE = "[\u2026]"  # domain.erasure.GONE


def upgrade() -> None:
    """Add the columns, find whose the names of keys are, and let texts go."""
    for table in REDACTED:
        op.add_column(table, sa.Column("redacted", DOCUMENT, nullable=True))
    op.add_column("datasets", sa.Column("last_number", sa.Integer(), nullable=True))
    op.add_column("audit_texts", sa.Column("account_id", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_audit_texts_account_id"), "audit_texts", ["account_id"], unique=False)
    op.execute(
        """
        UPDATE audit_texts SET account_id = (
            SELECT max(actor) FROM audit_log
            WHERE audit_log.subject = audit_texts.subject AND audit_log.action = 'key.created'
        )
        """
    )
    op.execute(
        "DELETE FROM audit_texts WHERE account_id IS NOT NULL AND account_id NOT IN (SELECT id FROM users)"
    )
    name = f"NEW.name NOT IN (OLD.name, '{NAME_GONE}')"
    _refuse_changes("policies", POLICY, {"name": name, "reason": _kept("reason")})
    _refuse_changes("dataset_versions", VERSION, {one: _kept(one) for one in ("query", "note")})


def _kept(column: str) -> str:
    """Return the condition that a text is neither what it was nor gone."""
    other = "IS DISTINCT FROM" if op.get_bind().dialect.name == "postgresql" else "IS NOT"
    return f"(NEW.{column} IS NOT NULL AND NEW.{column} {other} OLD.{column})"


def _refuse_changes(table: str, columns: str, texts: dict[str, str]) -> None:
    _drop(table, "never_changed")
    _refuse(table, "never_changed", columns)
    if texts:
        _refuse(table, "only_redacted", ", ".join(texts), f"WHEN ({' OR '.join(texts.values())})")


def _refuse(table: str, what: str, columns: str, when: str = "") -> None:
    trigger = f"CREATE TRIGGER {table}_{what} BEFORE UPDATE OF {columns} ON {table}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{trigger} FOR EACH ROW {when} EXECUTE FUNCTION never_changed()")
    else:
        op.execute(f"{trigger} {when} BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END")


def _drop(table: str, what: str) -> None:
    where = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER {table}_{what}{where}")


def downgrade() -> None:
    """Remove the columns, and refuse every change again. What is gone stays so."""
    for table in ("policies", "dataset_versions"):
        _drop(table, "only_redacted")
    _refuse_changes("policies", f"{POLICY}, name, reason", {})
    _refuse_changes("dataset_versions", f"{VERSION}, query, note", {})
    op.drop_index(op.f("ix_audit_texts_account_id"), "audit_texts")
    op.drop_column("audit_texts", "account_id")
    op.drop_column("datasets", "last_number")
    for table in REDACTED:
        op.drop_column(table, "redacted")
