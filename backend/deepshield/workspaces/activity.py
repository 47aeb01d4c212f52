"""What has been done in a workspace: its entries of the audit log, and whether the log's chain is whole."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, audit_texts, users
from deepshield.persistence.repositories.audit import Wanted
from deepshield.persistence.repositories.audit_texts import Shown
from deepshield.persistence.tables import AuditEntry
from deepshield.resources import Resources

LINKS = 20_000  # that are followed for one answer: a second or two; `deepshield doctor` follows all
_KEPT = timedelta(minutes=10)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, the e-mail address of who did it, where that account is still there, and its details."""

    row: AuditEntry
    actor_email: str | None
    said: Shown


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
    before = None if cursor is None else _position(cursor)
    with resources.database.read() as session:
        rows = audit.of_workspace(session, owner.workspace_id, wanted, limit + 1, before)
        people = users.emails(session, {row.actor for row in rows})
        said = audit_texts.shown(session, rows[:limit])
    shown = [
        Entry(row, people.get(row.actor or ""), told) for row, told in zip(rows[:limit], said, strict=True)
    ]
    last = shown[-1].row.position if len(rows) > limit else None
    return ActivityPage(shown, None if last is None else str(last))


def all_activity(resources: Resources, owner: Owner, wanted: Wanted) -> Iterator[Entry]:
    """Yield all entries that are wanted, in bounded memory; raises as `list_activity` with the first."""
    cursor: str | None = None
    while True:
        page = list_activity(resources, owner, wanted, cursor=cursor, limit=_PAGE)
        yield from page.entries
        cursor = page.cursor
        if cursor is None:
            return


def _position(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
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
