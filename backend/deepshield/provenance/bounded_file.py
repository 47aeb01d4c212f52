"""A file that stops giving bytes when its time is over, for libraries that have no limit of their own."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any


class TimeOverError(OSError):
    """Reading took longer than allowed."""


class BoundedFile(io.FileIO):
    """A file opened for reading; every read and seek after ``seconds`` raises `TimeOverError`.

    They are processor time of the thread that reads: on a busy machine a file says no less of itself.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(path, "rb")
        self._until = time.thread_time() + seconds
        self.overdue = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most ``size`` bytes."""
        self._check()
        return super().read(-1 if size is None else size)

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer and return the number of bytes."""
        self._check()
        return super().readinto(buffer)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, and return the place."""
        self._check()
        return super().seek(offset, whence)

    def _check(self) -> None:
        if time.thread_time() > self._until:
            self.overdue = True
            raise TimeOverError("the time for reading is over")
