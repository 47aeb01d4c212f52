"""Which bundle is served: the row that is active, read again every few seconds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy.exc import SQLAlchemyError

from deepshield.persistence.database import Database
from deepshield.persistence.measurement import ProposedBundle
from deepshield.persistence.repositories import bundles
from deepshield.resources import Resources

KEPT_SECONDS = 4.0
"""For how long a process takes what it has read for true."""


@dataclass(frozen=True, slots=True)
class ActiveBundle:
    """The bundle that was approved last, and is served."""

    id: str
    sha256: str
    name: str
    version: str
    manifest: str  # the text of bundle.json
    key: str  # of its archive in storage
    archive_sha256: str


_known: WeakKeyDictionary[Database, tuple[float, ActiveBundle | None]] = WeakKeyDictionary()
_lock = threading.Lock()


def active_bundle(resources: Resources) -> ActiveBundle | None:
    """Return the active bundle, as it was a few seconds ago at most; None where the released one is served.

    While the database does not answer, it is the one that was known last.
    """
    with _lock:
        found = _known.get(resources.database)
    if found is not None and time.monotonic() - found[0] < KEPT_SECONDS:
        return found[1]
    try:
        return read_active(resources)
    except SQLAlchemyError:
        last = None if found is None else found[1]
        with _lock:
            _known[resources.database] = (time.monotonic(), last)
        return last


def read_active(resources: Resources) -> ActiveBundle | None:
    """Return the active bundle as it is now; raises SQLAlchemyError."""
    with resources.database.read() as session:
        row = bundles.active(session)
    read = None if row is None else of_row(row)
    with _lock:
        _known[resources.database] = (time.monotonic(), read)
    return read


def forget(resources: Resources) -> None:
    """Let the next look read the database."""
    with _lock:
        _known.pop(resources.database, None)


def of_row(row: ProposedBundle) -> ActiveBundle:
    """Return a row as what is served."""
    return ActiveBundle(row.id, row.sha256, row.name, row.version, row.manifest, row.key, row.archive_sha256)
