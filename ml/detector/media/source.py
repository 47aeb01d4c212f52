"""The bytes of the one file that is analysed, and of no other."""

from __future__ import annotations

import copy
import hashlib
import math
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media.budget import DecodeBudget

_BLOCK = 1 << 20  # bytes per read while hashing
# Without O_NONBLOCK a pipe that took the file's place since it was looked at would block for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Source:
    """A regular file opened for reading, with the size it had then; decoders use it as a file.

    `read` never raises: exceptions cannot cross the decoders' C code in order, so a failed read, or one after
    the decode seconds are used up, gives no bytes as at the end of a file, and `check` raises the reason.
    """

    def __init__(self, path: Path, limits: Limits, budget: DecodeBudget) -> None:
        """Raise `MediaError` FILE_NOT_FOUND, FILE_UNREADABLE or FILE_TOO_LARGE."""
        self._budget = budget
        self._failure: MediaError | None = None
        self._until = math.inf
        self._otherwise: MediaError | None = None
        try:
            # Looked at before it is opened: opening a device or a pipe has effects on others.
            _require_regular(path.stat().st_mode)
            self._file = os.fdopen(os.open(path, _FLAGS), "rb")
        except FileNotFoundError as error:
            raise MediaError(ErrorCode.FILE_NOT_FOUND, "There is no such file.") from error
        except (OSError, ValueError) as error:
            raise _unreadable(error) from error
        try:
            self.size = self._admit(limits)
        except BaseException:
            self._file.close()
            raise

    def _admit(self, limits: Limits) -> int:
        status = os.fstat(self._file.fileno())
        _require_regular(status.st_mode)
        if status.st_size > limits.max_bytes:
            size, limit = (f"{count / 2**20:.1f} MB" for count in (status.st_size, limits.max_bytes))
            raise MediaError(
                ErrorCode.FILE_TOO_LARGE,
                f"The file has {size}; the limit is {limit}.",
                size_bytes=status.st_size,
            )
        return status.st_size

    def within(self, budget: DecodeBudget) -> Source:
        """Return the same opened file, read within another budget; one of the two is read at a time."""
        other = copy.copy(self)
        other._budget, other._failure = budget, None
        return other

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes, all of the rest when negative; none at the end or after a failure."""
        if self._failure is not None:
            return b""
        if self._until < math.inf and time.thread_time() > self._until:
            self._failure = self._otherwise
            return b""
        try:
            self._budget.check()
            rest = max(0, self.size - self._file.tell())
            return self._file.read(rest if count < 0 else min(count, rest))
        except MediaError as error:
            self._failure = error
        except (OSError, ValueError) as error:
            self._failure = _unreadable(error)
        return b""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and return the position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    @contextmanager
    def in_processor_time(self, seconds: float, otherwise: MediaError) -> Iterator[None]:
        """Have reads fail with ``otherwise`` once this thread has computed for longer, inside the context."""
        self._until, self._otherwise = time.thread_time() + seconds, otherwise
        try:
            yield
        finally:
            self._until = math.inf

    @property
    def failed(self) -> bool:
        """Whether a read failed, or came after the time was over: then what follows is no end of the file."""
        return self._failure is not None

    def check(self) -> None:
        """Raise the `MediaError` of a read that failed: FILE_UNREADABLE or DECODE_TIMEOUT."""
        if self._failure is not None:
            raise self._failure

    def sha256(self) -> str:
        """Hash the whole file; moves to its end."""
        digest = hashlib.sha256()
        self.seek(0)
        while block := self.read(_BLOCK):
            digest.update(block)
        self.check()
        return digest.hexdigest()

    def close(self) -> None:
        """Close the file; any number of times."""
        self._file.close()


class Positioned:
    """Base of what a decoder reads in place of a file: a position in ``size`` bytes, set by a subclass."""

    size: int
    _position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and return the position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position


def _require_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise MediaError(ErrorCode.FILE_UNREADABLE, "This is a folder, not a file.")
    if not stat.S_ISREG(mode):
        raise MediaError(ErrorCode.FILE_UNREADABLE, "This is not a regular file.")


def _unreadable(error: OSError | ValueError) -> MediaError:
    reason = getattr(error, "strerror", None) or str(error)
    return MediaError(ErrorCode.FILE_UNREADABLE, f"The file cannot be read: {reason}.")
