"""What has been done in a workspace: its entries of the audit log, and whether the log's chain is whole."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, audit_texts, jobs, rechecks, users
from deepshield.persistence.repositories.audit import Placed, Wanted
from deepshield.persistence.repositories.audit_texts import Shown
from deepshield.persistence.tables import AuditEntry
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

LINKS = 20_000  # that are followed for one answer: a second or two; `deepshield doctor` follows all
_KEPT = timedelta(minutes=10)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, the e-mail address of who did it, where that account is still there, and its details."""

    row: AuditEntry
    place: int  # among the workspace's entries, the first of which has 1
    actor_email: str | None
    said: Shown  # nothing of what tells of a file that who asks reads blind


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some entries, the newest first."""

    entries: Sequence[Entry]
    cursor: str | None  # of the next page, if there is one


def list_activity(
    resources: Resources, owner: Owner, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> ActivityPage:
    """Return a page of what has been done in the workspace.

    Raises `DeepShieldError` ROLE_MISSING, VALIDATION_ERROR for a cursor that is none.
    """
    owner.need(May.AUDIT)
    place = None if cursor is None else _place(cursor)
    with resources.database.read() as session:
        behind = None
        if place is not None:
            position = audit.position_at(session, owner.workspace_id, place)
            if position is None:
                return ActivityPage((), None)
            behind = Placed(position, place)
        entries, is_more = _some(session, owner, wanted, limit, behind)
    return ActivityPage(entries, str(entries[-1].place) if is_more else None)


def _some(
    session: Session, owner: Owner, wanted: Wanted, limit: int, behind: Placed | None
) -> tuple[list[Entry], bool]:
    """Return the entries behind one, ``limit`` at most, and whether there are more."""
    before = None if behind is None else behind.position
    rows = audit.of_workspace(session, owner.workspace_id, wanted, limit + 1, before)
    shown = rows[:limit]
    people = users.emails(session, {row.actor for row in shown})
    positions = [row.position for row in shown if row.position is not None]
    places = audit.places(session, owner.workspace_id, positions, behind)
    hidden = read_blind(session, owner)
    about = {*hidden, *jobs.ids_of_media(session, hidden)}
    counting = rechecks.ids_with(session, hidden)
    said = audit_texts.shown(session, shown)
    entries = [
        Entry(
            row,
            places[row.position or 0],
            people.get(row.actor or ""),
            Shown(None, ()) if _tells(row, about, counting) else told,
        )
        for row, told in zip(shown, said, strict=True)
    ]
    return entries, len(rows) > limit


def _tells(row: AuditEntry, about: Collection[str], counting: Collection[str]) -> bool:
    """Return whether an entry tells of files: it is about one, or counts changed verdicts with theirs."""
    if row.action == "recheck.finished" and row.subject in counting:
        return True
    return row.subject in about or (row.details or {}).get("media_id") in about


def all_activity(resources: Resources, owner: Owner, wanted: Wanted) -> Iterator[Entry]:
    """Yield all entries that are wanted, in bounded memory; raises as `list_activity` with the first."""
    owner.need(May.AUDIT)
    behind: Placed | None = None
    while True:
        with resources.database.read() as session:
            entries, is_more = _some(session, owner, wanted, _PAGE, behind)
        yield from entries
        if not is_more:
            return
        last = entries[-1]
        behind = Placed(last.row.position or 0, last.place)


def _place(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19 and int(cursor) > 0):
        message = "The cursor is not one of this list. Begin again without it."
        raise DeepShieldError(Code.VALIDATION_ERROR, message, field="cursor")
    return int(cursor)


@dataclass(frozen=True, slots=True)
class Checked:
    """What following the newest links came to: ``links`` of ``of`` were whole, from the newest on."""

    at: datetime
    whole: bool
    links: int
    of: int
    newest: str


class ChainCheck:
    """Follows the newest `LINKS` of the chain, and keeps what it found for ten minutes."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._lock = threading.Lock()
        self._found: Checked | None = None

    def latest(self) -> Checked:
        """Return what was found, of now or of some minutes ago; those who ask at once wait for one check."""
        with self._lock:
            now = self._resources.clock()
            if self._found is None or now - self._found.at > _KEPT:
                self._found = self._check(now)
            return self._found

    def _check(self, now: datetime) -> Checked:
        with self._resources.database.read() as session:
            chain = audit.verify(session, LINKS)
        return Checked(now, chain.fault is None, chain.links - chain.begun, chain.end, chain.newest)
