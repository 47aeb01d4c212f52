"""Analyses charged to an account per day; each change is one atomic statement."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from deepshield.persistence.tables import Usage
from deepshield.persistence.upsert import insert


def charge(session: Session, user_id: str, day: date, limit: int | None) -> bool:
    """Charge one analysis unless that would exceed ``limit`` (None: no limit); return whether it was charged.

    However many transactions charge at once, no more than ``limit`` of them succeed: the comparison and
    the increment are one statement, which waits for other writers of the same row to commit or roll back.
    """
    if limit is not None and limit < 1:
        return False
    statement = (
        insert(session, Usage)
        .values(user_id=user_id, day=day, used=1)
        .on_conflict_do_update(
            index_elements=[Usage.user_id, Usage.day],
            set_={"used": Usage.used + 1},
            where=None if limit is None else Usage.used < limit,
        )
        .returning(Usage.used)
    )
    return session.scalar(statement) is not None


def refund(session: Session, user_id: str, day: date) -> None:
    """Refund one analysis of that day; the count never falls below 0."""
    session.execute(
        update(Usage)
        .where(Usage.user_id == user_id, Usage.day == day, Usage.used > 0)
        .values(used=Usage.used - 1)
        .execution_options(synchronize_session=False)
    )


def used(session: Session, user_id: str, day: date) -> int:
    """Return how many analyses are charged to that day."""
    query = select(Usage.used).where(Usage.user_id == user_id, Usage.day == day)
    return session.scalar(query) or 0


def remove_all(session: Session, user_id: str) -> None:
    """Delete the charges of an account on all days."""
    session.execute(delete(Usage).where(Usage.user_id == user_id))
