"""The rows of workers: which are alive, and whether their models passed the self-test."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy.exc import SQLAlchemyError

from deepshield.domain.facts import BundleFacts
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import results, workers
from deepshield.persistence.tables import Worker
from deepshield.settings import JobSettings

if TYPE_CHECKING:
    from deepshield.resources import Resources  # which imports the broker, which `health` does not need

State = Literal["starting", "ready", "broken"]

_HOST_LENGTH = 200  # characters of a host's name in an id

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Workers that are alive."""

    workers: tuple[Worker, ...]

    @property
    def ready_queues(self) -> frozenset[str]:
        """The queues that a worker with a tested model consumes."""
        return frozenset(worker.queue for worker in self.workers if worker.state == "ready")

    @property
    def broken(self) -> tuple[Worker, ...]:
        """Those whose model cannot be used; ``detail`` says why."""
        return tuple(worker for worker in self.workers if worker.state == "broken")

    @property
    def waiting(self) -> dict[str, str]:
        """Why workers wait for the active bundle before they consume, by queue."""
        return {
            worker.queue: worker.detail
            for worker in self.workers
            if worker.state == "starting" and worker.detail is not None
        }

    def fault(self, queues: Collection[str], *, waiting_is_well: bool = False) -> str | None:
        """Return what is wrong with the workers of ``queues``; None while each has a ready one."""
        if self.broken:
            return f"the worker of {self.broken[0].queue} is broken: {self.broken[0].detail}"
        waiting = self.waiting
        well = self.ready_queues | (waiting.keys() if waiting_is_well else frozenset())
        missing = [queue for queue in queues if queue not in well]
        why = next((f": {waiting[queue]}" for queue in missing if queue in waiting), "")
        return f"no ready worker consumes {', '.join(missing)}{why}" if missing else None

    def of_queues(self, queues: Collection[str]) -> Fleet:
        """Return those that consume one of ``queues``."""
        return Fleet(tuple(worker for worker in self.workers if worker.queue in queues))

    def on_this_host(self) -> Fleet:
        """Return those of this machine or container."""
        prefix = f"{_host()}:"
        return Fleet(tuple(worker for worker in self.workers if worker.id.startswith(prefix)))


def live_workers(database: Database, job: JobSettings, now: datetime) -> Fleet:
    """Return the workers with a heartbeat in the last JOB_HEARTBEAT_TIMEOUT_SECONDS."""
    return workers_seen_since(database, now - timedelta(seconds=job.heartbeat_timeout_seconds))


def workers_seen_since(database: Database, since: datetime) -> Fleet:
    """Return the workers with a heartbeat at or after ``since``."""
    with database.read() as session:
        return Fleet(tuple(workers.seen_since(session, since)))


class Registration:
    """A worker's row: written by a thread of its own, at every heartbeat and every change of state."""

    def __init__(self, resources: Resources, queue: str) -> None:
        self._resources, self._queue = resources, queue
        # The random part distinguishes containers with equal host names and process ids.
        self.worker_id = f"{_host()}:{os.getpid()}:{queue}:{secrets.token_hex(2)}"
        self._state: State = "starting"
        self._detail: str | None = None
        self._bundle: BundleFacts | None = None
        self._changed, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="registration", daemon=True)
        self._thread.start()

    def update(self, state: State, detail: str | None = None, bundle: BundleFacts | None = None) -> None:
        """Record another state; returns at once."""
        self._state, self._detail, self._bundle = state, detail, bundle
        self._changed.set()

    def close(self) -> None:
        """Stop the heartbeat and remove the row."""
        self._closed.set()
        self._changed.set()
        self._thread.join()
        try:
            with self._resources.database.write() as session:
                workers.remove(session, self.worker_id)
        except SQLAlchemyError as error:
            _log.warning("the worker's row is left behind: %s", type(error).__name__)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._changed.clear()
            try:
                self._write()
            except SQLAlchemyError as error:
                _log.warning("no heartbeat of the worker: %s", type(error).__name__)
            self._changed.wait(self._resources.settings.job.heartbeat_seconds)

    def _write(self) -> None:
        now, bundle = self._resources.clock(), self._bundle
        with self._resources.database.write() as session:
            if bundle is not None:
                results.add_bundle(session, bundle, now)
            workers.report(
                session,
                self.worker_id,
                self._queue,
                self._state,
                now,
                self._detail,
                bundle.sha256 if bundle else None,
            )


def _host() -> str:
    return socket.gethostname()[:_HOST_LENGTH]
