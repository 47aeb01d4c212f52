"""Restoring a backup into an empty service, or only checking it.

Rows become visible at the end, when every checksum has been verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import Connection, Table, func, select, text

from deepshield.backup import rows
from deepshield.backup.archive import (
    BackupError,
    Digested,
    Entry,
    Manifest,
    Reader,
    TableEntry,
    damage_refused,
)
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.resources import Resources
from deepshield.storage import BlobStore

# Tables that record files, with the columns of key and checksum; earlier schemas lack some of them.
_KEPT = (
    ("jobs", "upload_key", "sha256"),
    ("artifacts", "key", "sha256"),
    ("batch_items", "upload_key", "sha256"),
    ("bundles", "key", "archive_sha256"),
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup contains, and what was restored."""

    rows: int
    files: int
    missing: tuple[str, ...]
    created_at: datetime


def restore(resources: Resources, source: IO[bytes]) -> Restored:
    """Restore a backup into an empty service.

    Raises `BackupError`, and leaves the database unchanged, when the service is not empty, the backup is of a
    newer version, or a checksum differs.
    """
    reader = Reader(source)
    manifest = reader.manifest
    if not migrate.is_known(manifest.revision):
        raise BackupError(
            f"the backup has schema {manifest.revision}, newer than {migrate.newest()} of this version"
        )
    _refuse_unless_empty(resources.database)
    migrate.bring_to(resources.database, manifest.revision)
    writing = resources.database.engine.connect().execution_options(writing=True)
    with writing as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        with damage_refused():
            outcome = _Loading(connection, resources.store, manifest).run(reader)
    migrate.upgrade(resources.database)
    return outcome


def check(source: IO[bytes]) -> Restored:
    """Read a whole backup and verify its tables' checksums and counts; raises `BackupError`."""
    with damage_refused():
        return _checked(Reader(source))


def _checked(reader: Reader) -> Restored:
    wanted = {entry.name: entry for entry in reader.manifest.tables}
    count = files = 0
    for entry in reader.entries():
        digested = Digested(entry.stream)
        lines = sum(1 for _ in (digested.lines() if entry.kind == "table" else digested.chunks()))
        if entry.kind == "file":
            files += 1
        elif digested.sha256 != wanted[entry.name].sha256:
            raise BackupError(f"the table {entry.name} differs from its checksum")
        else:
            count += lines
    return _restored(reader, count, files)


class _Loading:
    """One run through an archive, within one transaction."""

    def __init__(self, connection: Connection, store: BlobStore, manifest: Manifest) -> None:
        self._connection, self._store = connection, store
        self._tables = {table.name: table for table in rows.tables(connection)}
        self._wanted = {entry.name: entry for entry in manifest.tables}
        self._checksums: Mapping[str, str] | None = None
        self._rows = self._files = 0

    def run(self, reader: Reader) -> Restored:
        for entry in reader.entries():
            if entry.kind == "table":
                self._table(entry)
            else:
                self._file(entry)
        return _restored(reader, self._rows, self._files)

    def _table(self, entry: Entry) -> None:
        table, wanted = self._tables.get(entry.name), self._wanted.get(entry.name)
        if table is None or wanted is None:
            raise BackupError(f"the backup contains a table that its schema does not have: {entry.name}")
        lines = _verified(entry, wanted)
        try:
            self._rows += rows.load(self._connection, table, lines)
        except Exception:
            # A damaged row raises whatever reading or inserting it does; the checksum then says why.
            for _ in lines:
                pass
            raise

    def _file(self, entry: Entry) -> None:
        if self._checksums is None:
            self._checksums = _checksums(self._connection, self._tables)
        wanted = self._checksums.get(entry.name)
        digested = Digested(entry.stream)
        with self._store.writer(entry.name) as writer:
            for data in digested.chunks():
                writer.write(data)
            if digested.sha256 != wanted:
                raise BackupError(f"the file {entry.name} differs from its checksum")
            writer.commit()
        self._files += 1


def _verified(entry: Entry, wanted: TableEntry) -> Iterator[bytes]:
    """Yield a table's lines; raises `BackupError` after the last when they differ from their checksum."""
    digested = Digested(entry.stream)
    yield from digested.lines()
    if digested.sha256 != wanted.sha256:
        raise BackupError(f"the table {entry.name} differs from its checksum")


def _checksums(connection: Connection, tables: Mapping[str, Table]) -> dict[str, str]:
    """Return the checksum of every file that the rows refer to."""
    found: dict[str, str] = {}
    for name, key, sha256 in _KEPT:
        if name not in tables:
            continue
        columns = tables[name].columns
        query = select(columns[key], columns[sha256]).where(columns[key].is_not(None))
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found


def _refuse_unless_empty(database: Database) -> None:
    with database.engine.connect() as connection:
        held = [
            table.name
            for table in rows.tables(connection)
            if connection.scalar(select(func.count()).select_from(table))
        ]
    # Workers of a service that has just started have already recorded their bundle.
    if set(held) - {"model_bundles"}:
        raise BackupError("this service has data already; restore into an empty one")


def _restored(reader: Reader, count: int, files: int) -> Restored:
    end = reader.end or {}
    if end.get("files") != files:
        raise BackupError("the backup lacks files that it should contain")
    created = datetime.fromisoformat(reader.manifest.created_at)
    return Restored(count, files, tuple(end.get("missing", ())), created)
