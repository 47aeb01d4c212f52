"""API keys, found by their hash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from deepshield.persistence.tables import ApiKey, User


def add(session: Session, key: ApiKey) -> None:
    """Add a key; raises IntegrityError, which ends the transaction, when the account is gone."""
    session.add(key)
    session.flush()


def find(session: Session, sha256: str, now: datetime) -> tuple[ApiKey, User] | None:
    """Return a key that has not expired, and the account that it acts for."""
    query = select(ApiKey, User).join(User, User.id == ApiKey.owner_id)
    row = session.execute(query.where(ApiKey.sha256 == sha256, _valid(now))).one_or_none()
    return None if row is None else (row[0], row[1])


def of_owner(session: Session, owner_id: str) -> Sequence[ApiKey]:
    """Return an account's keys, expired ones too, the newest first."""
    query = select(ApiKey).where(ApiKey.owner_id == owner_id)
    return session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id)).all()


def count(session: Session, owner_id: str) -> int:
    """Return how many keys an account has, expired ones too."""
    return session.scalar(select(func.count()).where(ApiKey.owner_id == owner_id)) or 0


def alive(session: Session, ids: Collection[str], now: datetime) -> frozenset[str]:
    """Return those of some keys that still open something."""
    return frozenset(session.scalars(select(ApiKey.id).where(ApiKey.id.in_(list(ids)), _valid(now))))


def note_use(session: Session, key_id: str, now: datetime, unless_since: datetime) -> None:
    """Record that a key was used, unless a use since then is recorded already."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < unless_since)
    session.execute(update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=now))


def remove(session: Session, key_id: str, owner_id: str) -> ApiKey | None:
    """Delete one of an account's keys and return it."""
    gone = delete(ApiKey).where(ApiKey.id == key_id, ApiKey.owner_id == owner_id).returning(ApiKey)
    return session.scalar(gone)


def remove_all(session: Session, owner_id: str) -> int:
    """Delete all keys of an account and return how many there were."""
    return len(session.scalars(delete(ApiKey).where(ApiKey.owner_id == owner_id).returning(ApiKey.id)).all())


def _valid(now: datetime) -> ColumnElement[bool]:
    return or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
