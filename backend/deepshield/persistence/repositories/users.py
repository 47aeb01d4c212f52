"""Accounts, found by their normalised e-mail address or their id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deepshield.persistence.repositories import audit_texts
from deepshield.persistence.tables import User


def add(session: Session, user_id: str, email: str, password_hash: str, tier: str, now: datetime) -> User:
    """Add an account; raises IntegrityError, which ends the transaction, when the address is taken."""
    user = User(
        id=user_id,
        email=email,
        password_hash=password_hash,
        tier=tier,
        created_at=now,
        password_changed_at=now,
    )
    session.add(user)
    session.flush()
    return user


def get(session: Session, user_id: str) -> User | None:
    """Return an account."""
    return session.get(User, user_id)


def find_by_email(session: Session, email: str) -> User | None:
    """Return the account of a normalised address."""
    return session.scalars(select(User).where(User.email == email)).one_or_none()


def emails(session: Session, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the addresses of accounts by their ids, in one query; those that are gone are absent."""
    wanted = [user_id for user_id in ids if user_id is not None]
    if not wanted:
        return {}
    query = select(User.id, User.email).where(User.id.in_(wanted))
    return {row.id: row.email for row in session.execute(query)}


def find(session: Session, user_id: str) -> User | None:
    """Return the account of an id."""
    return session.get(User, user_id)


def lock(session: Session, user_id: str) -> User | None:
    """Return the account as it is now and lock it against changes until the transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def remove(session: Session, user_id: str) -> None:
    """Delete the account, and with it its logins, its use, and its jobs with all that is theirs.

    The texts of its personal workspace's activity go too, and the names of its keys and views elsewhere.
    """
    audit_texts.erase_of_account(session, user_id)
    session.execute(delete(User).where(User.id == user_id))
