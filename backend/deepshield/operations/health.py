"""Health of the service's parts on this machine, for the health checks of container engines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from deepshield.domain.clock import now
from deepshield.operations import api_probe, heartbeat_file
from deepshield.settings import Settings

_MISSED_SWEEPS = 10
_SHORTEST_SILENCE_SECONDS = 30.0


def api_fault(settings: Settings) -> str | None:
    """Return what is wrong with the API on this machine; None while it is ready."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - probed, not bound
    return None if api_probe.api_is_ready(host, settings.port) else "the API is not ready"


def worker_fault(settings: Settings) -> str | None:
    """Return what is wrong with this machine's workers; None while each queue has one with a tested model."""
    return _worker_fault(settings, waiting_is_well=False)


def worker_liveness_fault(settings: Settings) -> str | None:
    """Return why this machine's workers are to be restarted; they may wait for the active bundle."""
    return _worker_fault(settings, waiting_is_well=True)


def _worker_fault(settings: Settings, *, waiting_is_well: bool) -> str | None:
    # Imported here because it takes half a second, and health checks are frequent.
    from sqlalchemy.exc import SQLAlchemyError

    from deepshield.operations.workers import live_workers
    from deepshield.persistence.database import Database

    try:
        with closing(Database(settings.database)) as database:
            fleet = live_workers(database, settings.job, now()).on_this_host()
    except SQLAlchemyError as error:
        return f"the database does not answer: {type(error).__name__}"
    return fleet.fault(settings.worker.queues, waiting_is_well=waiting_is_well)


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
    "worker-liveness": worker_liveness_fault,
    "scheduler": scheduler_fault,
}
