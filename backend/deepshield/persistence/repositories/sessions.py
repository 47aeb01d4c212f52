"""Logins: a token is valid while its row exists and is neither revoked nor expired."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from deepshield.persistence import tables
from deepshield.persistence.tables import User


def add(session: Session, session_id: str, user_id: str, now: datetime, expires_at: datetime) -> None:
    """Add a login that lasts until ``expires_at``."""
    session.add(tables.Session(id=session_id, user_id=user_id, created_at=now, expires_at=expires_at))


def find_user(session: Session, session_id: str, user_id: str, now: datetime) -> User | None:
    """Return the account that a login is of, unless the login is unknown, another's, revoked or expired."""
    query = (
        select(User)
        .join(tables.Session, tables.Session.user_id == User.id)
        .where(
            tables.Session.id == session_id,
            tables.Session.user_id == user_id,
            tables.Session.revoked_at.is_(None),
            tables.Session.expires_at > now,
        )
    )
    return session.scalars(query).one_or_none()


def alive(session: Session, ids: Collection[str], now: datetime) -> frozenset[str]:
    """Return those of some logins that still count."""
    query = select(tables.Session.id).where(
        tables.Session.id.in_(list(ids)),
        tables.Session.revoked_at.is_(None),
        tables.Session.expires_at > now,
    )
    return frozenset(session.scalars(query))


def revoke(session: Session, session_id: str, now: datetime) -> bool:
    """End one login; False when it had ended already."""
    ended = session.scalars(
        update(tables.Session)
        .where(tables.Session.id == session_id, tables.Session.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(tables.Session.id)
        .execution_options(synchronize_session=False)
    )
    return ended.one_or_none() is not None


def revoke_all(session: Session, user_id: str, now: datetime) -> int:
    """End all logins of an account and return how many there were."""
    ended = session.scalars(
        update(tables.Session)
        .where(tables.Session.user_id == user_id, tables.Session.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(tables.Session.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def remove_expired(session: Session, user_id: str, now: datetime) -> None:
    """Delete an account's expired logins."""
    session.execute(
        delete(tables.Session)
        .where(tables.Session.user_id == user_id, tables.Session.expires_at <= now)
        .execution_options(synchronize_session=False)
    )
