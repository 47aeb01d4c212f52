"""Who accounts are at an OpenID provider, and which sign-ins through it were answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deepshield.persistence.tables import Identity, SpentState
from deepshield.persistence.upsert import insert


def find_user_id(session: Session, issuer: str, subject: str) -> str | None:
    """Return the account that is linked to somebody at a provider."""
    query = select(Identity.user_id).where(Identity.issuer == issuer, Identity.subject == subject)
    return session.scalar(query)


def link(session: Session, issuer: str, subject: str, user_id: str, now: datetime) -> bool:
    """Link an account; False when somebody else's is linked already."""
    row = insert(session, Identity).values(issuer=issuer, subject=subject, user_id=user_id, created_at=now)
    session.execute(row.on_conflict_do_nothing())
    return find_user_id(session, issuer, subject) == user_id


def unlink_all(session: Session, user_id: str) -> int:
    """Delete an account's links and return how many there were."""
    gone = delete(Identity).where(Identity.user_id == user_id).returning(Identity.subject)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())


def spend_state(session: Session, sha256: str, now: datetime, expires_at: datetime) -> bool:
    """Record that a sign-in was answered; False when it was before. Forgets those that have expired."""
    session.execute(delete(SpentState).where(SpentState.expires_at <= now))
    row = insert(session, SpentState).values(sha256=sha256, expires_at=expires_at)
    spent = session.execute(row.on_conflict_do_nothing().returning(SpentState.sha256))
    return spent.scalar_one_or_none() is not None
