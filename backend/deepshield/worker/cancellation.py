"""Ending an analysis from outside: who may, and for which reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum


class Reason(StrEnum):
    """Why an analysis was stopped from outside."""

    TIMEOUT = "timeout"
    LEASE_LOST = "lease lost"  # or cancelled: the job is no longer this worker's
    DRAINING = "draining"


class Cancellation:
    """How others end an analysis, before or while it runs; the first call of `cancel` gives the reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Reason], None]] = []
        self.reason: Reason | None = None

    def cancel(self, reason: Reason) -> None:
        """Have the analysis end soon."""
        with self._lock:
            if self.reason is not None:
                return
            self.reason = reason
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(reason)

    def listen(self, listener: Callable[[Reason], None]) -> None:
        """Call ``listener`` on cancellation, at once when that has already happened."""
        with self._lock:
            self._listeners.append(listener)
            reason = self.reason
        if reason is not None:
            listener(reason)
