"""Cells and lines of tables in CSV, as RFC 4180 has them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

MARK = "\ufeff"
"""A byte order mark, by which spreadsheets recognise UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> str:
    """Return a cell; names are their senders', and a spreadsheet must not take one for a formula."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def line(cells: Iterable[str]) -> str:
    """Return a line of cells."""
    return lines([cells])


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Return a line of cells for each row."""
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def time(moment: datetime | None) -> str | None:
    """Return a time in UTC as ISO 8601 writes it."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
