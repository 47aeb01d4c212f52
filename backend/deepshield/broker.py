"""Messages that announce jobs. Jobs are rows of the database, so a lost or repeated message does no harm."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol

from deepshield.domain.jobs import MediaKind
from deepshield.settings import CelerySettings

if TYPE_CHECKING:
    from celery import Celery

TASK = "deepshield.analyze"
QUEUES = tuple(kind.queue for kind in MediaKind)
_PUBLISH_SECONDS = 2.0
_POLL_SECONDS = 0.05  # of the filesystem transport, whose default is a second
_importing = threading.Lock()

_log = logging.getLogger(__name__)


class Announcer(Protocol):
    """Announces queued jobs to workers."""

    def announce(self, job_id: str, queue: str) -> bool:
        """Send a job's id to its queue; False when the broker does not answer. Never raises."""
        ...

    def ping(self) -> bool:
        """Return whether the broker answers."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class CeleryAnnouncer:
    """Announces over Celery's broker, which is connected at the first message."""

    def __init__(self, settings: CelerySettings) -> None:
        self._settings, self._made = settings, threading.Lock()
        self._app: Celery | None = None

    def announce(self, job_id: str, queue: str) -> bool:
        """Send one message; the sweep announces a job again whose message was not sent."""
        try:
            self._celery().send_task(TASK, args=[job_id], queue=queue, ignore_result=True, retry=False)
        except Exception as error:  # noqa: BLE001 - transports raise whatever their clients do
            _log.warning("the broker does not answer: %s", type(error).__name__)
            return False
        return True

    def ping(self) -> bool:
        """Open a connection of its own, without retries."""
        try:
            with self._celery().connection_for_write(connect_timeout=_PUBLISH_SECONDS) as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=_PUBLISH_SECONDS)
        except Exception:  # noqa: BLE001 - transports raise whatever their clients do
            return False
        return True

    def close(self) -> None:
        """Close the pool of connections."""
        if self._app is not None:
            self._app.close()

    def _celery(self) -> Celery:
        with self._made:
            self._app = self._app or make_celery(self._settings)
        return self._app


def make_celery(settings: CelerySettings) -> Celery:
    """Return a Celery application for Redis or the filesystem, with queues and limits and without a task."""
    # Imported here because it takes a large part of the time that an API process needs to start. One thread
    # imports at a time: Celery loads its parts lazily, and another thread would find it incomplete.
    with _importing:
        from celery import Celery
        from kombu.entity import Queue

        from deepshield import broker_files

    broker_files.register()
    app = Celery("deepshield", broker=_address(settings), set_as_current=False)
    app.conf.update(
        task_queues=[Queue(name) for name in QUEUES],  # type: ignore[no-untyped-call]
        task_create_missing_queues=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_PUBLISH_SECONDS,
        broker_transport_options=_transport(settings),
    )
    return app


def _address(settings: CelerySettings) -> str:
    """Return the broker's address; the filesystem's gets a host, because kombu warns about a missing one."""
    return (
        f"{settings.broker_url}localhost" if settings.broker_url == "filesystem://" else settings.broker_url
    )


def _transport(settings: CelerySettings) -> dict[str, Any]:
    if settings.is_redis:
        return {
            "visibility_timeout": settings.visibility_timeout_seconds,
            "socket_timeout": 30.0,
            "socket_connect_timeout": _PUBLISH_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 10,
        }
    if settings.broker_url.startswith("filesystem:"):
        folders = {name: settings.queue_dir / name for name in ("messages", "control")}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(folders["messages"]),
            "data_folder_out": str(folders["messages"]),
            "control_folder": str(folders["control"]),
            "store_processed": False,
            "polling_interval": _POLL_SECONDS,
        }
    return {}
