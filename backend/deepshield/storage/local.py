"""Blobs as files below one folder.

A blob is written to a partial file, flushed to the disk and renamed. Then its folder is flushed too, since a
power failure may lose the name otherwise (see fsync(2)).
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from deepshield.storage.contracts import (
    CHUNK_BYTES,
    BlobInfo,
    BlobNotFoundError,
    StorageError,
    StorageFullError,
    checked_key,
)
from deepshield.storage.probe import probe

_PARTIAL = ".partial"  # no key starts with a dot
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RENAME_TRIES = 10


class LocalStore:
    """A store in ``root``, which is made when it is not there."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._partial = self._root / _PARTIAL
        with _storage_errors():
            self._partial.mkdir(parents=True, exist_ok=True)

    def writer(self, key: str) -> LocalWriter:
        """Begin a blob."""
        return LocalWriter(self._partial / secrets.token_hex(16), self._path(key))

    def put_file(self, key: str, path: Path) -> None:
        """Store a copy of a local file."""
        with path.open("rb") as source, self.writer(key) as writer:
            while data := source.read(CHUNK_BYTES):
                writer.write(data)
            writer.commit()

    def fetch(self, key: str, path: Path) -> None:
        """Copy a blob to a local file."""
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with _storage_errors(key):
                shutil.copyfile(self._path(key), partial)
                partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes."""
        path = self._path(key)
        with _storage_errors(key), path.open("rb") as source:
            source.seek(start)
            left = length
            while left is None or left > 0:
                data = source.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))
                if not data:
                    return
                left = None if left is None else left - len(data)
                yield data

    def size(self, key: str) -> int:
        """Return a blob's bytes."""
        with _storage_errors(key):
            return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Remove a blob, and the folders that it leaves empty."""
        path = self._path(key)
        with _storage_errors(key):
            path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder in (self._root, self._root.parent) or not _removed(folder):
                return

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Yield the blobs whose keys start with ``prefix``."""
        top = self._root / prefix.rpartition("/")[0]
        for folder, _, names in os.walk(top):
            if Path(folder) == self._partial:
                continue
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self._root).as_posix()
                if key.startswith(prefix) and (info := _info(key, path)):
                    yield info

    def discard_unfinished(self, older_than: timedelta) -> int:
        """Remove partial files that nobody has written to for a while."""
        before, removed = time.time() - older_than.total_seconds(), 0
        with _storage_errors():
            for path in self._partial.iterdir():
                try:
                    if path.stat().st_mtime < before:
                        path.unlink()
                        removed += 1
                except FileNotFoundError:
                    continue  # its writer finished meanwhile
        return removed

    def check(self) -> None:
        """Write, read and delete a small probe."""
        probe(self)

    def free_bytes(self) -> int:
        """Return the room that is left for this process's user on the folder's file system."""
        with _storage_errors():
            return shutil.disk_usage(self._root).free

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)


class LocalWriter:
    """A partial file that becomes a blob by a rename."""

    def __init__(self, partial: Path, target: Path) -> None:
        self._partial, self._target = partial, target
        with _storage_errors():
            self._file: BinaryIO = partial.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Append."""
        view = memoryview(data)
        with _storage_errors():
            while view:
                view = view[self._file.write(view) :]

    def commit(self) -> None:
        """Flush, rename, flush the folder."""
        with _storage_errors():
            os.fsync(self._file.fileno())
            self._file.close()
            _in_new_folder(self._target, lambda: self._partial.replace(self._target))
            _flush_folder(self._target.parent)

    def abort(self) -> None:
        """Remove the partial file."""
        with _storage_errors():
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


@contextmanager
def _storage_errors(key: str | None = None) -> Iterator[None]:
    """Turn the system's errors into the store's; only with ``key`` is a missing file a missing blob."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if key is not None and error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
            raise BlobNotFoundError(error.errno, "no such blob", key) from error
        kind = StorageFullError if error.errno in _NO_ROOM else StorageError
        raise kind(error.errno, error.strerror or str(error)) from error


def _in_new_folder(target: Path, move: Callable[[], object]) -> None:
    """Make the folder of ``target``, durable, and move into it; `delete` may meanwhile remove it again."""
    for attempt in range(_RENAME_TRIES):
        _make_folder(target.parent)
        try:
            move()
        except FileNotFoundError:
            if attempt == _RENAME_TRIES - 1:
                raise
        else:
            return


def _make_folder(folder: Path) -> None:
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _flush_folder(made.parent)


def _flush_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return  # `delete` removed it because it was empty, so there is nothing to flush
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False  # not empty, or another process was faster
    return True


def _info(key: str, path: Path) -> BlobInfo | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None  # deleted while the folder was read
    return BlobInfo(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
