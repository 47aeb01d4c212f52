"""Saved queries: a member's own, and those of the workspace, which leads and admins make."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.library import MediaOrder
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.domain.roles import May
from deepshield.library.grammar import parse
from deepshield.library.reading import conditions
from deepshield.persistence.repositories import audit, saved_views, workspaces
from deepshield.persistence.workbench import SavedView
from deepshield.resources import Resources

MOST = 100  # that a member sees


def views(resources: Resources, owner: Owner) -> Sequence[SavedView]:
    """Return the account's own views and the workspace's; raises ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        return saved_views.of_member(session, owner.workspace_id, owner.id)


def save_view(
    resources: Resources,
    owner: Owner,
    name: str,
    query: str,
    sort: MediaOrder | None,
    *,
    shared: bool,
    within: Callable[[Session, SavedView], None] | None = None,
) -> SavedView:
    """Keep a query under a name; ``within`` is called before the transaction commits.

    Raises `DeepShieldError` ROLE_MISSING for a shared one of who may not delete what others have sent,
    QUERY_INVALID, TOO_MANY.
    """
    owner.need(May.DELETE if shared else May.READ)
    tree, now = parse(query), resources.clock()
    with resources.database.write() as session:
        conditions(session, resources, owner, tree, {})
        if owner.is_at_home:
            workspaces.ensure_personal(session, owner.id, now)
        # So that requests at once cannot pass the limit.
        saved_views.one_at_a_time(session, owner.workspace_id, owner.id)
        if len(saved_views.of_member(session, owner.workspace_id, owner.id)) >= MOST:
            raise DeepShieldError(Code.TOO_MANY, limit=MOST)
        of = None if shared else owner.id
        made = saved_views.add(session, owner.workspace_id, of, name, query, sort, now)
        details = {"name": Erasable(name)}
        audit.record(session, "view.saved", now, actor=owner.id, subject=made.id, details=details, whose=of)
        if within is not None:
            within(session, made)
    return made


def delete_view(resources: Resources, owner: Owner, view_id: str) -> None:
    """Delete a view, and its name from the activity.

    Raises `DeepShieldError` NOT_FOUND, and ROLE_MISSING as `save_view`.
    """
    now = resources.clock()
    with resources.database.write() as session:
        row = _seen(saved_views.find(session, owner.workspace_id, owner.id, view_id))
        owner.need(May.DELETE if row.user_id is None else May.READ)
        audit.record(
            session, "view.deleted", now, actor=owner.id, subject=row.id, workspace_id=row.workspace_id
        )
        saved_views.remove(session, row)


def within_view(
    resources: Resources, owner: Owner, view_id: str, query: Query
) -> tuple[Query, MediaOrder | None]:
    """Return a query with what a view asks for besides, and the view's order; raises NOT_FOUND."""
    with resources.database.read() as session:
        row = _seen(saved_views.find(session, owner.workspace_id, owner.id, view_id))
    both = Query((*parse(row.query).items, *query.items))
    return both, MediaOrder(row.sort) if row.sort else None


def _seen(row: SavedView | None) -> SavedView:
    if row is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such view.")
    return row
