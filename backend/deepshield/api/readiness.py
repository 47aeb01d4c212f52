"""Checking whether the parts that the service needs work, at most once a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from deepshield.api.schemas.service import LiveWorker, Ready
from deepshield.operations.workers import live_workers
from deepshield.persistence import migrate
from deepshield.persistence.tables import Worker
from deepshield.resources import Resources

OK = "ok"
_KEPT_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Readiness:
    """One per process; safe to share between threads."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._lock = threading.Lock()
        self._looked_at = -_KEPT_SECONDS
        self._answer: Ready | None = None

    def look(self) -> Ready:
        """Return the state of each part; the error of a failing part appears only in the log."""
        with self._lock:
            if self._answer is None or time.monotonic() - self._looked_at >= _KEPT_SECONDS:
                self._answer = _look(self._resources)
                self._looked_at = time.monotonic()
            return self._answer


def _look(resources: Resources) -> Ready:
    database = _check("database", resources.database.ping)
    live: Sequence[Worker] = ()
    migrations = "unknown"
    if database == OK:
        migrations = _check("migrations", lambda: _current(resources))
        if migrations == OK:
            live = live_workers(resources.database, resources.settings.job, resources.clock()).workers
    broker = OK if resources.announcer.ping() else "down"
    checks = {
        "database": database,
        "migrations": migrations,
        "storage": _check("storage", resources.store.check),
        "broker": broker,
        "model": _model(live),
    }
    # Jobs are accepted while the broker does not answer; the sweep announces them later.
    counted = {name for name in checks if name != "broker" or resources.settings.require_redis_for_ready}
    ready = all(checks[name] in (OK, "no worker") for name in counted)
    workers = _live_workers(resources, live)
    return Ready(status="ready" if ready else "not_ready", checks=checks, workers=workers)


def _check(name: str, look: Callable[[], None]) -> str:
    try:
        look()
    except (SQLAlchemyError, OSError, _OutdatedError) as error:
        _log.warning("not ready", part=name, error=type(error).__name__)
        return "outdated" if isinstance(error, _OutdatedError) else "down"
    return OK


class _OutdatedError(Exception):
    """The schema is not the newest."""


def _current(resources: Resources) -> None:
    if not migrate.is_current(resources.database):
        raise _OutdatedError


def _model(live: Sequence[Worker]) -> str:
    """Return the state of the workers' models; a service without a working one only queues jobs."""
    states = {worker.state for worker in live}
    if not states:
        return "no worker"
    return "broken" if states == {"broken"} else OK


def _live_workers(resources: Resources, live: Sequence[Worker]) -> list[LiveWorker]:
    now = resources.clock()
    return [
        LiveWorker(
            queue=worker.queue,
            state=worker.state,
            seen_seconds_ago=round(max(0.0, (now - worker.seen_at).total_seconds()), 1),
        )
        for worker in live
    ]
