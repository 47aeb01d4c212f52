"""Queries of the library under a name."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from deepshield.persistence import turns
from deepshield.persistence.repositories import audit_texts
from deepshield.persistence.workbench import SavedView


def _seen_by(workspace_id: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    mine_or_all = or_(SavedView.user_id == user_id, SavedView.user_id.is_(None))
    return SavedView.workspace_id == workspace_id, mine_or_all


def one_at_a_time(session: Session, workspace_id: str, user_id: str) -> None:
    """Let other transactions that add views which a member sees wait until this one ends.

    Those of the whole workspace, which count for each member, may come beside them.
    """
    turns.one_at_a_time(session, f"views {workspace_id} {user_id}")


def of_member(session: Session, workspace_id: str, user_id: str) -> Sequence[SavedView]:
    """Return a member's own views and the workspace's, by name."""
    query = select(SavedView).where(*_seen_by(workspace_id, user_id))
    return session.scalars(query.order_by(func.lower(SavedView.name), SavedView.id)).all()


def find(session: Session, workspace_id: str, user_id: str, view_id: str) -> SavedView | None:
    """Return a view that a member sees."""
    query = select(SavedView).where(SavedView.id == view_id, *_seen_by(workspace_id, user_id))
    return session.scalar(query)


def add(
    session: Session,
    workspace_id: str,
    user_id: str | None,
    name: str,
    query: str,
    sort: str | None,
    now: datetime,
) -> SavedView:
    """Keep a view, for one member or (None) for all."""
    made = SavedView(
        id=str(uuid.uuid4()),
        workspace_id=workspace_id,
        user_id=user_id,
        name=name,
        query=query,
        sort=sort,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def remove(session: Session, view: SavedView) -> None:
    """Delete a view, and its name in the activity."""
    session.delete(view)
    audit_texts.erase_about(session, [view.id])
