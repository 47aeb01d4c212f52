"""Rows of the library as CSV, JSON lines and Parquet, written page by page."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from deepshield.api import tables
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.library.exporting import COLUMNS, Kind, Per, Row

Pages = Iterable[list[Row]]
_PAGES_OF_A_GROUP = 5  # of 1,000 rows: a row group is what is in memory at once


def csv_pages(pages: Pages, per: Per) -> Iterator[str]:
    """Yield a table: lists with semicolons, times in UTC, empty cells for what is not known."""
    columns = COLUMNS[per]
    yield tables.MARK + tables.line(columns)
    for page in pages:
        yield tables.lines([_cell(row[name], kind) for name, kind in columns.items()] for row in page)


def json_pages(pages: Pages, per: Per) -> Iterator[str]:
    """Yield a line of JSON for each row, with the columns of the table."""
    columns = COLUMNS[per]
    for page in pages:
        yield "".join(
            json.dumps({name: _plain(row[name]) for name in columns}, ensure_ascii=False) + "\n"
            for row in page
        )


def parquet_writer() -> Any:
    """Return the package that writes Parquet; raises `DeepShieldError` FORMAT_NOT_AVAILABLE without it."""
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        message = (
            "This server cannot write Parquet. Take CSV or JSON lines, or have the extra parquet installed."
        )
        raise DeepShieldError(Code.FORMAT_NOT_AVAILABLE, message) from error


def parquet_pages(pages: Pages, per: Per, packages: Any) -> Iterator[bytes]:
    """Yield a Parquet file, whose row groups have 5,000 rows of the library."""
    arrow, parquet = packages
    schema, written = _schema(arrow, per), _Written()
    with parquet.ParquetWriter(arrow.PythonFile(written, mode="w"), schema, compression="zstd") as writer:
        group: list[Row] = []
        for number, page in enumerate(pages, 1):
            group += page
            if number % _PAGES_OF_A_GROUP == 0:
                writer.write_table(arrow.Table.from_pylist(group, schema=schema))
                group = []
                yield written.taken()
        if group:
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
    yield written.taken()


def _schema(arrow: Any, per: Per) -> Any:
    types = {
        Kind.TEXT: arrow.string(),
        Kind.WORDS: arrow.list_(arrow.string()),
        Kind.WHOLE: arrow.int64(),
        Kind.NUMBER: arrow.float64(),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
        Kind.FLAG: arrow.bool_(),
    }
    return arrow.schema([(name, types[kind]) for name, kind in COLUMNS[per].items()])


class _Written:
    """A file that is written to from one side and taken from the other."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def close(self) -> None:
        """Do nothing: what is left is still to be taken."""


def _cell(value: Any, kind: Kind) -> str:
    if kind is Kind.TIME:
        return tables.cell(tables.time(value))
    if kind is Kind.WORDS:
        return tables.cell("; ".join(value))
    if kind is Kind.FLAG:
        return "yes" if value else "no"
    return tables.cell(value)


def _plain(value: Any) -> Any:
    return tables.time(value) if isinstance(value, datetime) else value
