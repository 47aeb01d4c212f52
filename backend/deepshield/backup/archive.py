"""The format of a backup: a tar file that is written and read as a stream.

In this order: ``manifest.json`` (what is in it, and the schema's revision), ``tables/<name>.jsonl`` (a row
per line), ``files/<key>``, and ``end.json``, which a truncated archive lacks. Checksums are SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any

FORMAT = 1
MANIFEST, END = "manifest.json", "end.json"
_TABLES, _FILES = "tables/", "files/"
_CHUNK = 1 << 20


class BackupError(Exception):
    """The backup cannot be made or used; the message says why."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table in an archive."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description at an archive's beginning."""

    revision: str  # of the schema
    created_at: str  # ISO 8601, UTC
    program: str  # version of the service
    tables: tuple[TableEntry, ...]
    files: int
    format: int = FORMAT

    def as_document(self) -> dict[str, Any]:
        """Return it in JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Entry:
    """One table or file of an archive that is being read."""

    kind: str  # "table" or "file"
    name: str
    size_bytes: int
    stream: IO[bytes]


class Writer:
    """Writes an archive to a stream that need not be seekable."""

    def __init__(self, out: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115

    def manifest(self, manifest: Manifest) -> None:
        """Write the manifest, which comes first."""
        self._document(MANIFEST, manifest.as_document())

    def table(self, entry: TableEntry, size: int, lines: Iterable[bytes]) -> None:
        """Add a table's rows; raises `BackupError` when they are not those of the manifest."""
        changed = BackupError(f"the table {entry.name} has changed while it was read")
        self._add(f"{_TABLES}{entry.name}.jsonl", _Promised(lines, size, entry.sha256, changed))

    def file(self, key: str, size: int, sha256: str, chunks: Iterable[bytes]) -> None:
        """Add a stored file; raises `BackupError` when its bytes are not of this size and checksum."""
        changed = BackupError(f"{key} has changed since it was stored; see `deepshield doctor`")
        self._add(f"{_FILES}{key}", _Promised(chunks, size, sha256, changed))

    def end(self, files: int, missing: list[str]) -> None:
        """Finish with the number of files, and the keys of those that had been deleted."""
        self._document(END, {"files": files, "missing": missing})
        self._tar.close()

    def _document(self, name: str, document: dict[str, Any]) -> None:
        data = json.dumps(document, indent=1).encode()
        self._tar.addfile(_info(name, len(data)), io.BytesIO(data))

    def _add(self, name: str, promised: _Promised) -> None:
        self._tar.addfile(_info(name, promised.size), io.BufferedReader(promised, _CHUNK))
        promised.require_end()


@contextmanager
def damage_refused() -> Iterator[None]:
    """Raise `BackupError` where an archive ends within an entry that is being read."""
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise BackupError("the backup is damaged") from error


class Reader:
    """Reads an archive from a stream that need not be seekable."""

    def __init__(self, source: IO[bytes]) -> None:
        """Read the manifest; raises `BackupError` for anything but an archive of this format."""
        try:
            self._tar = tarfile.open(fileobj=source, mode="r|")  # noqa: SIM115
            first = self._tar.next()
        except tarfile.TarError as error:
            raise BackupError("this is not a backup of DeepShield") from error
        if first is None or first.name != MANIFEST:
            raise BackupError("this is not a backup of DeepShield")
        with damage_refused():
            self.manifest = _manifest(self._read(first))
        self.end: dict[str, Any] | None = None

    def entries(self) -> Iterator[Entry]:
        """Yield tables and files in the archive's order; raises `BackupError` when it was cut off."""
        try:
            while (info := self._tar.next()) is not None:
                if info.name == END:
                    self.end = json.loads(self._read(info))
                    return
                yield self._entry(info)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BackupError("the backup is damaged") from error
        raise BackupError("the backup is truncated: its end is missing")

    def _entry(self, info: tarfile.TarInfo) -> Entry:
        stream = self._tar.extractfile(info)
        if stream is None:
            raise BackupError(f"the backup is damaged: {info.name}")
        if info.name.startswith(_TABLES) and info.name.endswith(".jsonl"):
            return Entry("table", info.name[len(_TABLES) : -len(".jsonl")], info.size, stream)
        if info.name.startswith(_FILES):
            return Entry("file", info.name[len(_FILES) :], info.size, stream)
        raise BackupError(f"the backup contains an unknown entry: {info.name}")

    def _read(self, info: tarfile.TarInfo) -> bytes:
        stream = self._tar.extractfile(info)
        return stream.read() if stream is not None else b""


class _Promised(io.RawIOBase):
    """Chunks as a stream of which size and checksum are known; ``changed`` is raised when they differ."""

    def __init__(self, chunks: Iterable[bytes], size: int, sha256: str, changed: BackupError) -> None:
        self.size = size
        self._chunks, self._sha256, self._changed = filter(None, chunks), sha256, changed
        self._piece, self._left, self._digest = memoryview(b""), size, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._piece:
            self._piece = memoryview(next(self._chunks, b""))
        piece = self._piece[: len(buffer)]
        if not piece and self._left:
            raise self._changed
        buffer[: len(piece)] = piece
        self._digest.update(piece)
        self._piece = self._piece[len(piece) :]
        self._left -= len(piece)
        return len(piece)

    def require_end(self) -> None:
        """Note that ``size`` bytes have been taken."""
        if self.read(1) or self._left or self._digest.hexdigest() != self._sha256:
            raise self._changed


class Digested:
    """Reads a stream and hashes it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._digest = stream, hashlib.sha256()

    def chunks(self) -> Iterator[bytes]:
        """Yield the rest in chunks."""
        while data := self._stream.read(_CHUNK):
            self._digest.update(data)
            yield data

    def lines(self) -> Iterator[bytes]:
        """Yield the rest in lines."""
        for line in self._stream:
            self._digest.update(line)
            yield line

    @property
    def sha256(self) -> str:
        """The checksum of what has been read."""
        return self._digest.hexdigest()


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _manifest(data: bytes) -> Manifest:
    try:
        values = json.loads(data)
        if values["format"] != FORMAT:
            raise BackupError(f"the backup has format {values['format']}; this version reads format {FORMAT}")
        tables = tuple(TableEntry(**entry) for entry in values.pop("tables"))
        return Manifest(tables=tables, **values)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError("the backup's manifest cannot be read") from error
