"""Making a backup while the service runs.

The rows are those of one snapshot of the database. Files are copied afterwards; a file that has been deleted
since, with its row, is listed as missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from deepshield.backup import rows
from deepshield.backup.archive import BackupError, Manifest, TableEntry, Writer
from deepshield.backup.spool import Spool
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
    with ExitStack() as stack:
        connection = stack.enter_context(_snapshot(resources.database))
        spools = [
            (table.name, stack.enter_context(Spool(rows.dumped(connection, table))))
            for table in rows.tables(connection)
        ]
        recorded = list(_recorded(connection))
        tables = tuple(TableEntry(name, spool.chunks, spool.sha256) for name, spool in spools)
        writer = Writer(out)
        writer.manifest(_manifest(resources, connection, tables, len(recorded)))
        for name, spool in spools:
            writer.table(name, spool.size, spool.stream)
        missing = [row.key for row in recorded if not _copied(resources.store, row, writer)]
        writer.end(len(recorded) - len(missing), missing)
    return Made(sum(entry.rows for entry in tables), len(recorded) - len(missing), tuple(missing))


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    postgres = database.engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if postgres else {}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        if postgres:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        yield connection


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
    try:
        spool = Spool(store.read(row.key))
    except BlobNotFoundError:
        return False
    with spool:
        if spool.sha256 != row.sha256:
            raise BackupError(f"{row.key} has changed since it was stored; see `deepshield doctor`")
        writer.file(row.key, spool.size, spool.stream)
    return True
