"""Keeps the processes of a service running, and stops them together.

A process that ends by itself is started again, after a pause that grows while it keeps failing. One that
exits with `EXIT_USAGE` cannot run as configured: everything is stopped. On SIGINT, SIGTERM or SIGHUP every
process gets SIGTERM and is killed when it takes too long; a second signal kills at once.
Should the supervisor itself be killed, its processes end too (`parent`).
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from deepshield.operations import parent

EXIT_USAGE = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CHECK_SECONDS = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0
_HEALTHY_SECONDS = 10.0  # a process that lived this long has not failed to start

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the service: its command line, and the descriptors it takes over."""

    name: str
    command: tuple[str, ...]
    descriptors: tuple[int, ...] = ()


def deepshield(*arguments: str) -> tuple[str, ...]:
    """Return the command line of a `deepshield` command."""
    return (sys.executable, "-m", "deepshield", *arguments)


class Supervisor:
    """Runs parts until it is stopped; used from the main thread."""

    def __init__(self, parts: Sequence[Part], stop_seconds: float = 20.0) -> None:
        self._runs = [_Run(part) for part in parts]
        self._stop_seconds = stop_seconds
        self._stopping = threading.Event()
        self._signals = 0
        self._exit_code = 0

    @property
    def is_stopping(self) -> bool:
        """Whether the parts are being ended."""
        return self._stopping.is_set()

    def stop(self, exit_code: int = 0) -> None:
        """Have `run` end the parts and return; may be called from any thread."""
        self._exit_code = self._exit_code or exit_code
        self._stopping.set()

    def run(self) -> int:
        """Run the parts until `stop` or a signal; return the exit code, 0 after an orderly stop."""
        with self._signals_handled():
            try:
                while not self._stopping.is_set():
                    self._check()
                    self._stopping.wait(_CHECK_SECONDS)
            finally:
                self._end_all()
        return self._exit_code

    def _check(self) -> None:
        for run in self._runs:
            code = run.check()
            if code == EXIT_USAGE:
                _log.error("%s cannot run as it is configured; stopping", run.part.name)
                self.stop(EXIT_USAGE)
            elif code is not None:
                _log.warning(
                    "%s ended (%s), starting it again in %.2g s", run.part.name, _describe(code), run.pause
                )

    def _end_all(self) -> None:
        for run in self._runs:
            run.terminate()
        end = time.monotonic() + self._stop_seconds
        before = self._signals
        while any(run.is_running for run in self._runs):
            if time.monotonic() > end or self._signals > max(before, 1):
                _log.warning("killing %s", ", ".join(run.part.name for run in self._runs if run.is_running))
                break
            time.sleep(_CHECK_SECONDS / 2)
        for run in self._runs:
            run.kill()

    @contextmanager
    def _signals_handled(self) -> Iterator[None]:
        def handle(*_: Any) -> None:
            self._signals += 1
            self._stopping.set()

        before = {number: signal.signal(number, handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Run:
    """One part's process and its replacements."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.pause = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._due = 0.0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def check(self) -> int | None:
        """Start the process when it is due; return the exit code of one that has just ended."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start()
            return None
        code = self._process.poll()
        if code is not None:
            self.kill()  # the rest of its process group
            lived = time.monotonic() - self._started
            self.pause = (
                _FIRST_PAUSE
                if lived > _HEALTHY_SECONDS
                else min(_LONGEST_PAUSE, self.pause * 2 or _FIRST_PAUSE)
            )
            self._due = time.monotonic() + self.pause
        return code

    def terminate(self) -> None:
        """Send SIGTERM to the process."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """Kill the process and its group; `check` then starts it again when it is due."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            self.part.command,
            pass_fds=self.part.descriptors,
            env={**os.environ, parent.VARIABLE: str(os.getpid())},
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the parts in order
        )


def _describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
