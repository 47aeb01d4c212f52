"""The library: a workspace's files, listed and read; for members alone, since visitors have no workspace."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from deepshield.api.auth import ReadingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import failures
from deepshield.api.media_answers import medium_answer, page_answer
from deepshield.api.schemas.media import MediaPage, Medium
from deepshield.domain.failures import Code
from deepshield.domain.library import MediaOrder
from deepshield.library import reading
from deepshield.library.grammar import LONGEST, parse

router = APIRouter(prefix="/media", tags=["library"])

MediaId = Annotated[str, Path(description="The file's id in the library.", pattern="^[0-9a-f-]{1,36}$")]


Searched = Annotated[
    str,
    Query(description="A query of the library; empty is every file.", max_length=LONGEST),
]


@router.get("", summary="The library", responses=failures(Code.VALIDATION_ERROR, Code.QUERY_INVALID))
def list_media(
    member: ReadingMember,
    resources: ResourcesOf,
    q: Searched = "",
    sort: Annotated[
        MediaOrder, Query(description="score: the highest first, those without one last.")
    ] = MediaOrder.NEWEST,
    cursor: Annotated[
        str | None, Query(description="Of the page before; with the same query and order.", max_length=4000)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MediaPage:
    """Return a page of the workspace's files, each with its newest analysis, tags and label.

    `q` is a query such as `verdict:manipulated people>1 since:2026-11 -label:any "news"`; files that were
    deleted are left out unless it says `deleted:yes`. 422 QUERY_INVALID names the `position` of what cannot
    be read, and the `known` fields or values.
    """
    found = reading.list_media(resources, member, parse(q), sort, cursor=cursor, limit=limit)
    return page_answer(found)


@router.get("/{media_id}", summary="A file of the library")
def get_medium(
    media_id: MediaId, member: ReadingMember, resources: ResourcesOf, response: Response
) -> Medium:
    """Return a file of the workspace; its `ETag` is what changes of it are made upon."""
    answer = medium_answer(reading.find_medium(resources, member, media_id))
    response.headers["ETag"] = f'"{answer.revision}"'
    return answer
