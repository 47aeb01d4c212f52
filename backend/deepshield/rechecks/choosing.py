"""Which files of a workspace a recheck is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from deepshield.persistence.repositories import rechecks


def chosen_by_query(
    session: Session, workspace_id: str, query: str, asked_by: str | None, asked_at: datetime
) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of a query of the library, of the files that were there when it was asked.

    Raises `DeepShieldError` QUERY_INVALID.
    """
    return rechecks.in_workspace(workspace_id, asked_at)


def chosen_by_hand(
    workspace_id: str, ids: Sequence[str], asked_at: datetime
) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of files that were chosen one by one; foreign ids choose nothing."""
    return (*rechecks.in_workspace(workspace_id, asked_at), rechecks.among(ids))
