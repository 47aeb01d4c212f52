"""A workspace's library by pages: each begins behind the last file of the page before it, in an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from deepshield.domain.library import MediaOrder
from deepshield.persistence.workbench import Medium

COUNTED = 10_000  # a count ends here, so that it stays fast
Key = datetime | str | float | None


@dataclass(frozen=True, slots=True)
class Place:
    """A file's place in an order: the value that it is sorted by, and its id."""

    key: Key
    id: str


_BY: dict[MediaOrder, tuple[InstrumentedAttribute[object], bool]] = {
    MediaOrder.NEWEST: (Medium.seen_at, True),
    MediaOrder.OLDEST: (Medium.seen_at, False),
    MediaOrder.NAME: (Medium.name, False),
    MediaOrder.SCORE: (Medium.score, True),
}


def place_of(medium: Medium, order: MediaOrder) -> Place:
    """Return a file's place in an order."""
    key: Key = getattr(medium, _BY[order][0].key)
    return Place(key, medium.id)


def page(
    session: Session,
    workspace_id: str,
    wanted: Sequence[ColumnElement[bool]],
    order: MediaOrder,
    limit: int,
    after: Place | None = None,
) -> list[Medium]:
    """Return the files that meet all conditions, ``limit`` at most, from behind a place."""
    here = (Medium.workspace_id == workspace_id, *wanted)
    if order is not MediaOrder.SCORE:
        return _some(session, here, order, limit, after)
    # Those without an estimate come last, in a query of their own: each of the two follows the index.
    found: list[Medium] = []
    if after is None or after.key is not None:
        found = _some(session, (*here, Medium.score.is_not(None)), order, limit, after)
        after = None
    rest = limit - len(found)
    if rest:
        query = select(Medium).where(*here, Medium.score.is_(None))
        if after is not None:
            query = query.where(Medium.id < after.id)
        found += session.scalars(query.order_by(Medium.id.desc()).limit(rest)).all()
    return found


def _some(
    session: Session,
    here: Sequence[ColumnElement[bool]],
    order: MediaOrder,
    limit: int,
    after: Place | None,
) -> list[Medium]:
    column, descending = _BY[order]
    query = select(Medium).where(*here)
    if after is not None:
        row, place = (
            tuple_(column, Medium.id),
            tuple_(after.key, after.id, types=[column.type, Medium.id.type]),
        )
        query = query.where(row < place if descending else row > place)
    keys = (column.desc(), Medium.id.desc()) if descending else (column.asc(), Medium.id.asc())
    return list(session.scalars(query.order_by(*keys).limit(limit)))


def count(session: Session, workspace_id: str, wanted: Sequence[ColumnElement[bool]]) -> int:
    """Return how many files meet all conditions; `COUNTED` + 1 for any larger number."""
    some = select(Medium.id).where(Medium.workspace_id == workspace_id, *wanted).limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0
