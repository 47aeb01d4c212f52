"""A ZIP archive as a stream: written piece by piece, hashed on the way, never held whole."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from deepshield.evidence_package.shape import Entry


class ZipStream:
    """Yields the archive's bytes as entries are added; pictures and videos are stored as they are."""

    def __init__(self, made_at: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)
        self._time = (made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second)
        self.entries: list[Entry] = []

    def add(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Add a file and yield what can be sent of the archive; its hash is then in `entries`."""
        info = zipfile.ZipInfo(name, self._time)
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for chunk in chunks:
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                yield self._sink.taken()
        self.entries.append(Entry(name=name, size_bytes=size, sha256=digest.hexdigest()))
        yield self._sink.taken()

    def close(self) -> bytes:
        """Return the end of the archive."""
        self._zip.close()
        return self._sink.taken()


class _Sink(io.RawIOBase):
    """What `ZipFile` writes to: it cannot be sought, and gives away what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
