"""Answers kept under Idempotency-Keys, per owner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deepshield.persistence.tables import KeptAnswer
from deepshield.persistence.upsert import insert


def find(session: Session, owner: str, key_sha256: str, now: datetime) -> KeptAnswer | None:
    """Return what is kept under a key."""
    query = select(KeptAnswer).where(KeptAnswer.owner == owner, KeptAnswer.key_sha256 == key_sha256)
    return session.scalar(query.where(KeptAnswer.expires_at > now))


def add(
    session: Session,
    owner: str,
    key_sha256: str,
    request_sha256: str,
    answer: str,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Keep an answer; False when one is kept under this key already."""
    same = (KeptAnswer.owner == owner, KeptAnswer.key_sha256 == key_sha256)
    session.execute(delete(KeptAnswer).where(*same, KeptAnswer.expires_at <= now))
    row = {"request_sha256": request_sha256, "answer": answer, "created_at": now, "expires_at": expires_at}
    statement = insert(session, KeptAnswer).values(owner=owner, key_sha256=key_sha256, **row)
    return session.scalar(statement.on_conflict_do_nothing().returning(KeptAnswer.owner)) is not None


def remove_expired(session: Session, now: datetime) -> None:
    """Delete what is not kept any longer."""
    session.execute(delete(KeptAnswer).where(KeptAnswer.expires_at <= now))


def remove_all(session: Session, owner: str) -> None:
    """Delete all that is kept for an owner."""
    session.execute(delete(KeptAnswer).where(KeptAnswer.owner == owner))
