"""The heartbeat of an attempt: it keeps the lease and reports progress."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from deepshield.domain.progress import Report

_PROGRESS_SECONDS = 0.5  # between two heartbeats when there is progress to report
_FIRST_SECONDS = 0.3  # most photos are done by then, without a report

_log = logging.getLogger(__name__)


class Heartbeat:
    """Calls ``beat`` from a thread of its own until the ``with`` block ends or the lease is lost.

    ``beat`` gets the latest report when there is a new one and returns whether the lease is still held; when
    it is not, ``lost`` is called. When the database does not answer, it goes on: the lease may last longer.
    """

    def __init__(
        self, beat: Callable[[Report | None], bool], lost: Callable[[], None], every_seconds: float
    ) -> None:
        self._beat, self._lost, self._every = beat, lost, every_seconds
        self._changed = threading.Condition()
        self._report: Report | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def report(self, report: Report) -> None:
        """Report progress; only the latest is kept."""
        with self._changed:
            self._report = report
            self._changed.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        begun = time.monotonic()
        progress, regular = begun + _FIRST_SECONDS, begun + self._every
        while self._wait(progress, regular):
            with self._changed:
                report, self._report = self._report, None
            try:
                held = self._beat(report)
            except SQLAlchemyError as error:
                _log.warning("no heartbeat: %s", type(error).__name__)
                with self._changed:
                    self._report = self._report or report
            else:
                if not held:
                    self._lost()
                    return
            progress, regular = time.monotonic() + _PROGRESS_SECONDS, time.monotonic() + self._every

    def _wait(self, progress: float, regular: float) -> bool:
        """Wait until a heartbeat is due, early when there is progress; False at the end."""
        with self._changed:
            while not self._ended:
                due = progress if self._report is not None else regular
                left = due - time.monotonic()
                if left <= 0:
                    return True
                self._changed.wait(left)
            return False
