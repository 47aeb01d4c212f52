"""Polling the database for queued jobs, in case the broker does not deliver them.

A message can be lost, or wait behind a long job in another worker. The connection to the broker can also be
dead without notice: Celery on Redis stops consuming for good when it breaks during an acknowledgement.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from deepshield.broker import make_celery
from deepshield.domain.jobs import PREVIEWS, MediaKind
from deepshield.jobs import lease as leases
from deepshield.resources import Resources
from deepshield.worker.runner import JobRunner

_POLL_SECONDS = 2.0
_BATCH = 4  # jobs per poll
_STALLED_POLLS = 4  # with messages in the broker while this worker is idle and receives none

_log = logging.getLogger(__name__)


class Poller:
    """Runs queued jobs that no worker claims, from a thread of its own.

    ``on_stalled`` is called when messages lie in the broker and are not delivered.
    """

    def __init__(
        self, resources: Resources, queue: str, runner: JobRunner, on_stalled: Callable[[], None]
    ) -> None:
        self._resources, self._queue, self._runner, self._on_stalled = resources, queue, runner, on_stalled
        self._app = make_celery(resources.settings.celery)
        self._received = False  # a message, since the last poll
        self._stalled_polls = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()

    def receive(self, job_id: str) -> None:
        """Run the job that is due first, now that a message has announced one."""
        self._received = True
        _log.debug("announced", extra={"announced": job_id})
        self._runner.run(self._queue)

    def close(self) -> None:
        """Stop polling, and wait for a running job."""
        self._closed.set()
        self._thread.join()
        self._app.close()

    def _run(self) -> None:
        while not self._closed.wait(_POLL_SECONDS):
            if self._runner.can_take_more:
                self._poll()

    def _poll(self) -> None:
        try:
            queued = leases.unclaimed(self._resources, self._queue, _BATCH)
            unhurried = () if queued else self._unhurried()
        except SQLAlchemyError:
            return
        if queued:
            self._check_delivery()
        if unhurried:
            self._runner.run(PREVIEWS)
        for job_id in queued:
            if self._closed.is_set() or not self._runner.can_take_more:
                return
            _log.info("found a queued job that no message announced", extra={"found": job_id})
            self._runner.run(self._queue)

    def _unhurried(self) -> Sequence[str]:
        """Return a preview to make where nothing else waits; only workers for videos make them."""
        if self._queue != MediaKind.VIDEO.queue:
            return ()
        return leases.unclaimed(self._resources, PREVIEWS, 1)

    def _check_delivery(self) -> None:
        """Count the polls with messages in the broker of which none was delivered."""
        stalled = not self._received and self._depth() > 0
        self._stalled_polls = self._stalled_polls + 1 if stalled else 0
        self._received = False
        if self._stalled_polls >= _STALLED_POLLS:
            _log.error("the broker has messages and delivers none; the worker restarts")
            self._on_stalled()

    def _depth(self) -> int:
        """Return how many messages wait in the broker; 0 when it does not answer, which Celery handles."""
        try:
            with self._app.connection_for_read() as connection:
                return int(connection.channel()._size(self._queue))  # all of our transports have it
        except Exception:  # noqa: BLE001 - transports raise whatever their clients do
            return 0
