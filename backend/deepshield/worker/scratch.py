"""Folders for the files of a job in analysis, removed after the job, or by the next worker after a crash."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = ".lock"


class Scratch:
    """A worker's own folder below ``root``, locked for as long as the worker is alive."""

    def __init__(self, root: Path) -> None:
        root = root.absolute()
        root.mkdir(parents=True, exist_ok=True)
        with (root / _LOCK).open("ab") as root_lock:
            # One worker at a time, since a folder is not locked yet while it is being made.
            fcntl.flock(root_lock, fcntl.LOCK_EX)
            _remove_abandoned(root)
            self.folder = root / f"worker-{secrets.token_hex(8)}"
            self.folder.mkdir(mode=0o700)
            self._lock = os.open(self.folder / _LOCK, os.O_CREAT | os.O_RDWR)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    @contextmanager
    def job(self) -> Iterator[Path]:
        """Yield an empty folder, and remove it with its content afterwards."""
        folder = self.folder / f"job-{secrets.token_hex(8)}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the worker's folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def _remove_abandoned(root: Path) -> None:
    for folder in root.glob("worker-*"):
        try:
            lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR)
        except (FileNotFoundError, NotADirectoryError):
            continue  # its worker has just removed it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # its worker lives
        finally:
            os.close(lock)
