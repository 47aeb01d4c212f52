"""Writing an upload into storage: its size, format and hash are determined while it is written."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.formats import HEAD_BYTES, Format, identify
from deepshield.storage import BlobStore, BlobWriter, StorageError


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A stored upload; ``key`` reveals nothing about it."""

    key: str
    format: Format
    size_bytes: int
    sha256: str


class UploadWriter:
    """Writes a file of ``kind`` (None: image or video) and of ``max_bytes`` at most.

    Nothing is stored before the first bytes have shown that it is an image or a video. Every method raises
    `DeepShieldError`: FILE_TOO_LARGE, EMPTY_FILE, INVALID_MAGIC_BYTES, STORAGE_FULL. After a refusal the
    caller calls `abort`.
    """

    def __init__(self, store: BlobStore, kind: MediaKind | None, max_bytes: int) -> None:
        self._store, self._kind, self._max_bytes = store, kind, max_bytes
        self._key = f"uploads/{secrets.token_hex(16)}"
        self._hash = hashlib.sha256()
        self._head = b""
        self._size = 0
        self._format: Format | None = None
        self._writer: BlobWriter | None = None

    def write(self, data: bytes) -> None:
        """Append the next bytes."""
        self._size += len(data)
        refuse_size(self._size, self._max_bytes)
        self._hash.update(data)
        if self._writer is None:
            self._head += data
            if len(self._head) < HEAD_BYTES:
                return
            data = self._begin()
        with storage_errors_refused():
            assert self._writer is not None
            self._writer.write(data)

    def finish(self) -> StoredUpload:
        """Make the upload durable."""
        if not self._size:
            raise DeepShieldError(Code.EMPTY_FILE)
        with storage_errors_refused():
            if self._writer is None:
                data = self._begin()
                assert self._writer is not None
                self._writer.write(data)
            self._writer.commit()
        assert self._format is not None
        return StoredUpload(self._key, self._format, self._size, self._hash.hexdigest())

    def abort(self) -> None:
        """Discard what was written."""
        if self._writer is not None:
            # `discard_unfinished` removes later what cannot be removed now; the refusal has to go on.
            with contextlib.suppress(StorageError):
                self._writer.abort()

    def _begin(self) -> bytes:
        self._format = identify(self._head[:HEAD_BYTES], self._kind)
        with storage_errors_refused():
            self._writer = self._store.writer(self._key)
        head, self._head = self._head, b""
        return head


def refuse_size(size: int, max_bytes: int) -> None:
    """Raise `DeepShieldError` FILE_TOO_LARGE when ``size`` is over the limit."""
    if size > max_bytes:
        raise DeepShieldError(
            Code.FILE_TOO_LARGE,
            f"The file is larger than {max_bytes // 1024**2} MB.",
            limit_bytes=max_bytes,
        )


@contextlib.contextmanager
def storage_errors_refused() -> Iterator[None]:
    """Raise `DeepShieldError` STORAGE_FULL where the store fails to write."""
    try:
        yield
    except StorageError as error:
        raise DeepShieldError(Code.STORAGE_FULL) from error
