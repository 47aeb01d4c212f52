"""Starting the whole service, reporting each step."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from deepshield.domain.clock import now
from deepshield.operations import api_probe
from deepshield.operations.listening import url
from deepshield.operations.supervisor import Part, Supervisor, deepshield
from deepshield.operations.workers import Fleet, workers_seen_since
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.settings import Settings
from deepshield.storage import StorageError, ensure_bucket

Report = Callable[[str], None]
OnceReady = Callable[[str], None]
"""Called with the API's origin, such as http://127.0.0.1:8001; a `StartError` of its own ends the service."""
_POLL_SECONDS = 0.2
_SLOW_SECONDS = 60.0
_STOP_SPARE_SECONDS = 10.0
EXIT_FAILED = 1


class StartError(Exception):
    """The service cannot start; the message says why."""


def parts(settings: Settings, listening: socket.socket) -> list[Part]:
    """Return the processes of a whole service on this machine."""
    descriptor = listening.fileno()
    workers = [
        Part(f"worker of {queue}", deepshield("worker", "--queue", queue)) for queue in settings.worker.queues
    ]
    return [
        Part("api", deepshield("api", "--descriptor", str(descriptor)), (descriptor,)),
        *workers,
        Part("scheduler", deepshield("scheduler")),
    ]


def prepare_database(settings: Settings) -> Database:
    """Return the database, migrated; raises `StartError`."""
    database = Database(settings.database)
    try:
        migrate.upgrade(database)
    except (SQLAlchemyError, OSError) as error:
        database.close()
        raise StartError(f"the database {shown(settings)} cannot be used: {error}") from error
    return database


def prepare_storage(settings: Settings) -> None:
    """Make the bucket in a self-hosted object store; raises `StartError`."""
    try:
        ensure_bucket(settings)
    except StorageError as error:
        raise StartError(f"the bucket {settings.s3.bucket} cannot be used: {error}") from error


def shown(settings: Settings) -> str:
    """Return the database's address without its password."""
    return make_url(settings.database.url).render_as_string(hide_password=True)


def run(
    settings: Settings, listening: socket.socket, report: Report, *, once_ready: OnceReady | None = None
) -> int:
    """Run the service until it is stopped; return the exit code.

    ``once_ready`` is called in a thread of its own, and may take its time.
    """
    prepare_storage(settings)
    database = prepare_database(settings)
    report(f"database is up to date: {shown(settings)}")
    supervisor = Supervisor(
        parts(settings, listening), stop_seconds=settings.worker.drain_seconds + _STOP_SPARE_SECONDS
    )
    watch = _StartWatch(settings, listening, database, supervisor, report, once_ready)
    watching = threading.Thread(target=watch.run, name="start", daemon=True)
    watching.start()
    try:
        code = supervisor.run()
    finally:
        watching.join(_POLL_SECONDS + 3.0)
        database.close()
    report("stopped" if not code else "stopped because of an error")
    return code


class _StartWatch:
    """Reports that the model's self-test has passed and that the service is ready, or why it is not."""

    def __init__(
        self,
        settings: Settings,
        listening: socket.socket,
        database: Database,
        supervisor: Supervisor,
        report: Report,
        once_ready: OnceReady | None,
    ) -> None:
        self._settings, self._database, self._supervisor, self._report = (
            settings,
            database,
            supervisor,
            report,
        )
        self._once_ready = once_ready
        host, self._port = listening.getsockname()[:2]
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where to probe
        self._since: datetime = now()
        self._tested = False

    def run(self) -> None:
        """Poll until the service is ready or ends."""
        slow_from = time.monotonic() + _SLOW_SECONDS
        self._report("starting; self-test of the model bundle")
        while not self._supervisor.is_stopping and not self._has_come_up():
            if time.monotonic() > slow_from:
                self._report("still not ready; the log above may say why")
                slow_from = float("inf")
            time.sleep(_POLL_SECONDS)
        if self._once_ready is not None and not self._supervisor.is_stopping:
            self._go_on(self._once_ready)

    def _go_on(self, once_ready: OnceReady) -> None:
        host = f"[{self._host}]" if ":" in self._host else self._host
        try:
            once_ready(f"http://{host}:{self._port}")
        except StartError as error:
            if not self._supervisor.is_stopping:
                self._report(str(error))
                self._supervisor.stop(EXIT_FAILED)

    def _has_come_up(self) -> bool:
        queues = self._settings.worker.queues
        fleet = self._fleet().of_queues(queues)
        if fleet.broken:
            self._report(f"the model bundle cannot be used: {fleet.broken[0].detail}")
            self._supervisor.stop(EXIT_FAILED)
            return False
        if fleet.ready_queues != frozenset(queues) or not api_probe.api_is_ready(self._host, self._port):
            return False
        self._report(f"self-test passed: {api_probe.model_name(self._host, self._port)}")
        self._report(f"ready at {url(self._settings.host, self._port)}")
        return True

    def _fleet(self) -> Fleet:
        try:
            return workers_seen_since(self._database, self._since)
        except SQLAlchemyError:
            return Fleet(())
