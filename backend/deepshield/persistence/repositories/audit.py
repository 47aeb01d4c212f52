"""The audit log: actions on accounts and jobs; without secrets, addresses of readers and file content.

The log is a hash chain (`domain.chain`). Rows are chained when their transaction commits, one transaction
at a time, so that the chain's lock is the last that any transaction takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, exists, func, select
from sqlalchemy.orm import Session

from deepshield.domain.chain import FIRST, Link
from deepshield.persistence.tables import AuditEntry, AuditHead
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
) -> None:
    """Add an entry when the transaction commits.

    ``actor`` is a user's id, None for the system or a visitor; ``subject`` an id; ``details`` plain JSON.
    """
    entry = AuditEntry(at=now, actor=actor, action=action, subject=subject, details=details)
    pending: list[AuditEntry] = session.info.setdefault(_PENDING, [])
    if not pending:
        event.listen(session, "before_commit", _append, once=True)
    pending.append(entry)


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
    """Add an entry unless there is one of the same actor, with the same ``details``, as recent as ``within``.

    Of calls at once for one subject only one adds. To be called before anything else is locked.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ONCE_LOCK, func.hashtext(subject))))
    said = [AuditEntry.details[name].as_string() == value for name, value in details.items()]
    about = (AuditEntry.subject == subject, AuditEntry.action == action, AuditEntry.at >= now - within)
    by = AuditEntry.actor.is_(None) if actor is None else AuditEntry.actor == actor
    if not session.scalar(select(exists().where(*about, by, *said))):
        record(session, action, now, actor=actor, subject=subject, details=details)


def of_subject(session: Session, subject: str) -> Sequence[AuditEntry]:
    """Return the entries about an account or a job, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    return session.scalars(query).all()


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


def verify(session: Session) -> Chain:
    """Follow the chain from its first row to its head, in bounded memory, as far as it is whole.

    Entries may be added meanwhile; they are not followed.
    """
    end, newest = _head(session)
    previous, position = FIRST, 0
    for row in _rows(session, end):
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


def _rows(session: Session, end: int) -> Iterator[AuditEntry]:
    last = 0
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
    pending: list[AuditEntry] = session.info.pop(_PENDING)
    session.flush()  # takes the locks of everything else first
    _chain(session, pending)


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
    return Link(entry.position, entry.at, entry.actor, entry.action, entry.subject, entry.details)
