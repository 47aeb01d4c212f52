"""Pages of a list that go on beyond the row that a cursor is the id of."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from deepshield.domain.errors import Code, DeepShieldError

_Row = TypeVar("_Row")


def named_by_cursor(row: _Row | None) -> _Row:
    """Return the row that a cursor names.

    Raises `DeepShieldError` VALIDATION_ERROR where it is not there any more: an empty page would say that the
    list ends.
    """
    if row is None:
        message = "The entry that the cursor names is not there any more. Begin again without it."
        raise DeepShieldError(Code.VALIDATION_ERROR, message, field="cursor")
    return row


def beyond(
    at: InstrumentedAttribute[datetime], id_: InstrumentedAttribute[str], last: tuple[datetime, str]
) -> ColumnElement[bool]:
    """Return the condition of rows behind ``last``, newest first, those of one time by id."""
    return or_(at < last[0], and_(at == last[0], id_ > last[1]))
