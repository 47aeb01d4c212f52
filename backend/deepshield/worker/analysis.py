"""Watching one task of an analysing process: progress, time limits, memory, outcome."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from deepshield.analyser.protocol import (
    Began,
    Described,
    Done,
    Halted,
    Previewed,
    Progressed,
    Refused,
    Stop,
    Task,
)
from deepshield.domain.progress import Report
from deepshield.worker.cancellation import Cancellation, Reason
from deepshield.worker.process import AnalysingProcess, Exited, Wakeup

_CHECK_SECONDS = 1.0  # between two checks of the memory
_STOP_SECONDS = 3.0  # for the process to react to a stop


@dataclass(frozen=True, slots=True)
class Stopped:
    """The analysis was stopped, or its process killed, for that reason."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process died of the file; ``reason`` is for a log."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """The process died before it opened the file."""

    reason: str


Aside = Previewed | Described
"""Answers to what is asked beside an analysis, and harms none."""

Outcome = Done | Refused | Stopped | Crashed
OnReport = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds until an analysis is stopped, and until its process is killed; most memory in MiB."""

    soft_seconds: float
    hard_seconds: float
    memory_mb: float


class Analysis:
    """A task for a process, which `watch` sends and follows to its end."""

    def __init__(self, process: AnalysingProcess, task: Task, bounds: Bounds) -> None:
        self._process, self._task, self._bounds = process, task, bounds
        self._lock = threading.Lock()
        self._reason: Reason | None = None
        self._stop_at = time.monotonic() + bounds.soft_seconds
        self._kill_at = time.monotonic() + bounds.hard_seconds
        self._over_memory = False
        self._begun = False
        self._so_far: Described | None = None

    def watch(self, on_report: OnReport, cancellation: Cancellation) -> Outcome | Aside | NotBegun:
        """Send the task and return how it ended; of a description, what there was until then."""
        self._process.send(self._task)
        cancellation.listen(self._stop)
        while True:
            try:
                event = self._process.inbox.get(timeout=self._until_next_check())
            except queue.Empty:
                self._check()
                continue
            if isinstance(event, Exited):
                return self._so_far or self._outcome_of_exit(event.reason)
            if isinstance(event, Wakeup) or getattr(event, "id", None) != self._task.id:
                continue  # an answer about an earlier task
            match event:
                case Began():
                    self._begun = True
                case Progressed():
                    on_report(_report(event))
                case Described(complete=False):
                    self._so_far = event
                case Halted():
                    return self._so_far or Stopped(self._reason or Reason.TIMEOUT)
                case Refused() if self._so_far is not None:
                    return self._so_far
                case Done() | Refused() | Previewed() | Described():
                    return event

    def _stop(self, reason: Reason) -> None:
        with self._lock:
            self._reason = self._reason or reason
            if reason is not Reason.TIMEOUT:  # a timeout leaves the time until the hard limit
                self._kill_at = min(self._kill_at, time.monotonic() + _STOP_SECONDS)
        self._process.send(Stop(self._task.id))
        self._process.inbox.put(Wakeup())

    def _until_next_check(self) -> float:
        now = time.monotonic()
        with self._lock:
            stop = [self._stop_at] if self._reason is None else []
            deadline = min(self._kill_at, now + _CHECK_SECONDS, *stop)
        return max(0.0, deadline - now)

    def _check(self) -> None:
        now = time.monotonic()
        if now >= self._kill_at:
            with self._lock:
                self._reason = self._reason or Reason.TIMEOUT
                self._kill_at = now + _CHECK_SECONDS
            self._process.kill()
        elif now >= self._stop_at and self._reason is None:
            self._stop(Reason.TIMEOUT)
        elif self._process.resident_mb() > self._bounds.memory_mb:
            self._over_memory = True
            self._process.kill()

    def _outcome_of_exit(self, reason: str) -> Outcome | NotBegun:
        if self._over_memory:
            return Crashed(f"it took more than {self._bounds.memory_mb:g} MiB")
        if self._reason is not None:
            return Stopped(self._reason)
        return Crashed(reason) if self._begun else NotBegun(reason)


def _report(answer: Progressed) -> Report:
    return Report(
        answer.stage,
        answer.frames_decoded,
        answer.frames_planned,
        answer.faces_found,
        answer.faces_scored,
    )
