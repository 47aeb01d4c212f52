"""The library: a workspace's files, listed and read; for members alone, since visitors have no workspace."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from deepshield.api.auth import ReadingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.media_answers import medium_answer, page_answer
from deepshield.api.schemas.media import MediaPage, Medium
from deepshield.domain.library import MediaOrder
from deepshield.library import reading

router = APIRouter(prefix="/media", tags=["library"])

MediaId = Annotated[str, Path(description="The file's id in the library.", pattern="^[0-9a-f-]{1,36}$")]


@router.get("", summary="The library")
def list_media(
    member: ReadingMember,
    resources: ResourcesOf,
    sort: Annotated[
        MediaOrder, Query(description="score: the highest first, those without one last.")
    ] = MediaOrder.NEWEST,
    cursor: Annotated[
        str | None, Query(description="Of the page before; with the same query and order.", max_length=4000)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MediaPage:
    """Return a page of the workspace's files, each with its newest analysis, tags and label."""
    return page_answer(reading.list_media(resources, member, sort, cursor=cursor, limit=limit))


@router.get("/{media_id}", summary="A file of the library")
def get_medium(
    media_id: MediaId, member: ReadingMember, resources: ResourcesOf, response: Response
) -> Medium:
    """Return a file of the workspace; its `ETag` is what changes of it are made upon."""
    answer = medium_answer(reading.find_medium(resources, member, media_id))
    response.headers["ETag"] = f'"{answer.revision}"'
    return answer
