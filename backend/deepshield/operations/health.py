"""Whether a part of the service on this machine does its work: for container engines, which ask a command."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from deepshield.domain.clock import now
from deepshield.operations import asking, heartbeat_file
from deepshield.settings import Settings

if TYPE_CHECKING:
    from deepshield.persistence.tables import Worker

_MISSED_SWEEPS = 10
_SHORTEST_SILENCE_SECONDS = 30.0


def api_fault(settings: Settings) -> str | None:
    """Return what is wrong with the API on this machine; None while it can do its work."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - asked, not bound
    return None if asking.api_is_ready(host, settings.port) else "the API is not ready"


def worker_fault(settings: Settings) -> str | None:
    """Return what is wrong with this machine's workers; None while each queue has one with a tested model."""
    # Costs half a second, which only this part's question should: engines ask again and again.
    from sqlalchemy.exc import SQLAlchemyError

    from deepshield.persistence.database import Database
    from deepshield.persistence.repositories import workers

    silence = timedelta(seconds=settings.job.heartbeat_timeout_seconds)
    try:
        with closing(Database(settings.database)) as database, database.read() as session:
            rows = workers.seen_since(session, now() - silence)
    except SQLAlchemyError as error:
        return f"the database does not answer: {type(error).__name__}"
    own = [row for row in rows if row.id.startswith(f"{socket.gethostname()[:200]}:")]
    return _missing(own, settings.worker.queues)


def _missing(rows: Collection[Worker], queues: Collection[str]) -> str | None:
    broken = next((row for row in rows if row.state == "broken"), None)
    if broken is not None:
        return f"the worker of {broken.queue} is broken: {broken.detail}"
    ready = {row.queue for row in rows if row.state == "ready"}
    absent = [queue for queue in queues if queue not in ready]
    return f"nobody consumes {', '.join(absent)}" if absent else None


def scheduler_fault(settings: Settings) -> str | None:
    """Return what is wrong with this machine's scheduler; None while its sweeps succeed."""
    age = heartbeat_file.age(heartbeat_file.path_of(settings))
    if age is None:
        return "no sweep has succeeded yet"
    longest = max(_SHORTEST_SILENCE_SECONDS, _MISSED_SWEEPS * settings.job.sweep_seconds)
    return None if age <= longest else f"the last sweep that succeeded was {age:.0f} s ago"


PARTS: dict[str, Callable[[Settings], str | None]] = {
    "api": api_fault,
    "worker": worker_fault,
    "scheduler": scheduler_fault,
}
