"""API keys, found by their hash."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from deepshield.persistence.tables import ApiKey, Membership, User


def add(session: Session, key: ApiKey) -> None:
    """Add a key; raises IntegrityError, which ends the transaction, when the account is gone."""
    session.add(key)
    session.flush()


def find(session: Session, sha256: str, now: datetime) -> tuple[ApiKey, User, str | None] | None:
    """Return a key that has not expired, the account that it acts for, and its role where the key acts.

    The role is None in the account's personal workspace, and where it is no member of the key's (any more).
    """
    standing = and_(Membership.workspace_id == ApiKey.workspace_id, Membership.user_id == ApiKey.owner_id)
    query = (
        select(ApiKey, User, Membership.role)
        .join(User, User.id == ApiKey.owner_id)
        .outerjoin(Membership, standing)
        .where(ApiKey.sha256 == sha256, _valid(now))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def of_workspace(session: Session, workspace_id: str) -> Sequence[ApiKey]:
    """Return a workspace's keys, expired ones too, the newest first."""
    query = select(ApiKey).where(_acting_in(workspace_id))
    return session.scalars(query.order_by(ApiKey.created_at.desc(), ApiKey.id)).all()


def of_account(session: Session, owner_id: str) -> Sequence[ApiKey]:
    """Return the keys that act for an account, in whichever workspace, the newest first."""
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


def remove(session: Session, key_id: str, workspace_id: str) -> ApiKey | None:
    """Delete one of a workspace's keys and return it."""
    gone = delete(ApiKey).where(ApiKey.id == key_id, _acting_in(workspace_id)).returning(ApiKey)
    return session.scalar(gone)


def remove_of_workspace(session: Session, workspace_id: str, owner_id: str | None = None) -> int:
    """Delete the keys of a shared workspace, or those of one member, and return how many there were."""
    gone = delete(ApiKey).where(ApiKey.workspace_id == workspace_id)
    if owner_id is not None:
        gone = gone.where(ApiKey.owner_id == owner_id)
    return len(session.scalars(gone.returning(ApiKey.id)).all())


def remove_all(session: Session, owner_id: str) -> int:
    """Delete all keys of an account and return how many there were."""
    return len(session.scalars(delete(ApiKey).where(ApiKey.owner_id == owner_id).returning(ApiKey.id)).all())


def _acting_in(workspace_id: str) -> ColumnElement[bool]:
    personal = and_(ApiKey.workspace_id.is_(None), ApiKey.owner_id == workspace_id)
    return or_(ApiKey.workspace_id == workspace_id, personal)


def _valid(now: datetime) -> ColumnElement[bool]:
    return or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
