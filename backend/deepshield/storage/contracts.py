"""The protocol of a store, the same for local disk and S3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_LONGEST_KEY = 255
CHUNK_BYTES = 256 * 1024


class StorageError(OSError):
    """The store could not carry out an operation."""


class StorageFullError(StorageError):
    """There is no room left."""


class BlobNotFoundError(StorageError):
    """There is no blob of that key."""


@dataclass(frozen=True)
class BlobInfo:
    """A stored blob: its key, its size, and when it was stored (aware)."""

    key: str
    size_bytes: int
    modified_at: datetime


class BlobWriter(Protocol):
    """A blob in the making, invisible until `commit`; leaving its ``with`` block earlier discards it.

    Every method raises `StorageError`, and `StorageFullError`, a kind of it, when there is no room left.
    """

    def write(self, data: bytes) -> None:
        """Append."""

    def commit(self) -> None:
        """Make the blob appear, whole and durable, in place of an earlier one of its key."""

    def abort(self) -> None:
        """Discard what was written; does nothing after `commit` or a second time."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BlobStore(Protocol):
    """Files under opaque keys such as ``uploads/3f…``; safe to share between threads and processes.

    Every method raises `StorageError` when the store fails, and ValueError for an invalid key.
    """

    def writer(self, key: str) -> BlobWriter:
        """Begin a blob."""

    def put_file(self, key: str, path: Path) -> None:
        """Store a copy of a local file, whole and durable."""

    def fetch(self, key: str, path: Path) -> None:
        """Copy a blob to a local file, which appears whole or not at all; raises `BlobNotFoundError`."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``start`` on, or all that follow; the first `next` may raise."""

    def size(self, key: str) -> int:
        """Return a blob's bytes; raises `BlobNotFoundError`."""

    def delete(self, key: str) -> None:
        """Remove a blob; does nothing when there is none."""

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Yield the blobs whose keys start with ``prefix``, in no promised order."""

    def discard_unfinished(self, older_than: timedelta) -> int:
        """Remove what writers of killed processes left behind, and count it."""

    def check(self) -> None:
        """Write, read and delete a small probe."""

    def free_bytes(self) -> int | None:
        """Return the free bytes; None where the store reports no limit."""


def checked_key(key: str) -> str:
    """Return ``key``; raises ValueError for one that could name a path outside the store or a hidden file."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError(f"no key of a blob: {key[:80]!r}")
    return key
