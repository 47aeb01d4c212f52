"""Stopping an analysis from outside, with a reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum


class Reason(StrEnum):
    """Why an analysis was stopped from outside."""

    TIMEOUT = "timeout"
    LEASE_LOST = "lease lost"  # also when the job was cancelled
    DRAINING = "draining"


class Cancellation:
    """A request to stop an analysis, before or while it runs; the first call of `cancel` sets the reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Reason], None]] = []
        self.reason: Reason | None = None

    def cancel(self, reason: Reason) -> None:
        """Request that the analysis stops soon."""
        with self._lock:
            if self.reason is not None:
                return
            self.reason = reason
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(reason)

    def listen(self, listener: Callable[[Reason], None]) -> None:
        """Call ``listener`` on cancellation, or at once if it has already happened."""
        with self._lock:
            self._listeners.append(listener)
            reason = self.reason
        if reason is not None:
            listener(reason)
