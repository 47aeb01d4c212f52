"""The library: a workspace's files; for members alone, since visitors have no workspace."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import JSONResponse

from deepshield.api.answers import near_answer, summary
from deepshield.api.auth import ReadingMember, WorkingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import CHANGING, MAKING, failures
from deepshield.api.media_answers import medium_answer, page_answer
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.media import (
    BulkAction,
    BulkAnswer,
    BulkDone,
    BulkRequest,
    CommentRequest,
    Forgotten,
    HoldRequest,
    LabelHistory,
    LabelRevision,
    MediaPage,
    Medium,
    MediumAnalyses,
    MediumChange,
    MediumComment,
    MediumComments,
)
from deepshield.api.schemas.near import NearCopies
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import Code
from deepshield.domain.library import MediaOrder
from deepshield.library import background, bulk, changing, reading, removal
from deepshield.library.grammar import LONGEST, parse
from deepshield.library.reading import MediumView
from deepshield.library.views import within_view

router = APIRouter(prefix="/media", tags=["library"])

MediaId = Annotated[str, Path(description="The file's id in the library.", pattern="^[0-9a-f-]{1,36}$")]
ActionId = Annotated[str, Path(pattern="^[0-9a-f-]{1,36}$")]
CommentId = Annotated[str, Path(pattern="^[0-9a-f-]{1,36}$")]
Searched = Annotated[
    str, Query(description="A query of the library; empty is every file.", max_length=LONGEST)
]
_STATE = (Code.REVISION_MISSING, Code.REVISION_MISMATCH)
_CHANGED = failures(*CHANGING, *_STATE, Code.VALIDATION_ERROR)
_REMOVED = failures(*CHANGING, *_STATE, Code.HELD, Code.VALIDATION_ERROR)
_HELD = failures(*CHANGING, Code.CONFLICT)
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')


async def get_revision(
    wanted: Annotated[
        str | None,
        Header(alias="If-Match", description="The `ETag` that the file was read with, or * for any state."),
    ] = None,
) -> int | None:
    """Return the state that a change is made upon, None for any; raises REVISION_MISSING."""
    if wanted is None:
        raise DeepShieldError(Code.REVISION_MISSING)
    if wanted.strip() == "*":
        return None
    told = _ETAG.fullmatch(wanted.strip())
    if told is None:
        raise DeepShieldError(Code.REVISION_MISMATCH)
    return int(told[1])


Revision = Annotated[int | None, Depends(get_revision)]


def _answer(view: MediumView, response: Response) -> Medium:
    answer = medium_answer(view)
    response.headers["ETag"] = f'"{answer.revision}"'
    return answer


@router.get("", summary="The library", responses=failures(Code.VALIDATION_ERROR, Code.QUERY_INVALID))
def list_media(
    member: ReadingMember,
    resources: ResourcesOf,
    q: Searched = "",
    view: Annotated[
        str | None,
        Query(description="The id of a saved view, which `q` narrows.", pattern="^[0-9a-f-]{1,36}$"),
    ] = None,
    sort: Annotated[
        MediaOrder | None,
        Query(
            description="score: the highest first, those without one last. Without it that of the view, "
            "or newest."
        ),
    ] = None,
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
    query, order = parse(q), sort
    if view is not None:
        query, of_view = within_view(resources, member, view, query)
        order = sort or of_view
    order = order or MediaOrder.NEWEST
    return page_answer(reading.list_media(resources, member, query, order, cursor=cursor, limit=limit))


@router.post(
    "/actions",
    summary="Change many files",
    response_model=BulkDone,
    responses={
        202: {"model": BulkAction, "description": "It goes on in the background."},
        **failures(*MAKING, Code.COUNT_DIFFERS, Code.VALIDATION_ERROR, Code.QUERY_INVALID),
    },
)
def act_on_media(
    wanted: BulkRequest, member: WorkingMember, resources: ResourcesOf, once: OncePerKey, response: Response
) -> BulkDone | JSONResponse:
    """Do something to every file that a query finds, or to those that are named; 100,000 at most.

    Nothing is changed unless there are `expect_count` of them: 409 COUNT_DIFFERS tells the true `count`. Up
    to 500 are changed before the answer. More are changed in the background, and the answer is 202 with an
    id: `GET /api/media/actions/{action_id}` tells how far it is. When the answer is lost the request can be
    sent again, with its Idempotency-Key.
    """
    query = None if wanted.q is None else parse(wanted.q)
    files = bulk.Wanted(
        wanted.action, query, wanted.ids, wanted.expect_count, tag=wanted.tag, reason=wanted.reason
    )
    answer = once.make(
        BulkAnswer,
        [wanted.model_dump(mode="json")],
        lambda within: bulk.act(resources, member, files, within),
        BulkAnswer.model_validate,
    ).root
    if isinstance(answer, BulkDone):
        return answer
    headers = {**response.headers, "Location": f"/api/media/actions/{answer.id}"}
    return JSONResponse(answer.model_dump(mode="json"), 202, headers)


@router.get("/actions/{action_id}", summary="How far a change of many files is")
def get_action(action_id: ActionId, member: ReadingMember, resources: ResourcesOf) -> BulkAction:
    """Return what has been done of a change that goes on in the background; kept as long as rows of jobs."""
    return BulkAction.model_validate(background.find_action(resources, member, action_id))


@router.get("/{media_id}", summary="A file of the library")
def get_medium(
    media_id: MediaId, member: ReadingMember, resources: ResourcesOf, response: Response
) -> Medium:
    """Return a file of the workspace; its `ETag` is what changes of it are made upon."""
    return _answer(reading.find_medium(resources, member, media_id), response)


@router.patch("/{media_id}", summary="Change a file of the library", responses=_CHANGED)
def change_medium(
    media_id: MediaId,
    wanted: MediumChange,
    revision: Revision,
    member: WorkingMember,
    resources: ResourcesOf,
    response: Response,
) -> Medium:
    """Change tags, sensitivity or consent to research; by members who may comment."""
    return _answer(changing.change(resources, member, media_id, wanted.given(), revision), response)


@router.delete("/{media_id}", summary="Delete a file of the library", responses=_REMOVED)
def delete_medium(
    media_id: MediaId, revision: Revision, member: WorkingMember, resources: ResourcesOf, response: Response
) -> Medium:
    """Delete a file with all its analyses; its row, hash, tags, comments, reviews and labels stay.

    An analysis under way is ended. 409 HELD while it is held.
    """
    return _answer(removal.delete_medium(resources, member, media_id, revision), response)


@router.post(
    "/{media_id}/forget",
    summary="Forget a file of the library",
    responses=failures(*CHANGING, *_STATE, Code.HELD, Code.VALIDATION_ERROR, Code.OTHERS_WORKED_ON_IT),
)
def forget_medium(
    media_id: MediaId, revision: Revision, member: WorkingMember, resources: ResourcesOf
) -> Forgotten:
    """Delete a file with its row and all that was written on it; the audit log keeps its entries.

    By leads and admins; who sent it may forget it while nobody else has worked on it: 403
    OTHERS_WORKED_ON_IT names that `work`, such as reviews, labels, comments or datasets.
    """
    removal.forget_medium(resources, member, media_id, revision)
    return Forgotten(id=media_id)


@router.put("/{media_id}/hold", summary="Hold a file", responses=_HELD)
def hold_medium(
    media_id: MediaId, wanted: HoldRequest, member: WorkingMember, resources: ResourcesOf, response: Response
) -> Medium:
    """Keep a file and its analyses from being deleted by anybody, and from expiring; by leads and admins.

    A file whose bytes have expired can be held too: `hold.keeps` is then `record`, since only what is known
    of it can be kept.
    """
    return _answer(changing.hold(resources, member, media_id, wanted.reason), response)


@router.delete("/{media_id}/hold", summary="Release a file", responses=failures(*CHANGING))
def release_medium(
    media_id: MediaId, member: WorkingMember, resources: ResourcesOf, response: Response
) -> Medium:
    """End a hold; what has expired meanwhile is deleted soon."""
    return _answer(changing.release(resources, member, media_id), response)


@router.get("/{media_id}/comments", summary="Comments on a file")
def list_comments(
    media_id: MediaId,
    member: ReadingMember,
    resources: ResourcesOf,
    cursor: Annotated[
        str | None, Query(description="`next_cursor` of a page.", pattern="^[0-9a-f-]{1,36}$")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
    newest_first: Annotated[bool, Query(description="The newest first; pages go on in that order.")] = False,
) -> MediumComments:
    """Return what members wrote about a file, oldest first; those that were withdrawn without their text."""
    written = changing.comments(
        resources, member, media_id, cursor=cursor, limit=limit + 1, newest_first=newest_first
    )
    shown = written[:limit]
    return MediumComments(
        comments=[MediumComment.model_validate(one) for one in shown],
        next_cursor=shown[-1].id if len(written) > limit else None,
    )


@router.post("/{media_id}/comments", summary="Comment on a file", responses=failures(*MAKING))
def add_comment(
    media_id: MediaId, wanted: CommentRequest, member: WorkingMember, resources: ResourcesOf, once: OncePerKey
) -> MediumComment:
    """Write about a file; comments are never edited."""
    return once.make(
        MediumComment,
        [media_id, wanted.text],
        lambda within: changing.comment(resources, member, media_id, wanted.text, within),
        MediumComment.model_validate,
    )


@router.delete(
    "/{media_id}/comments/{comment_id}", summary="Withdraw a comment", responses=failures(*CHANGING)
)
def withdraw_comment(
    media_id: MediaId, comment_id: CommentId, member: WorkingMember, resources: ResourcesOf
) -> MediumComment:
    """Withdraw one's own comment, or that of another for who may delete what others have sent."""
    return MediumComment.model_validate(changing.withdraw(resources, member, media_id, comment_id))


@router.get("/{media_id}/analyses", summary="The analyses of a file")
def list_analyses(media_id: MediaId, member: ReadingMember, resources: ResourcesOf) -> MediumAnalyses:
    """Return the analyses of a file that are there, newest first, those of marked faces among them."""
    found = reading.analyses(resources, member, media_id)
    return MediumAnalyses(
        analyses=[
            summary(
                job,
                found.summaries.get(job.id),
                found.periods,
                found.senders.get(job.owner_id or ""),
                withheld=found.withheld,
            )
            for job in found.jobs
        ]
    )


@router.get("/{media_id}/near", summary="Near copies of a file")
def list_near(media_id: MediaId, member: ReadingMember, resources: ResourcesOf) -> NearCopies:
    """Return the workspace's files that show the same, as `GET /api/jobs/{job_id}/near` does.

    Nothing can be compared once the analyses of the file have expired.
    """
    return near_answer(reading.near(resources, member, media_id))


@router.get("/{media_id}/labels", summary="The labels of a file")
def list_labels(
    media_id: MediaId,
    member: ReadingMember,
    resources: ResourcesOf,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next_cursor` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 200,
) -> LabelHistory:
    """Return what a file was held to be, newest first; a label is never changed."""
    history = reading.labels_of(resources, member, media_id, before=cursor, limit=limit)
    return LabelHistory(
        labels=[_label(row, history.deciders) for row in history.rows], next_cursor=history.next
    )


def _label(row: Any, deciders: dict[str, str]) -> LabelRevision:
    told = LabelRevision.model_validate(row)
    return told.model_copy(update={"decided_by": deciders.get(row.decided_by or "")})
