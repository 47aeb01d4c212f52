"""A whole service in processes of its own, as `deepshield up` runs it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
from services import free_port, wait_until

from deepshield.persistence.database import Database
from deepshield.settings import DatabaseSettings, variables

START_SECONDS = 90.0
STOP_SECONDS = 40.0
FINAL = {"COMPLETED", "FAILED", "CANCELLED"}
# What a command line holds that tells one process of the service from another.
KINDS = {
    "api": ("deepshield", "api"),
    "worker": ("deepshield", "worker"),
    "scheduler": ("deepshield", "scheduler"),
    "child": ("deepshield.analyser.child",),
}


def answered(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
    """Return a good answer; None while nobody is there or the service is not well, as after a kill."""
    try:
        answer = ask()
    except httpx.TransportError:
        return None
    if answer.status_code >= 500:
        return None
    assert answer.status_code == 200, answer.text
    return answer


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this process' environment with no settings but those given."""
    ours = variables()
    return {name: value for name, value in os.environ.items() if name not in ours} | settings


class Stack:
    """A service in ``folder``; settings are given as variables: ``Stack(folder, JOB_RESEND_SECONDS="1")``."""

    command: tuple[str, ...] = ("up",)

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.settings = {
            "PORT": str(self.port),
            "RATE_LIMIT_RPS": "0",
            "DATABASE_URL": f"sqlite:///{folder}/data/deepshield.db",
            **settings,
        }
        self.log = folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = self.new_client()

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.stop()

    def new_client(self) -> httpx.Client:
        """Return a client with connections of its own."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api", timeout=30, trust_env=False)

    def start(self) -> None:
        """Start the processes."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deepshield", *self.command],
                cwd=self.folder,
                env=clean_environment(**self.settings),
                stdout=output,
                stderr=output,
            )

    def wait_ready(self) -> None:
        """Wait until the service says that it is ready; fails with its log."""

        def ready() -> bool:
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError(f"the service ended:\n{self.told()[-4000:]}")
            return f"ready at http://localhost:{self.port}\n" in self.told()

        try:
            wait_until(ready, START_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.told()[-4000:]}") from None

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> int | None:
        """End the service and return its exit code; None when it was not running."""
        if self._process is None:
            return None
        self._process.send_signal(with_signal)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"it did not stop:\n{self.told()[-4000:]}") from None
        finally:
            self._process = None
        return code

    def answers(self) -> bool:
        """Whether anything listens on the service's port."""
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def told(self) -> str:
        """Return what the service has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def pids(self, kind: str) -> list[int]:
        """Return the service's processes of a kind: api, worker, scheduler or child."""
        if self._process is None:
            return []
        return [pid for pid in descendants(self._process.pid) if _is(pid, KINDS[kind])]

    def post(self, path: Path, *, kind: str = "image", **parameters: Any) -> dict[str, Any]:
        """Upload a file as it is and return the answer."""
        with path.open("rb") as opened:
            answer = self.client.post(
                f"/analyze-{kind}", files={"file": (path.name, opened)}, params=parameters
            )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def result(self, job_id: str) -> dict[str, Any]:
        """Return what is known of a job."""
        answer = self.client.get(f"/results/{job_id}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def wait_final(self, job_id: str, seconds: float = 90.0) -> dict[str, Any]:
        """Wait until a job has ended and return what is known of it."""
        end = time.monotonic() + seconds
        while (told := self.result(job_id))["state"] not in FINAL:
            assert time.monotonic() < end, f"{job_id} has not ended: {told}"
            time.sleep(0.2)
        return told

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """The service's database."""
        opened = Database(DatabaseSettings(url=self.settings["DATABASE_URL"]))
        try:
            yield opened
        finally:
            opened.close()


def descendants(pid: int) -> list[int]:
    """Return the running children of a process, theirs, and so on."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found


def _is(pid: int, words: tuple[str, ...]) -> bool:
    with contextlib.suppress(OSError):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        return all(word in line for word in words)
    return False
