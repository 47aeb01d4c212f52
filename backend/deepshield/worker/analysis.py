"""One task of the analysing process, watched by the worker: its progress, its clocks, its memory, its end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from deepshield.domain.progress import Report
from deepshield.worker.process import AnalysingProcess, Gone, Nudge
from deepshield.worker.protocol import Began, Done, Halted, Previewed, Progressed, Refused, Stop, Task

_LOOK_SECONDS = 1.0  # between two looks at the memory
_STOP_SECONDS = 3.0  # for the process to heed a stop


class Why(StrEnum):
    """Why an analysis was stopped from outside."""

    TIMEOUT = "timeout"
    LEASE_LOST = "lease lost"  # or cancelled: the job is no longer this worker's
    DRAINING = "draining"


class Brake:
    """How others end an analysis, before or while it runs; only the first pull gives the reason."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Why], None]] = []
        self.why: Why | None = None

    def pull(self, why: Why) -> None:
        """Have the analysis end soon."""
        with self._lock:
            if self.why is not None:
                return
            self.why = why
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(why)

    def listen(self, listener: Callable[[Why], None]) -> None:
        """Call ``listener`` when the brake is pulled, at once when it has been."""
        with self._lock:
            self._listeners.append(listener)
            why = self.why
        if why is not None:
            listener(why)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The analysis was given up, or its process killed, for that reason."""

    why: Why


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process died of the file; ``reason`` is for a log."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """The process died before it touched the file."""

    reason: str


Outcome = Done | Refused | Stopped | Crashed
OnReport = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds after which an analysis is told to stop and after which it is killed, and most memory."""

    soft_seconds: float
    hard_seconds: float
    memory_mb: float


class Analysis:
    """A request that is about to be sent to a process, and what becomes of it."""

    def __init__(self, process: AnalysingProcess, request: Task, bounds: Bounds) -> None:
        self._process, self._request, self._bounds = process, request, bounds
        self._lock = threading.Lock()
        self._why: Why | None = None
        self._stop_at = time.monotonic() + bounds.soft_seconds
        self._kill_at = time.monotonic() + bounds.hard_seconds
        self._overweight = False
        self._begun = False

    def watch(self, on_report: OnReport, brake: Brake) -> Outcome | Previewed | NotBegun:
        """Send the request and return how it ended."""
        self._process.send(self._request)
        brake.listen(self._stop)
        while True:
            try:
                said = self._process.inbox.get(timeout=self._patience())
            except queue.Empty:
                self._look()
                continue
            if isinstance(said, Gone):
                return self._end(said.reason)
            if isinstance(said, Nudge) or getattr(said, "id", None) != self._request.id:
                continue  # what is left of an earlier analysis
            match said:
                case Began():
                    self._begun = True
                case Progressed():
                    on_report(_report(said))
                case Halted():
                    return Stopped(self._why or Why.TIMEOUT)
                case Done() | Refused() | Previewed():
                    return said

    def _stop(self, why: Why) -> None:
        with self._lock:
            self._why = self._why or why
            if why is not Why.TIMEOUT:  # which has the time until the hard limit
                self._kill_at = min(self._kill_at, time.monotonic() + _STOP_SECONDS)
        self._process.send(Stop(self._request.id))
        self._process.inbox.put(Nudge())

    def _patience(self) -> float:
        now = time.monotonic()
        with self._lock:
            clocks = [self._kill_at, now + _LOOK_SECONDS, *([self._stop_at] if self._why is None else [])]
        return max(0.0, min(clocks) - now)

    def _look(self) -> None:
        now = time.monotonic()
        if now >= self._kill_at:
            with self._lock:
                self._why = self._why or Why.TIMEOUT
                self._kill_at = now + _LOOK_SECONDS
            self._process.kill()
        elif now >= self._stop_at and self._why is None:
            self._stop(Why.TIMEOUT)
        elif self._process.resident_mb() > self._bounds.memory_mb:
            self._overweight = True
            self._process.kill()

    def _end(self, reason: str) -> Outcome | NotBegun:
        if self._overweight:
            return Crashed(f"it took more than {self._bounds.memory_mb:g} MiB")
        if self._why is not None:
            return Stopped(self._why)
        return Crashed(reason) if self._begun else NotBegun(reason)


def _report(said: Progressed) -> Report:
    return Report(said.stage, said.frames_decoded, said.frames_planned, said.faces_found, said.faces_scored)
