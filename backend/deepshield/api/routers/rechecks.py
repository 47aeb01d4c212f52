"""Rechecks: analysing files of the library again, one or many; for members alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.exceptions import RequestValidationError

from deepshield.api.answers import accepted
from deepshield.api.auth import PersonIn, ReadingMember, WorkingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import CHANGING, MAKING, READING, failures
from deepshield.api.http.errors import request_id
from deepshield.api.once import OncePerKey
from deepshield.api.recheck_answers import forecast_answer, item_answer, recheck_answer
from deepshield.api.schemas.jobs import Accepted
from deepshield.api.schemas.rechecks import (
    Forecast,
    RecheckAnswer,
    RecheckItemPage,
    RecheckPage,
    RecheckRedaction,
    RecheckRequest,
)
from deepshield.domain.failures import Code
from deepshield.domain.owner import Owner
from deepshield.domain.rechecks import Change, FileState
from deepshield.rechecks import asking, changing, reading, redacting
from deepshield.rechecks.again import check_again
from deepshield.resources import Resources

router = APIRouter(prefix="/rechecks", tags=["rechecks"])
of_media = APIRouter(prefix="/media", tags=["rechecks"])

_ASKING = failures(*READING, *MAKING, Code.COUNT_DIFFERS, Code.QUERY_INVALID, Code.MODEL_NOT_AVAILABLE)
_AGAIN = failures(
    *READING,
    *MAKING,
    Code.ALREADY_JUDGED,
    Code.EXPIRED,
    Code.QUOTA_EXCEEDED,
    Code.MODEL_NOT_AVAILABLE,
    Code.STORAGE_FULL,
)
_CHANGING = failures(*READING, *CHANGING, Code.CONFLICT)

RecheckId = Annotated[str, Path(description="The recheck's id.", pattern="^[0-9a-f-]{1,36}$")]
MediaId = Annotated[str, Path(description="The file's id in the library.", pattern="^[0-9a-f-]{1,36}$")]
Cursor = Annotated[
    str | None, Query(max_length=36, pattern="^[0-9a-f-]*$", description="`next_cursor` of a page.")
]


@of_media.post("/{media_id}/analyses", summary="Check a file again", responses=_AGAIN)
def post_analysis(
    media_id: MediaId,
    request: Request,
    member: WorkingMember,
    resources: ResourcesOf,
    once: OncePerKey,
    force: Annotated[
        bool, Query(description="Also when the present model has judged it, at the charge of an upload.")
    ] = False,
) -> Accepted:
    """Have a file analysed again with the present model, beside the results that it has, while it is kept.

    It charges nobody, once per model and threshold. An analysis that is under way is answered with as it is.
    """
    return once.make(
        Accepted,
        [media_id, force],
        lambda within: check_again(
            resources, member, media_id, force=force, request_id=request_id(request), within=within
        ),
        accepted,
    )


@router.post("", summary="Check many files again", responses=_ASKING)
def post_recheck(
    wanted: RecheckRequest,
    member: WorkingMember,
    resources: ResourcesOf,
    once: OncePerKey,
    dry_run: Annotated[bool, Query(description="Only count, and tell how long it takes.")] = False,
) -> RecheckAnswer | Forecast:
    """Have files analysed again with the present model, behind everything else and charged to nobody.

    Older results stay. What the model has judged already is left out, and so are files that are not kept any
    more. Each result is told of by the recheck; webhooks get `verdict.flipped` and `recheck.finished`.
    """
    if (wanted.q is None) == (not wanted.ids):
        problem = {"type": "value_error", "loc": ("body", "q"), "msg": "Give either q or ids."}
        raise RequestValidationError([problem])
    files = asking.Wanted(wanted.q, tuple(dict.fromkeys(wanted.ids)))
    if dry_run:
        return forecast_answer(asking.forecast(resources, member, files))
    made = once.make(
        RecheckAnswer,
        [wanted.q, list(files.ids), wanted.reason, wanted.expect_count],
        lambda within: asking.ask(
            resources,
            member,
            files,
            reason=wanted.reason or None,
            expect_count=wanted.expect_count,
            within=within,
        ),
        lambda recheck: recheck_answer(reading.just_asked(recheck)),
    )
    return _now(resources, member, made.recheck_id)


@router.get("", summary="The workspace's rechecks", responses=failures(*READING))
def list_rechecks(
    member: ReadingMember,
    resources: ResourcesOf,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RecheckPage:
    """Return the workspace's rechecks, the newest first."""
    found = reading.list_rechecks(resources, member, cursor, limit)
    return RecheckPage(
        rechecks=[recheck_answer(one) for one in found],
        next_cursor=found[-1].recheck.id if len(found) == limit else None,
    )


@router.get("/{recheck_id}", summary="A recheck and its counts", responses=failures(*READING))
def get_recheck(recheck_id: RecheckId, member: ReadingMember, resources: ResourcesOf) -> RecheckAnswer:
    """Return how many files are in each state, how verdicts have changed, and how long the rest takes."""
    return _now(resources, member, recheck_id)


@router.get("/{recheck_id}/items", summary="A recheck's files", responses=failures(*READING))
def list_recheck_items(
    recheck_id: RecheckId,
    member: ReadingMember,
    resources: ResourcesOf,
    change: Annotated[
        list[Change],
        Query(description="Only files whose verdicts changed like this.", max_length=len(Change)),
    ] = [],  # noqa: B006
    state: Annotated[
        list[FileState], Query(description="Or in these states.", max_length=len(FileState))
    ] = [],  # noqa: B006
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RecheckItemPage:
    """Return files with their verdicts before and after, in an order of no meaning that stays the same."""
    found = reading.items_of(
        resources, member, recheck_id, after=cursor or "", limit=limit, states=state, changes=change
    )
    return RecheckItemPage(
        items=[item_answer(one) for one in found],
        next_cursor=found[-1].line.item.media_id if len(found) == limit else None,
    )


@router.post("/{recheck_id}/pause", summary="Pause a recheck", responses=_CHANGING)
def pause_recheck(recheck_id: RecheckId, member: WorkingMember, resources: ResourcesOf) -> RecheckAnswer:
    """Hand no more files to workers; what they have goes on."""
    changing.pause(resources, member, recheck_id)
    return _now(resources, member, recheck_id)


@router.post("/{recheck_id}/resume", summary="Go on with a recheck", responses=_CHANGING)
def resume_recheck(recheck_id: RecheckId, member: WorkingMember, resources: ResourcesOf) -> RecheckAnswer:
    """Go on with a paused recheck."""
    changing.resume(resources, member, recheck_id)
    return _now(resources, member, recheck_id)


@router.post("/{recheck_id}/stop", summary="Stop a recheck", responses=_CHANGING)
def stop_recheck(recheck_id: RecheckId, member: WorkingMember, resources: ResourcesOf) -> RecheckAnswer:
    """End a recheck; its results stay, and what waits is not analysed."""
    changing.stop(resources, member, recheck_id)
    return _now(resources, member, recheck_id)


@router.post(
    "/{recheck_id}/redact",
    summary="Erase texts of a recheck",
    responses=failures(*READING, *CHANGING, Code.KEY_NOT_ACCEPTED, Code.CONFLICT),
)
def redact_recheck(
    recheck_id: RecheckId, wanted: RecheckRedaction, member: PersonIn, resources: ResourcesOf
) -> RecheckAnswer:
    """Erase query or reason of a recheck, in the activity too: one's own or, by leads and admins, any.

    Its files and verdicts stay. 409 while its files are being listed by the query. It cannot be undone.
    """
    redacting.redact(resources, member, recheck_id, wanted.texts)
    return _now(resources, member, recheck_id)


def _now(resources: Resources, member: Owner, recheck_id: str) -> RecheckAnswer:
    return recheck_answer(reading.progress_of(resources, member, recheck_id))
