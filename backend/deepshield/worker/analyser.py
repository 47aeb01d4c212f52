"""A worker's handle on one analysing process, which is kept warm and replaced when it dies or grows.

A thread starts the process, reads its answers and starts the next process. This thread has to live as long as
the process: for the kernel, the parent of a process ends with the thread that started it.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from deepshield.analyser.protocol import (
    Analyze,
    Broken,
    Describe,
    Described,
    Idle,
    Preview,
    Previewed,
    ProtocolError,
    Ready,
    Refused,
    Setup,
    Task,
)
from deepshield.domain.errors import Code
from deepshield.domain.facts import BundleFacts
from deepshield.domain.marks import Mark
from deepshield.domain.policies import PolicyTask
from deepshield.observability import metrics
from deepshield.result_provenance import Provenance
from deepshield.worker.analysis import (
    Analysis,
    Aside,
    Bounds,
    Crashed,
    NotBegun,
    OnReport,
    Outcome,
    Stopped,
)
from deepshield.worker.cancellation import Cancellation, Reason
from deepshield.worker.process import COMMAND, AnalysingProcess, Exited

_log = logging.getLogger(__name__)

_START_SECONDS = 120.0  # until the model is loaded and tested
_MAX_PAUSE = 30.0  # between two starts of a process that does not come up
_TRIES = 3  # of processes that die before they have begun
_OVERTIME_SECONDS = 1.0  # in which the process itself notices that it takes too long
_LONGEST_PROBLEM = 200  # characters of the process's own text in a log
_WRONG_ANSWER = "it answered another request than it was sent"


class AnalyserBrokenError(Exception):
    """There is no process to analyse with; the message says why."""


@dataclass(frozen=True, slots=True)
class RecycleLimits:
    """The limits at which a process that works is replaced."""

    memory_mb: float  # that it keeps between jobs
    jobs: int


@dataclass(frozen=True, slots=True)
class Made:
    """A preview has been written."""

    sound: bool


@dataclass(frozen=True, slots=True)
class NotMade:
    """What was asked for beside the analysis is not there; ``reason`` is for a log."""

    reason: str


class Analyser:
    """One analysing process at a time, for one task at a time."""

    def __init__(
        self,
        setup: Setup,
        bounds: Bounds,
        recycling: RecycleLimits,
        log: Path,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._setup, self._bounds, self._recycling = setup, bounds, recycling
        self._log, self._command = log, command
        self._changed = threading.Condition()
        self._closed = False
        self._process: AnalysingProcess | None = None
        self._busy = False
        self._starting_for = "first"
        self.bundle: BundleFacts | None = None  # of the latest process that came up
        self.used: BundleFacts | None = None  # of the process that the latest task was given to
        self._problem: str | None = None  # why there is no process
        self._numbers = itertools.count(1)
        self._thread = threading.Thread(target=self._run, name="analyser", daemon=True)
        self._thread.start()

    def wait_ready(
        self, timeout: float = _START_SECONDS, cancellation: Cancellation | None = None
    ) -> Ready | None:
        """Wait for a loaded model; None when the analysis was cancelled before.

        Raises `AnalyserBrokenError` when no model can be loaded, and TimeoutError.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while cancellation is None or cancellation.reason is None:
                if self._closed:
                    raise AnalyserBrokenError("the worker is closing")
                if self._process is not None and self._process.ready is not None:
                    return self._process.ready
                if self._problem is not None:
                    raise AnalyserBrokenError(self._problem)
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError
        return None

    def analyze(
        self,
        path: Path,
        folder: Path,
        on_report: OnReport,
        cancellation: Cancellation,
        mark: Mark | None = None,
        policies: Sequence[PolicyTask] = (),
    ) -> Outcome:
        """Analyse a file, or the face that is marked in it, and write its artifacts into the new ``folder``.

        It is judged by the one of ``policies`` that is for the loaded bundle, if there is one.

        Raises `AnalyserBrokenError` when no process could begin.
        """
        cancellation.listen(self._wake)
        reason = ""
        for _ in range(_TRIES):
            with suppress(TimeoutError):  # then the process is being killed, and its exit is seen below
                self.wait_ready(cancellation=cancellation)
            if cancellation.reason is not None:
                return Stopped(cancellation.reason)
            task = Analyze(
                next(self._numbers),
                str(path),
                str(folder),
                mark.row() if mark else None,
                [one.row() for one in policies],
            )
            outcome = self._try(task, self._bounds, on_report, cancellation)
            if isinstance(outcome, (Previewed, Described)):
                return Crashed(_WRONG_ANSWER)
            if not isinstance(outcome, NotBegun):
                return outcome
            reason = outcome.reason
        raise AnalyserBrokenError(f"the analysing process dies before it begins: {reason}")

    def preview(self, path: Path, target: Path, seconds: float, cancellation: Cancellation) -> Made | NotMade:
        """Write the preview of an analysed video to ``target``.

        It returns after ``seconds`` and a few more, even when the process hangs or dies.
        """
        number = next(self._numbers)
        answer = self._aside(
            lambda left: Preview(number, str(path), str(target), left), seconds, cancellation
        )
        match answer:
            case Previewed(problem=None, sound=sound):
                return Made(sound)
            case Previewed(problem=str(problem)):
                return NotMade(problem[:_LONGEST_PROBLEM])
            case NotMade():
                return answer
            case _:
                return NotMade(_WRONG_ANSWER)

    def describe(self, path: Path, seconds: float, cancellation: Cancellation) -> Provenance | NotMade:
        """Return what a file says of itself, or the reason why it could not be read; returns as `preview`."""
        number = next(self._numbers)
        answer = self._aside(lambda _: Describe(number, str(path)), seconds, cancellation)
        match answer:
            case Described(provenance=provenance, complete=complete):
                if not complete:
                    _log.warning("of what the file says of itself only its signed record could be read")
                return provenance
            case NotMade():
                return answer
            case _:
                return NotMade(_WRONG_ANSWER)

    def _aside(
        self, task: Callable[[float], Task], seconds: float, cancellation: Cancellation
    ) -> Aside | NotMade:
        """Have something made beside an analysis, in the seconds that are left; return why not, if not."""
        begun = time.monotonic()
        try:
            self.wait_ready(seconds, cancellation)
        except (TimeoutError, AnalyserBrokenError) as error:
            return NotMade(f"no process: {error}")
        if cancellation.reason is not None:
            return NotMade(f"stopped: {cancellation.reason}")
        left = seconds - (time.monotonic() - begun)
        soft = left + _OVERTIME_SECONDS
        bounds = replace(self._bounds, soft_seconds=soft, hard_seconds=soft + _OVERTIME_SECONDS)
        match self._try(task(left), bounds, lambda _: None, cancellation):
            case Previewed() | Described() as answer:
                return answer
            case Crashed(reason=reason) | NotBegun(reason=reason):
                return NotMade(reason)
            case Stopped(reason=reason):
                return NotMade(f"stopped: {reason}")
            case Refused(message=message):
                return NotMade(message[:_LONGEST_PROBLEM])
            case _:
                return NotMade(_WRONG_ANSWER)

    def change(self, setup: Setup) -> None:
        """Go on with another configuration: the process is replaced, after its task if it has one."""
        with self._changed:
            self._setup = setup
            process = self._process
            if process is not None:
                process.retiring = True
                if not self._busy:
                    self._retire(process)

    def close(self) -> None:
        """End the process."""
        with self._changed:
            self._closed = True
            if self._process is not None:
                self._process.kill()
            self._changed.notify_all()
        self._thread.join()

    def _wake(self, _: Reason) -> None:
        with self._changed:
            self._changed.notify_all()

    def _try(
        self, task: Task, bounds: Bounds, on_report: OnReport, cancellation: Cancellation
    ) -> Outcome | Aside | NotBegun:
        with self._changed:
            process = self._process
            if process is None or process.ready is None:  # which bundle judges is known once it is ready
                return NotBegun("it was being replaced")
            self._busy = True
            self.used = process.ready.bundle
            process.jobs += isinstance(task, Analyze)
        try:
            outcome = Analysis(process, task, bounds).watch(on_report, cancellation)
        finally:
            with self._changed:
                self._busy = False
                if process.retiring:
                    self._retire(process)
        if isinstance(outcome, Refused) and outcome.code == Code.INTERNAL_ERROR:
            _log.error("the analysis failed: %s", process.log_tail())
        return outcome

    def _run(self) -> None:
        failures = 0
        while not self._pause(failures):
            process = self._start()
            if process is not None:
                self._read(process)
            failures = 0 if process is not None and process.ready is not None else failures + 1

    def _pause(self, failures: int) -> bool:
        """Wait, longer with each failed start; return whether the analyser has been closed."""
        pause = min(_MAX_PAUSE, 0.5 * 2**failures) if failures else 0.0
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, pause)

    def _start(self) -> AnalysingProcess | None:
        setup = self._setup
        try:
            process = AnalysingProcess(setup, self._log, self._command)
        except OSError as error:
            self._report_problem(f"the analysing process cannot be started: {error}")
            return None
        metrics.CHILD_STARTS.labels(self._starting_for).inc()
        with self._changed:
            self._process, self._starting_for = process, "death"
            if self._closed:
                process.kill()
            elif self._setup is not setup:  # changed while it was being started
                self._retire(process)
        return process

    def _read(self, process: AnalysingProcess) -> None:
        """Pass on a process's answers until it exits, and reap it."""
        overdue = threading.Timer(_START_SECONDS, process.kill)
        overdue.daemon = True
        overdue.start()
        violation = problem = None
        try:
            for answer in process.answers():
                match answer:
                    case Ready():
                        overdue.cancel()
                        self._accept(process, answer)
                    case Broken():
                        problem = answer.message
                    case Idle():
                        self._check_memory(process)
                    case _ if self._busy:
                        process.inbox.put(answer)
        except ProtocolError as error:
            violation = f"it answered {error}"
        finally:
            overdue.cancel()
        reason = process.reap()
        self._forget(process, violation or reason, problem)

    def _accept(self, process: AnalysingProcess, ready: Ready) -> None:
        if process.ready is not None:
            raise ProtocolError("twice that it is ready")
        _log.info("bundle %s %s is loaded; confinement: %s", ready.name, ready.version, ready.confinement)
        with self._changed:
            process.ready, self._problem = ready, None
            self.bundle = ready.bundle
            self._changed.notify_all()

    def _check_memory(self, process: AnalysingProcess) -> None:
        """Replace a process that keeps too much memory or has served long enough."""
        process.truncate_log()
        resident = process.resident_mb()
        metrics.CHILD_MEMORY_BYTES.set(resident * 2**20)
        with self._changed:
            full = resident > self._recycling.memory_mb or process.jobs >= self._recycling.jobs
            process.retiring = process.retiring or full
            if process.retiring and not self._busy:
                self._retire(process)

    def _retire(self, process: AnalysingProcess) -> None:
        _log.info("analysing process %d is replaced after %d jobs", process.pid, process.jobs)
        self._starting_for = "recycled"
        if self._process is process:
            self._process = None
        process.kill()

    def _forget(self, process: AnalysingProcess, reason: str, problem: str | None) -> None:
        with self._changed:
            expected = self._closed or self._process is not process
            if self._process is process:
                self._process = None
            self._changed.notify_all()
        if process.ready is None and not expected:
            self._report_problem(problem or f"the model cannot be loaded: {reason}")
        if not expected:
            _log.warning("analysing process %d: %s. %s", process.pid, reason, process.log_tail())
        process.inbox.put(Exited(reason))

    def _report_problem(self, problem: str) -> None:
        with self._changed:
            self._problem = problem
            self._changed.notify_all()
