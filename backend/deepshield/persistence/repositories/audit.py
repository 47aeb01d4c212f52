"""The audit log: actions on accounts and jobs; without secrets, addresses and file content."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deepshield.persistence.tables import AuditEntry


def record(
    session: Session,
    action: str,
    now: datetime,
    *,
    actor: str | None = None,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add an entry: ``actor`` is a user's id, None for the system or a visitor; ``subject`` an id."""
    session.add(AuditEntry(at=now, actor=actor, action=action, subject=subject, details=details))


def of_subject(session: Session, subject: str) -> Sequence[AuditEntry]:
    """Return the entries about an account or a job, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    return session.scalars(query).all()
