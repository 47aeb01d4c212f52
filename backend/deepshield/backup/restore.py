"""Putting a backup into an empty service, or only checking it.

Rows and files become visible together, at the end, when every checksum was right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import Connection, Table, func, select, text

from deepshield.backup import rows
from deepshield.backup.archive import BackupError, Digested, Entry, Manifest, Reader
from deepshield.backup.spool import Spool
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.resources import Resources
from deepshield.storage import BlobStore

# Of the files' tables: where key and checksum stand.
_KEPT = (("jobs", "upload_key"), ("artifacts", "key"))


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    rows: int
    files: int
    missing: tuple[str, ...]
    created_at: datetime


def restore(resources: Resources, source: IO[bytes]) -> Restored:
    """Put a backup into a service that holds nothing.

    Raises `BackupError`, and leaves the database as it was, for a service that is not empty, a backup of a
    newer program, and any byte that is not as it was.
    """
    reader = Reader(source)
    manifest = reader.manifest
    if manifest.revision > migrate.newest():
        raise BackupError(f"the backup has schema {manifest.revision}, this program knows {migrate.newest()}")
    _refuse_unless_empty(resources.database)
    migrate.bring_to(resources.database, manifest.revision)
    writing = resources.database.engine.connect().execution_options(writing=True)
    with writing as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        outcome = _Loading(connection, resources.store, manifest).run(reader)
    migrate.upgrade(resources.database)
    return outcome


def check(source: IO[bytes]) -> Restored:
    """Read a backup through and compare its tables' checksums and counts; raises `BackupError`."""
    reader = Reader(source)
    wanted = {entry.name: entry for entry in reader.manifest.tables}
    count = files = 0
    for entry in reader.entries():
        digested = Digested(entry.stream)
        lines = sum(1 for _ in (digested.lines() if entry.kind == "table" else digested.chunks()))
        if entry.kind == "file":
            files += 1
        elif digested.sha256 != wanted[entry.name].sha256:
            raise BackupError(f"the table {entry.name} is not as it was written")
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
            raise BackupError(f"the backup holds a table that its schema does not have: {entry.name}")
        # Nothing is read as a row before all of it is known to be as it was written.
        with Spool(entry.stream) as lines:
            if lines.sha256 != wanted.sha256:
                raise BackupError(f"the table {entry.name} is not as it was written")
            self._rows += rows.load(self._connection, table, lines.stream)

    def _file(self, entry: Entry) -> None:
        if self._checksums is None:
            self._checksums = _checksums(self._connection, self._tables)
        wanted = self._checksums.get(entry.name)
        digested = Digested(entry.stream)
        with self._store.writer(entry.name) as writer:
            for data in digested.chunks():
                writer.write(data)
            if digested.sha256 != wanted:
                raise BackupError(f"the file {entry.name} is not as it was stored")
            writer.commit()
        self._files += 1


def _checksums(connection: Connection, tables: Mapping[str, Table]) -> dict[str, str]:
    """Return the checksum of every file that the rows refer to."""
    found: dict[str, str] = {}
    for name, key in _KEPT:
        columns = tables[name].columns
        query = select(columns[key], columns["sha256"]).where(columns[key].is_not(None))
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found


def _refuse_unless_empty(database: Database) -> None:
    with database.engine.connect() as connection:
        held = [
            table.name
            for table in rows.tables(connection)
            if connection.scalar(select(func.count()).select_from(table))
        ]
    # Workers of a service that has just started note their bundle.
    if set(held) - {"model_bundles"}:
        raise BackupError("there is data here already; restore into an empty service")


def _restored(reader: Reader, count: int, files: int) -> Restored:
    end = reader.end or {}
    if end.get("files") != files:
        raise BackupError("files are missing in the backup")
    created = datetime.fromisoformat(reader.manifest.created_at)
    return Restored(count, files, tuple(end.get("missing", ())), created)
