"""The audit log: actions on accounts and jobs; without secrets, addresses of readers and file content.

The log is a hash chain (`domain.chain`). Rows are chained when their transaction commits, one transaction
at a time, so that the chain's lock is the last that any transaction takes.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, event, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from deepshield.domain.chain import FIRST, Link
from deepshield.persistence.repositories import audit_texts
from deepshield.persistence.tables import AuditEntry, AuditHead, Base, Workspace
from deepshield.persistence.upsert import insert

_LOCK = 0x61756469  # any number that only the chain uses
_ONCE_LOCK = 0x6F6E6365  # the same for `record_once`; PostgreSQL keeps pairs apart from single numbers
_HEAD = 1  # the only row of its table
_PENDING = "audit entries to be chained"
_BATCH = 500


def record(
    session: Session,
    action: str,
    now: datetime,
    *,
    actor: str | None = None,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
    workspace_id: str | None = None,
    whose: str | None = None,
) -> None:
    """Add an entry when the transaction commits.

    ``actor`` is a user's id, None for the system or a visitor; ``subject`` an id; ``details`` plain JSON, in
    which what people have written is `chain.Erasable`: such texts are kept apart from the chain, and erased
    by the rule of `domain.erasure`. ``whose`` is the account that the thing which a text names belongs to,
    None for a workspace's. The entry is in the workspace of its subject, which is looked up unless it is
    given as ``workspace_id``: where it is at hand, for a subject that goes in the transaction, or where the
    time must not tell whether there is one. A commit raises ValueError for a text without a rule.
    """
    entry = AuditEntry(
        at=now, actor=actor, action=action, subject=subject, details=details, workspace_id=workspace_id
    )
    pending: list[tuple[AuditEntry, str | None]] = session.info.setdefault(_PENDING, [])
    if not pending:
        event.listen(session, "before_commit", _append, once=True)
    pending.append((entry, whose))


def record_once(
    session: Session,
    action: str,
    now: datetime,
    *,
    within: timedelta,
    actor: str | None,
    subject: str,
    details: dict[str, str],
) -> None:
    """Add an entry unless `is_recorded` finds one as recent as ``within``.

    Of calls at once for one subject only one adds. To be called before anything else is locked.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ONCE_LOCK, func.hashtext(subject))))
    if not is_recorded(session, action, now - within, actor=actor, subject=subject, details=details):
        record(session, action, now, actor=actor, subject=subject, details=details)


def is_recorded(
    session: Session,
    action: str,
    since: datetime,
    *,
    actor: str | None,
    subject: str,
    details: dict[str, str],
) -> bool:
    """Return whether there is an entry of an actor, with these ``details`` and no older than ``since``."""
    said = [AuditEntry.details[name].as_string() == value for name, value in details.items()]
    about = (AuditEntry.subject == subject, AuditEntry.action == action, AuditEntry.at >= since)
    by = AuditEntry.actor.is_(None) if actor is None else AuditEntry.actor == actor
    return bool(session.scalar(select(exists().where(*about, by, *said))))


def of_subject(session: Session, subject: str) -> Sequence[AuditEntry]:
    """Return the entries about an account or a job, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of a workspace are asked for; None for all."""

    since: datetime | None = None
    actor: str | None = None
    action: str | None = None  # such as job.completed, or of a kind, such as job
    subject: str | None = None


def of_workspace(
    session: Session, workspace_id: str, wanted: Wanted, limit: int, before: int | None = None
) -> Sequence[AuditEntry]:
    """Return a workspace's entries, the newest first, from behind the position ``before``."""
    query = select(AuditEntry).where(AuditEntry.workspace_id == workspace_id)
    if before is not None:
        query = query.where(AuditEntry.position < before)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.subject is not None:
        query = query.where(AuditEntry.subject == wanted.subject)
    if wanted.action is not None:
        of_kind = AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        query = query.where(of_kind | (AuditEntry.action == wanted.action))
    return session.scalars(query.order_by(AuditEntry.position.desc()).limit(limit)).all()


def position_at(session: Session, workspace_id: str, place: int) -> int | None:
    """Return the position in the chain of a workspace's entry with a place; None where it has fewer."""
    query = select(AuditEntry.position).where(AuditEntry.workspace_id == workspace_id)
    return session.scalar(query.order_by(AuditEntry.position).offset(place - 1).limit(1))


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry's position in the chain, and its place among its workspace's entries: the first has 1."""

    position: int
    place: int


def places(
    session: Session, workspace_id: str, positions: Sequence[int], later: Placed | None = None
) -> dict[int, int]:
    """Return the places of a workspace's entries among all of them, by position.

    From a ``later`` entry on, whose place is known, only those between are counted.
    """
    if not positions:
        return {}
    here, newest = AuditEntry.workspace_id == workspace_id, max(positions)
    number = select(func.count()).select_from(AuditEntry).where(here)
    if later is None:
        first = session.scalar(number.where(AuditEntry.position <= newest)) or 0
    else:
        between = (AuditEntry.position >= newest, AuditEntry.position < later.position)
        first = later.place - (session.scalar(number.where(*between)) or 0)
    order = func.row_number().over(order_by=AuditEntry.position.desc())
    numbered = (
        select(AuditEntry.position, (first + 1 - order).label("place"))
        .where(here, AuditEntry.position.between(min(positions), newest))
        .subquery()
    )
    found = select(numbered.c.position, numbered.c.place).where(numbered.c.position.in_(positions))
    return {position: place for position, place in session.execute(found)}  # noqa: C416 - as in figures


def hashes_before(session: Session, positions: Collection[int]) -> dict[int, str]:
    """Return for each position of the chain the hash that its row was chained to."""
    before = select(AuditEntry.position, AuditEntry.hash).where(
        AuditEntry.position.in_([position - 1 for position in positions])
    )
    found = {place + 1: link for place, link in session.execute(before) if place is not None and link}
    return {1: FIRST, **found}


def seal(session: Session, now: datetime, actor: str | None = None) -> int:
    """Append to the chain what an earlier release has written past it, say so in it, and return how many."""
    outside = session.scalars(
        select(AuditEntry).where(AuditEntry.position.is_(None)).order_by(AuditEntry.id)
    ).all()
    if outside:
        _chain(session, outside)
        record(session, "audit.sealed", now, actor=actor, details={"rows": [entry.id for entry in outside]})
    return len(outside)


@dataclass(frozen=True, slots=True)
class Chain:
    """What `verify` found: how many links are whole, the newest hash, and the first fault, if any."""

    links: int
    newest: str
    fault: str | None = None
    begun: int = field(default=0, compare=False)  # position behind which it began
    end: int = field(default=0, compare=False)  # of the head


def verify(session: Session, newest_only: int | None = None) -> Chain:
    """Follow the chain from its first row to its head, in bounded memory, as far as it is whole.

    Entries may be added meanwhile; they are not followed. ``newest_only`` follows so many links at most, the
    newest, from the hash that the row before them has.
    """
    end, newest = _head(session)
    begun = 0 if newest_only is None else max(0, end - newest_only)
    before = hashes_before(session, [begun + 1]).get(begun + 1, "")
    return replace(_followed(session, begun, before, end, newest), begun=begun, end=end)


def _followed(session: Session, begun: int, before: str, end: int, newest: str) -> Chain:
    previous, position = before, begun
    for row in _rows(session, end, position):
        assert row.position is not None
        if row.position != position + 1:
            return Chain(position, previous, f"{_range(position + 1, row.position - 1)} missing")
        if row.hash is None or row.hash != _link(row).hash_after(previous):
            return Chain(position, previous, f"row {row.position} (id {row.id}) was changed or moved")
        previous, position = row.hash, row.position
    if position < end:
        return Chain(position, previous, f"{_range(position + 1, end)} missing at the end")
    if previous != newest:
        return Chain(position, previous, f"the head of the chain is not the hash of row {position}")
    return Chain(position, previous, _added(session))


def _added(session: Session) -> str | None:
    """Return which row is beyond the head or outside of the chain."""
    last = session.scalar(select(func.max(AuditEntry.position))) or 0
    end, _ = _head(session)  # read after the rows: it is never behind them
    if last > end:
        return f"row {end + 1} was added behind the head of the chain"
    outside = session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.position.is_(None)))
    return None if outside is None else f"the row with id {outside} was added outside of the chain"


def _range(first: int, last: int) -> str:
    return f"row {first} is" if first >= last else f"rows {first} to {last} are"


def _rows(session: Session, end: int, last: int) -> Iterator[AuditEntry]:
    while True:
        beyond = (AuditEntry.position > last, AuditEntry.position <= end)
        query = select(AuditEntry).where(*beyond).order_by(AuditEntry.position).limit(_BATCH)
        rows = session.scalars(query).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].position or end
        session.expunge_all()


def _head(session: Session) -> tuple[int, str]:
    """Return the position and the hash of the newest link; 0 and `FIRST` before there is one."""
    head = session.get(AuditHead, _HEAD, populate_existing=True)
    return (0, FIRST) if head is None else (head.position, head.hash)


def _append(session: Session) -> None:
    pending: list[tuple[AuditEntry, str | None]] = session.info.pop(_PENDING)
    session.flush()  # takes the locks of everything else first
    unplaced = {entry.subject for entry, _ in pending if entry.subject and entry.workspace_id is None}
    places = _places(session, unplaced)
    for entry, whose in pending:
        entry.workspace_id = entry.workspace_id or places.get(entry.subject or "")
        audit_texts.keep_apart(session, entry, whose)
    _chain(session, [entry for entry, _ in pending])


def _places(session: Session, subjects: set[str]) -> dict[str, str]:
    """Return the workspaces of subjects that are in one; of deleted ones, that of their earlier entries."""
    if not subjects:
        return {}
    found = {subject: place for subject, place in session.execute(_placed(subjects)) if place is not None}
    if gone := subjects - found.keys():
        earlier = select(AuditEntry.subject, func.max(AuditEntry.workspace_id)).where(
            AuditEntry.subject.in_(gone), AuditEntry.workspace_id.is_not(None)
        )
        found |= {
            str(subject): place
            for subject, place in session.execute(earlier.group_by(AuditEntry.subject))
            if place is not None
        }
    return found


def _placed(subjects: set[str]) -> Select[str, str | None]:
    parts = [select(*columns).where(columns[0].in_(subjects)) for columns in _columns_of_places()]
    whole = union_all(*parts, select(Workspace.id, Workspace.id).where(Workspace.id.in_(subjects)))
    placed = whole.subquery("placed")
    return select(placed.c[0], placed.c[1])


@functools.cache
def _columns_of_places() -> tuple[tuple[Any, Any], ...]:
    """Return id and workspace of every table whose rows are in one, by default their owner's own."""
    found = []
    for table in Base.metadata.sorted_tables:
        if "id" in table.c and "workspace_id" in table.c and table.name != AuditEntry.__tablename__:
            owner = next(
                (table.c[name] for name in ("owner_id", "user_id") if name in table.c), literal(None)
            )
            place = table.c.workspace_id
            found.append((table.c.id, func.coalesce(place, owner) if place.nullable else place))
    return tuple(found)


def _chain(session: Session, entries: Sequence[AuditEntry]) -> None:
    # SQLite has one writing transaction at a time.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    position, previous = _head(session)
    for entry in entries:
        position += 1
        entry.position = position
        entry.hash = previous = _link(entry).hash_after(previous)
        session.add(entry)
        session.flush()  # one at a time, so that ids are in the order of the chain
    values = {"position": position, "hash": previous}
    row = insert(session, AuditHead).values(id=_HEAD, **values)
    session.execute(row.on_conflict_do_update(index_elements=[AuditHead.id], set_=values))


def _link(entry: AuditEntry) -> Link:
    assert entry.position is not None
    return Link(
        entry.position,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject,
        entry.details,
        entry.workspace_id,
    )
