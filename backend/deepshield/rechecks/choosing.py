"""Which files of a workspace a recheck is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement

from deepshield.domain.errors import DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.library.grammar import parse
from deepshield.library.reading import conditions, near_of
from deepshield.persistence.repositories import rechecks
from deepshield.persistence.repositories.media_fields import asks_what_was_said
from deepshield.resources import Resources

Conditions = Sequence[ColumnElement[bool]]


def chosen_by_query(
    resources: Resources, workspace_id: str, query: str, asked_by: str | None, asked_at: datetime
) -> Conditions:
    """Return the conditions of a query of the library, of the files that were there when it was asked.

    Times of the query are those of then, and "me" is who asked. Raises `DeepShieldError` QUERY_INVALID.
    """
    asker = Owner(asked_by or workspace_id, Tier.FREE, workspace_id)
    parsed = parse(query)
    near = near_of(resources, asker, parsed)
    with resources.database.read() as session:
        wanted = conditions(session, resources, asker, parsed, near, asked_at=asked_at)
    return (*rechecks.in_workspace(workspace_id, asked_at), *wanted)


def chosen_by_what_was_said(query: str | None) -> bool:
    """Return whether a recheck's files were chosen by what the machine or people had said of them.

    A query that a newer release does not read any more is taken for one that did.
    """
    if query is None:
        return False
    try:
        return asks_what_was_said(parse(query))
    except DeepShieldError:
        return True


def chosen_by_hand(workspace_id: str, ids: Sequence[str], asked_at: datetime) -> Conditions:
    """Return the conditions of files that were chosen one by one; foreign ids choose nothing."""
    return (*rechecks.in_workspace(workspace_id, asked_at), rechecks.among(ids))
