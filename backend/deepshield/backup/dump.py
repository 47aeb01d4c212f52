"""Making a backup while the service runs.

The rows are those of one snapshot of the database, which is read twice: the manifest comes first, and has
their checksums. Nothing is held in memory or on disk, of which a container has little. Files are copied
afterwards; a file that has been deleted since, with its row, is listed as missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from deepshield.backup import rows
from deepshield.backup.archive import BackupError, Manifest, TableEntry, Writer
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import blobs
from deepshield.persistence.repositories.blobs import Recorded
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError, BlobStore

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds."""

    rows: int
    files: int
    missing: tuple[str, ...]


def make(resources: Resources, out: IO[bytes]) -> Made:
    """Write a backup to ``out``; raises `BackupError` when a file differs from its recorded checksum."""
    writer = Writer(out)
    with _snapshot(resources.database) as connection:
        tables = rows.tables(connection)
        measured = [_measured(table.name, rows.dumped(connection, table)) for table in tables]
        entries = tuple(entry for entry, _ in measured)
        recorded = list(_recorded(connection))
        writer.manifest(_manifest(resources, connection, entries, len(recorded)))
        for table, (entry, size) in zip(tables, measured, strict=True):
            writer.table(entry, size, rows.dumped(connection, table))
    missing = [row.key for row in recorded if not _copied(resources.store, row, writer)]
    writer.end(len(recorded) - len(missing), missing)
    return Made(sum(entry.rows for entry in entries), len(recorded) - len(missing), tuple(missing))


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    postgres = database.engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if postgres else {}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        if postgres:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        yield connection


def _measured(name: str, lines: Iterable[bytes]) -> tuple[TableEntry, int]:
    """Return a table's entry of the manifest, and its size in bytes."""
    digest, count, size = hashlib.sha256(), 0, 0
    for line in lines:
        digest.update(line)
        count, size = count + 1, size + len(line)
    return TableEntry(name, count, digest.hexdigest()), size


def _manifest(
    resources: Resources, connection: Connection, tables: tuple[TableEntry, ...], files: int
) -> Manifest:
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision != migrate.newest():
        raise BackupError(f"the schema is {revision}, and this version needs {migrate.newest()}")
    return Manifest(revision, resources.clock().isoformat(), version("deepshield"), tables, files)


def _recorded(connection: Connection) -> Iterator[Recorded]:
    after = ""
    with Session(connection) as session:
        while batch := blobs.recorded(session, after, _BATCH):
            yield from batch
            after = batch[-1].key


def _copied(store: BlobStore, row: Recorded, writer: Writer) -> bool:
    chunks = store.read(row.key)
    try:
        first = next(chunks, b"")
        size = store.size(row.key)
    except BlobNotFoundError:
        return False
    writer.file(row.key, size, row.sha256, chain((first,), chunks))
    return True
