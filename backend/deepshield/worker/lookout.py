"""Looking for jobs where the truth is, in case the broker does not tell of them.

A message can be lost, wait behind a long job in another worker, or lie in a broker whose connection only
seems to be alive: Celery on Redis stops consuming for good when the connection breaks in an acknowledgement.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from deepshield.broker import make_celery
from deepshield.jobs import lease as leases
from deepshield.resources import Resources
from deepshield.worker.tasks import JobRunner

_LOOK_SECONDS = 2.0
_AT_ONCE = 4
_DEAF_LOOKS = 4  # at messages that lie in the broker while this worker is idle and hears nothing

_log = logging.getLogger(__name__)


class Lookout:
    """Runs jobs that nobody claims, from a thread of its own.

    ``on_deaf`` is called when messages lie in the broker and do not get here.
    """

    def __init__(
        self, resources: Resources, queue: str, runner: JobRunner, on_deaf: Callable[[], None]
    ) -> None:
        self._resources, self._queue, self._runner, self._on_deaf = resources, queue, runner, on_deaf
        self._app = make_celery(resources.settings.celery)
        self._heard = False
        self._unheard = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)
        self._thread.start()

    def hear(self, job_id: str) -> None:
        """Run a job that a message tells of."""
        self._heard = True
        self._runner.run(job_id)

    def close(self) -> None:
        """Stop looking; a job that is running is waited for."""
        self._ended.set()
        self._thread.join()
        self._app.close()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            if self._runner.can_take_more:
                self._look()

    def _look(self) -> None:
        try:
            waiting = leases.unclaimed(self._resources, self._queue, _AT_ONCE)
        except SQLAlchemyError:
            return
        if waiting:
            self._listen()
        for job_id in waiting:
            if self._ended.is_set() or not self._runner.can_take_more:
                return
            _log.info("found a job that no message told of", extra={"found": job_id})
            self._runner.run(job_id)

    def _listen(self) -> None:
        """Count how often messages lay in the broker while none came."""
        lying = not self._heard and self._depth() > 0
        self._unheard = self._unheard + 1 if lying else 0
        self._heard = False
        if self._unheard >= _DEAF_LOOKS:
            _log.error("messages lie in the broker and do not get here: starting anew")
            self._on_deaf()

    def _depth(self) -> int:
        """Return how many messages wait in the broker; 0 when it is away, which Celery sees to."""
        try:
            with self._app.connection_for_read() as connection:
                return int(connection.channel()._size(self._queue))  # all of our transports have it
        except Exception:  # noqa: BLE001 - transports raise whatever their clients do
            return 0
