"""Saved queries of the library."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from deepshield.api.auth import ReadingMember, WorkingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import CHANGING, MAKING, failures
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.media import View, ViewDeleted, ViewList, ViewRequest
from deepshield.domain.failures import Code
from deepshield.library import views
from deepshield.persistence.workbench import SavedView

router = APIRouter(prefix="/views", tags=["library"])

ViewId = Annotated[str, Path(pattern="^[0-9a-f-]{1,36}$")]


def _answer(row: SavedView) -> View:
    return View(
        id=row.id,
        name=row.name,
        query=row.query,
        sort=row.sort,
        shared=row.user_id is None,
        created_at=row.created_at,
    )


@router.get("", summary="Saved views")
def list_views(member: ReadingMember, resources: ResourcesOf) -> ViewList:
    """Return the account's own views of the library and the workspace's, by name."""
    return ViewList(views=[_answer(row) for row in views.views(resources, member)])


@router.post(
    "",
    summary="Save a view",
    responses=failures(*MAKING, Code.TOO_MANY, Code.VALIDATION_ERROR, Code.QUERY_INVALID),
)
def save_view(wanted: ViewRequest, member: WorkingMember, resources: ResourcesOf, once: OncePerKey) -> View:
    """Keep a query under a name, for oneself or, by leads and admins, for all members; 100 at most."""
    return once.make(
        View,
        [wanted.model_dump(mode="json")],
        lambda within: views.save_view(
            resources,
            member,
            wanted.name.strip(),
            wanted.query,
            wanted.sort,
            shared=wanted.shared,
            within=within,
        ),
        _answer,
    )


@router.delete("/{view_id}", summary="Delete a view", responses=failures(*CHANGING))
def delete_view(view_id: ViewId, member: WorkingMember, resources: ResourcesOf) -> ViewDeleted:
    """Delete one's own view or, by leads and admins, one of the workspace."""
    views.delete_view(resources, member, view_id)
    return ViewDeleted(id=view_id)
