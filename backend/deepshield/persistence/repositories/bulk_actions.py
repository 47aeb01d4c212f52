"""What is done to many files in the background: its files, its lease, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from deepshield.domain.library import ActionState
from deepshield.persistence.repositories import audit_texts
from deepshield.persistence.workbench import BulkAction, BulkActionFile, Medium

_AT_ONCE = 500  # rows per statement: SQLite takes some thousands of values


def add(session: Session, row: BulkAction) -> None:
    """Insert an action without files."""
    session.add(row)
    session.flush()


def add_found(session: Session, row: BulkAction, wanted: Sequence[ColumnElement[bool]], most: int) -> int:
    """Name the files of the workspace that meet all conditions, ``most`` at most; return how many."""
    found = (
        select(literal(row.id), Medium.id)
        .where(Medium.workspace_id == row.workspace_id, *wanted)
        .order_by(Medium.id)
        .limit(most)
    )
    made = insert(BulkActionFile).from_select(["action_id", "media_id"], found)
    return session.execute(made).rowcount  # type: ignore[attr-defined,no-any-return]


def add_named(session: Session, row: BulkAction, media_ids: Sequence[str]) -> None:
    """Name files by their ids."""
    rows = [{"action_id": row.id, "media_id": one} for one in media_ids]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(BulkActionFile), rows[start : start + _AT_ONCE])


def find(session: Session, workspace_id: str, action_id: str) -> BulkAction | None:
    """Return a workspace's action."""
    mine = select(BulkAction).where(BulkAction.id == action_id, BulkAction.workspace_id == workspace_id)
    return session.scalar(mine.execution_options(populate_existing=True))


def is_free(session: Session, now: datetime) -> bool:
    """Return whether there is an action that goes on, and that nobody works on."""
    return session.scalar(select(BulkAction.id).where(*_free(now)).limit(1)) is not None


def claim(session: Session, token: str, now: datetime, until: datetime) -> BulkAction | None:
    """Lease the action that has waited longest; None when there is none that nobody else works on."""
    runs = _free(now)
    oldest = select(BulkAction.id).where(*runs).order_by(BulkAction.updated_at, BulkAction.id).limit(1)
    claimed = (
        update(BulkAction)
        .where(BulkAction.id == oldest.scalar_subquery(), *runs)
        .values(lease_token=token, lease_expires_at=until)
        .returning(BulkAction)
    )
    return session.scalar(claimed.execution_options(populate_existing=True))


def release(session: Session, token: str) -> None:
    """End a lease before its time."""
    held = BulkAction.lease_token == token
    session.execute(update(BulkAction).where(held).values(lease_token=None, lease_expires_at=None))


def next_files(session: Session, row: BulkAction, limit: int) -> Sequence[str]:
    """Return the ids of the files that come next, in their order."""
    query = select(BulkActionFile.media_id).where(
        BulkActionFile.action_id == row.id, BulkActionFile.media_id > row.place
    )
    return session.scalars(query.order_by(BulkActionFile.media_id).limit(limit)).all()


def move(session: Session, row: BulkAction, token: str, **values: Any) -> bool:
    """Write how far an action is; False when somebody else has moved it or has its lease.

    To be called last in a step's transaction, so that nobody waits for an action while holding less.
    """
    same = (
        BulkAction.id == row.id,
        BulkAction.lease_token == token,
        BulkAction.place == row.place,
        BulkAction.state == ActionState.RUNNING,
    )
    moved = update(BulkAction).where(*same).values(**values).returning(BulkAction.id)
    return session.scalar(moved.execution_options(synchronize_session=False)) is not None


def forget_files(session: Session, action_id: str) -> None:
    """Delete the list of an action's files."""
    session.execute(delete(BulkActionFile).where(BulkActionFile.action_id == action_id))


def finished_before(session: Session, moment: datetime, limit: int) -> Sequence[str]:
    """Return actions that had ended by then."""
    query = select(BulkAction.id).where(BulkAction.finished_at < moment)
    return session.scalars(query.limit(limit)).all()


def remove(session: Session, action_ids: Sequence[str]) -> None:
    """Delete actions, and their searches in the activity."""
    session.execute(delete(BulkAction).where(BulkAction.id.in_(list(action_ids))))
    audit_texts.erase_about(session, action_ids)


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    unleased = or_(BulkAction.lease_expires_at.is_(None), BulkAction.lease_expires_at < now)
    return (BulkAction.state == ActionState.RUNNING, unleased)
