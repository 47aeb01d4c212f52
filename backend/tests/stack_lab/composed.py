"""One compose project in a folder of its own, with the engine that is running."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
PORT = int(os.environ.get("STACK_PORT", "18001"))
PROJECT = "deepshield-lab"


class Stack:
    """One compose project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: tuple[str, ...] = ()  # of compose; the usual ones when there are none
        self.address = f"http://127.0.0.1:{PORT}"

    def compose(self, *arguments: str, stdin: Any = None, stdout: Any = subprocess.PIPE) -> str:
        """Run docker compose; raises with what it wrote."""
        files = [word for file in self.files for word in ("--file", file)]
        done = subprocess.run(
            ["docker", "compose", "--project-name", PROJECT, *files, *arguments],
            cwd=self.folder,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            written = (done.stdout or b"").decode(errors="replace") + done.stderr.decode(errors="replace")
            raise AssertionError(f"docker compose {' '.join(arguments)}:\n{written[-4000:]}")
        return (done.stdout or b"").decode()

    def containers(self) -> list[dict[str, Any]]:
        """Return what the engine knows of the project's containers."""
        ids = self.compose("ps", "--all", "--quiet").split()
        return list(json.loads(subprocess.check_output(["docker", "inspect", *ids]))) if ids else []

    def client(self, **options: Any) -> httpx.Client:
        """A browser's worth of cookies."""
        return httpx.Client(base_url=self.address, timeout=30, **options)


def change_env(folder: Path, **changed: str) -> None:
    """Change lines of a checkout's `.env`."""
    env = folder / ".env"
    text = env.read_text()
    for name, value in changed.items():
        text, found = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        assert found == 1, name
    env.write_text(text)


def read_env(folder: Path) -> dict[str, str]:
    """Return what a checkout's `.env` says."""
    return dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def until(ask: Callable[[], Any], seconds: float, what: str) -> Any:
    """Ask until there is an answer; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Print a step with its time and what it found."""
    print(f"{name} ...", flush=True)
    told: list[str] = []
    begun = time.monotonic()
    yield told
    print(f"  ok, {time.monotonic() - begun:.1f} s{''.join(f'; {one}' for one in told)}", flush=True)


def engine_runs() -> bool:
    """Whether `docker` answers."""
    if not shutil.which("docker"):
        return False
    return not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
