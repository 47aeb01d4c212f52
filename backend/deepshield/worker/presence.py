"""A worker's row in the database: that it lives, its queue, and whether its model passed its test."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from deepshield.domain.facts import BundleFacts
from deepshield.persistence.repositories import results, workers
from deepshield.resources import Resources

_log = logging.getLogger(__name__)

Condition = Literal["starting", "ready", "broken"]


class Presence:
    """Reports from a thread of its own, regularly and on every change."""

    def __init__(self, resources: Resources, queue: str) -> None:
        self._resources, self._queue = resources, queue
        # The random part keeps containers apart that share a host name and number their processes alike.
        self.worker_id = f"{socket.gethostname()[:200]}:{os.getpid()}:{queue}:{secrets.token_hex(2)}"
        self._condition: Condition = "starting"
        self._detail: str | None = None
        self._bundle: BundleFacts | None = None
        self._changed, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self._thread.start()

    def tell(
        self, condition: Condition, detail: str | None = None, bundle: BundleFacts | None = None
    ) -> None:
        """Report a change; returns at once."""
        self._condition, self._detail, self._bundle = condition, detail, bundle
        self._changed.set()

    def close(self) -> None:
        """Stop reporting and remove the row."""
        self._ended.set()
        self._changed.set()
        self._thread.join()
        try:
            with self._resources.database.write() as session:
                workers.remove(session, self.worker_id)
        except SQLAlchemyError as error:
            _log.warning("the worker's row is left behind: %s", type(error).__name__)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.clear()
            try:
                self._report()
            except SQLAlchemyError as error:
                _log.warning("the worker cannot report: %s", type(error).__name__)
            self._changed.wait(self._resources.settings.job.heartbeat_seconds)

    def _report(self) -> None:
        now, bundle = self._resources.clock(), self._bundle
        with self._resources.database.write() as session:
            if bundle is not None:
                results.know_bundle(session, bundle, now)
            workers.report(
                session,
                self.worker_id,
                self._queue,
                self._condition,
                now,
                self._detail,
                bundle.sha256 if bundle else None,
            )
