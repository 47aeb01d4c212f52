"""One analysing process, as its parent sees it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deepshield.analyser.protocol import OUT_OF_MEMORY, Answer, Ready, Request, Setup, encode
from deepshield.worker.answers import read_answers

COMMAND = (sys.executable, "-P", "-m", "deepshield.analyser.child")
_TAIL_BYTES = 4000
_MAX_LOG_BYTES = 2**20
_REAP_SECONDS = 10
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Hostile media may take the process over, so it gets none of the service's secrets.
_PASSED_ON = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR"})
_PASSED_ON_PREFIXES = ("LC_", "LD_LIBRARY_", "PYTHON", "CUDA_", "NVIDIA_", "OMP_", "MPL", "XDG_CACHE_")
# Threads that wait actively take processor time from the other analysing process.
_QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Exited:
    """The process has exited; ``reason`` says how, for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Not an answer: the time limits have changed and have to be checked."""


Event = Answer | Exited | Wakeup


class AnalysingProcess:
    """A started process. `answers` is read in one thread; what an analysis needs goes to ``inbox``."""

    def __init__(self, setup: Setup, log: Path, command: Sequence[str] = COMMAND) -> None:
        self.inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.ready: Ready | None = None
        self.jobs = 0
        self.retiring = False  # to be replaced
        self._log = log
        self._reaping = threading.Lock()
        log.unlink(missing_ok=True)
        with log.open("ab") as errors:
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment(os.environ),
                start_new_session=True,  # so that Ctrl-C on a terminal reaches only the worker
            )
        self.send(setup)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    def send(self, message: Setup | Request) -> None:
        """Send a message; to a dead process it is lost, and `Exited` in the inbox reports the death."""
        assert self._popen.stdin is not None
        with suppress(OSError, ValueError):
            self._popen.stdin.write(encode(message))
            self._popen.stdin.flush()

    def answers(self) -> Iterator[Answer]:
        """Yield the answers until the process exits; raises `ProtocolError`."""
        assert self._popen.stdout is not None
        yield from read_answers(self._popen.stdout)

    def kill(self) -> None:
        """Kill the process and its process group."""
        with self._reaping, suppress(ProcessLookupError, PermissionError):
            if self._popen.returncode is None:  # the id may be reused once it is reaped
                os.killpg(self._popen.pid, signal.SIGKILL)

    def reap(self) -> str:
        """Make sure that the process has exited, and return how it exited, for the log."""
        self.kill()
        for stream in (self._popen.stdin, self._popen.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        try:
            with self._reaping:
                return _describe(self._popen.wait(_REAP_SECONDS))
        except subprocess.TimeoutExpired:
            return "it cannot be killed"

    def resident_mb(self) -> float:
        """Return its resident memory in MiB; 0 when it has exited."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * _PAGE / 2**20

    def truncate_log(self) -> None:
        """Empty a large log, so that a verbose library does not fill the disk."""
        with suppress(OSError):
            if self._log.stat().st_size > _MAX_LOG_BYTES:
                os.truncate(self._log, 0)

    def log_tail(self) -> str:
        """Return the end of what the process and its libraries printed."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                return file.read().decode(errors="replace").strip()
        except OSError:
            return ""


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an analysing process gets."""
    passed = {
        name: value
        for name, value in given.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return {**_QUIET_THREADS, **passed}


def _describe(status: int) -> str:
    if status == OUT_OF_MEMORY:
        return "it ran out of memory"
    if status < 0:
        return f"it died of {signal.Signals(-status).name}"
    return f"it ended with status {status}"
