"""Rows of any schema as lines of JSON, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Date, DateTime, MetaData, Table, func, insert, select, text
from sqlalchemy.engine import Row

# Rows that processes write again when they start, Alembic's own, and files that have arrived in part: whoever
# sends one begins it again.
_LEFT_OUT = frozenset({"alembic_version", "workers", "resumable_uploads", "upload_parts"})
_BATCH = 500


def tables(connection: Connection) -> list[Table]:
    """Return the tables of a backup, referenced tables before those that refer to them."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in _LEFT_OUT]


def dumped(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table's rows as lines of JSON, in the order of the primary key."""
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=_BATCH).execute(query):
        yield json.dumps(_as_json(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def load(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Insert rows that `dumped` wrote; return how many."""
    count, batch = 0, []
    for line in lines:
        batch.append(_from_json(table, json.loads(line), connection.dialect.name))
        if len(batch) == _BATCH:
            connection.execute(insert(table), batch)
            count, batch = count + len(batch), []
    if batch:
        connection.execute(insert(table), batch)
    _continue_numbers(connection, table)
    return count + len(batch)


def _as_json(row: Row[Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row._mapping.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # SQLite keeps times without zone; all of them are UTC.
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _from_json(table: Table, values: dict[str, Any], dialect: str) -> dict[str, Any]:
    return {name: _typed(table.columns[name].type, value, dialect) for name, value in values.items()}


def _typed(kind: Any, value: Any, dialect: str) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if dialect == "sqlite" else moment
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row after those that were inserted with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": table.name, "column": column.name},
        )
        if sequence is not None:
            following = func.coalesce(func.max(column), 0) + 1
            connection.execute(select(func.setval(sequence, select(following).scalar_subquery(), False)))
