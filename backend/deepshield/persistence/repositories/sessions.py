"""Logins: a token is valid while its row exists and is neither revoked nor expired."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, true, update
from sqlalchemy.orm import Session

from deepshield.persistence import tables
from deepshield.persistence.tables import User


def add(session: Session, login: tables.Session) -> None:
    """Add a login."""
    session.add(login)


def find(
    session: Session, session_id: str, user_id: str, now: datetime
) -> tuple[tables.Session, User] | None:
    """Return a login and its account, unless the login is unknown, another's, revoked or expired."""
    query = (
        select(tables.Session, User)
        .join(User, tables.Session.user_id == User.id)
        .where(tables.Session.id == session_id, tables.Session.user_id == user_id, *_valid(now))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def of_user(session: Session, user_id: str, now: datetime) -> Sequence[tables.Session]:
    """Return the logins of an account that count, the newest first."""
    query = select(tables.Session).where(tables.Session.user_id == user_id, *_valid(now))
    return session.scalars(query.order_by(tables.Session.created_at.desc(), tables.Session.id)).all()


def opened_at(session: Session, session_id: str) -> datetime | None:
    """Return when a login was opened."""
    return session.scalar(select(tables.Session.created_at).where(tables.Session.id == session_id))


def note_seen(session: Session, session_id: str, now: datetime, unless_since: datetime) -> None:
    """Record that a login was seen, unless that is recorded since then already."""
    seen = tables.Session.last_seen_at
    session.execute(
        update(tables.Session)
        .where(tables.Session.id == session_id, or_(seen.is_(None), seen < unless_since))
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def alive(session: Session, ids: Collection[str], now: datetime) -> frozenset[str]:
    """Return those of some logins that still count."""
    query = select(tables.Session.id).where(tables.Session.id.in_(list(ids)), *_valid(now))
    return frozenset(session.scalars(query))


def revoke(session: Session, session_id: str, now: datetime, user_id: str | None = None) -> bool:
    """End one login, of this account where one is given; False when it had ended or expired already."""
    whose = true() if user_id is None else tables.Session.user_id == user_id
    ended = session.scalars(
        update(tables.Session)
        .where(tables.Session.id == session_id, whose, *_valid(now))
        .values(revoked_at=now)
        .returning(tables.Session.id)
        .execution_options(synchronize_session=False)
    )
    return ended.one_or_none() is not None


def revoke_all(session: Session, user_id: str, now: datetime, but: str | None = None) -> int:
    """End all logins of an account, but for one where it is given, and return how many there were."""
    others = true() if but is None else tables.Session.id != but
    ended = session.scalars(
        update(tables.Session)
        .where(tables.Session.user_id == user_id, tables.Session.revoked_at.is_(None), others)
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


def _valid(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return tables.Session.revoked_at.is_(None), tables.Session.expires_at > now
