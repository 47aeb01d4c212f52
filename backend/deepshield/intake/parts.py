"""Receiving consecutive bytes of a file in parts, each of which is stored whole before the next is begun.

A part is the most that is lost when a process is killed. Where the sender breaks off, what has arrived is a
part too.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from anyio import CancelScope, to_thread

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.body_reader import BodyReader
from deepshield.intake.form_parts import malformed
from deepshield.intake.formats import HEAD_BYTES, identify
from deepshield.intake.upload_writer import StoredUpload, UploadWriter, storage_errors_refused
from deepshield.storage import BlobStore, BlobWriter, StorageError

PART_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file from ``start`` on, stored under ``key``."""

    start: int
    size_bytes: int
    key: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file of ``length`` bytes a body begins; the keys of its parts begin with ``prefix``."""

    prefix: str
    start: int
    length: int


async def take_parts(
    reader: BodyReader,
    store: BlobStore,
    place: Place,
    record: Callable[[list[Part]], None],
    sha256: bytes | None = None,
) -> None:
    """Store a body in parts and have each recorded, in a thread, as soon as it is stored.

    With ``sha256`` all parts are recorded at once, when the whole body has that digest, and none otherwise.
    Raises `DeepShieldError`: those of `BodyReader` and of ``record``, INVALID_MAGIC_BYTES for the beginning
    of a file that is no media, MALFORMED_UPLOAD for more bytes than the file has, CHECKSUM_MISMATCH,
    STORAGE_FULL; and whatever the body raises when the client disconnects, after what has arrived has been
    recorded.
    """
    parts = _Parts(store, place, record, sha256)
    try:
        while block := await _next(reader, parts):
            await to_thread.run_sync(parts.write, block)
        await to_thread.run_sync(parts.finish)
    except BaseException:
        with CancelScope(shield=True):
            await to_thread.run_sync(parts.abort)
        raise


async def _next(reader: BodyReader, parts: _Parts) -> bytes:
    try:
        return await reader.block()
    except BaseException:
        with CancelScope(shield=True):
            await to_thread.run_sync(parts.break_off, reader.unread)
        raise


class _Parts:
    def __init__(
        self,
        store: BlobStore,
        place: Place,
        record: Callable[[list[Part]], None],
        sha256: bytes | None,
    ) -> None:
        self._store, self._place, self._record, self._wanted = store, place, record, sha256
        self._digest = hashlib.sha256()
        self._start = self._end = place.start
        self._key = ""
        self._writer: BlobWriter | None = None
        self._stored: list[Part] = []  # and not recorded yet
        self._head: bytes | None = b"" if place.start == 0 else None

    def write(self, data: bytes) -> None:
        """Append; a part that is full is stored and recorded."""
        if self._end + len(data) > self._place.length:
            raise malformed("The request has more bytes than the upload still needs. Ask for its offset.")
        self._look_at(data)
        if self._wanted is not None:
            self._digest.update(data)
        with storage_errors_refused():
            if self._writer is None:
                self._key = f"{self._place.prefix}/{self._start}-{secrets.token_hex(8)}"
                self._writer = self._store.writer(self._key)
            self._writer.write(data)
        self._end += len(data)
        if self._end - self._start >= PART_BYTES:
            self._close()
            if self._wanted is None:
                self._hand_over()

    def finish(self) -> None:
        """Store and record what remains, once the whole body has been written."""
        if self._wanted is not None and not hmac.compare_digest(self._digest.digest(), self._wanted):
            raise DeepShieldError(Code.CHECKSUM_MISMATCH)
        self._close()
        self._hand_over()

    def break_off(self, rest: bytes) -> None:
        """Store and record what has arrived of a body that broke off; nothing where it has a digest."""
        if self._wanted is None:
            # The sender is gone, or is refused for another reason; it asks for the offset when it comes back.
            with contextlib.suppress(DeepShieldError):
                if rest:
                    self.write(rest)
                self._close()
                self._hand_over()

    def abort(self) -> None:
        """Discard what has not been recorded."""
        if self._writer is not None:
            with contextlib.suppress(StorageError):
                self._writer.abort()
        self._discard()

    def _look_at(self, data: bytes) -> None:
        """Refuse a wrong file by its first bytes; the whole file is looked at again when it has arrived."""
        if self._head is not None:
            self._head += data[:HEAD_BYTES]
            if len(self._head) >= HEAD_BYTES:
                identify(self._head[:HEAD_BYTES], None)
                self._head = None

    def _close(self) -> None:
        if self._writer is None:
            return
        with storage_errors_refused():
            self._writer.commit()
        self._writer = None
        self._stored.append(Part(self._start, self._end - self._start, self._key))
        self._start = self._end

    def _hand_over(self) -> None:
        if not self._stored:
            return
        parts, self._stored = self._stored, []
        try:
            self._record(parts)
        except DeepShieldError:
            self._stored = parts
            self._discard()
            raise
        # After any other failure the rows may be there all the same, so that the files stay;
        # `operations.integrity` finds those without a row.

    def _discard(self) -> None:
        for part in self._stored:
            with contextlib.suppress(StorageError):
                self._store.delete(part.key)
        self._stored = []


def join(store: BlobStore, parts: Iterable[Part], max_bytes: int) -> StoredUpload:
    """Store the file that parts make up, checked like any upload.

    Raises as `UploadWriter`, and `StorageError` when a part cannot be read; then nothing is stored.
    """
    writer = UploadWriter(store, None, max_bytes)
    try:
        for part in parts:
            for data in store.read(part.key):
                writer.write(data)
        return writer.finish()
    except BaseException:
        writer.abort()
        raise
