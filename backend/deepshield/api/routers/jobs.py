"""Jobs: the account's list, following, cancelling, deleting, and starting a failed job again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from deepshield.api.answers import accepted, event, job_counts, summary
from deepshield.api.auth import AnalysingOwner, MaybeCaller, ReadingOwner
from deepshield.api.deps import Hub, JobId, OwnerSecret, Places, ResourcesOf
from deepshield.api.documented import CHANGING_JOB, MAKING_OF_JOB, Responses, failures
from deepshield.api.events import Current, LoginEndedError, ProgressHub
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.jobs import Accepted, JobEvent, JobPage, Removed
from deepshield.domain.failures import Code
from deepshield.domain.jobs import FINAL, MediaKind, Order, State, Verdict
from deepshield.jobs import lookup
from deepshield.jobs.cancel import cancel_or_delete
from deepshield.jobs.retry import retry

router = APIRouter(prefix="/jobs", tags=["jobs"])

_KEEP_ALIVE_SECONDS = 15
# A stream ends after this long and the browser opens it again, so that one that nobody reads is not kept.
_LONGEST_STREAM_SECONDS = 300.0
_RETRY_MS = 1000
_FAR = 1_000_000_000  # no list is longer
_STREAM: Responses = {
    200: {
        "description": "Events `progress`, then one `final` or `deleted`, whose ids are the job's revisions.",
        "model": JobEvent,
    },
    204: {"description": "`Last-Event-ID` is the final event's: nothing follows it."},
}


@router.get("/me", summary="My jobs")
def list_my_jobs(
    owner: ReadingOwner,
    resources: ResourcesOf,
    state: Annotated[
        list[State], Query(description="Only jobs in these states.", max_length=len(State))
    ] = [],  # noqa: B006
    verdict: Annotated[
        list[Verdict], Query(description="Only jobs with these verdicts.", max_length=len(Verdict))
    ] = [],  # noqa: B006
    media_type: Annotated[MediaKind | None, Query(description="Only images or only videos.")] = None,
    search: Annotated[
        str | None, Query(description="Part of the file's name.", max_length=200, pattern="^[^\\x00]*$")
    ] = None,
    sort: Annotated[
        Order, Query(description="estimate: the highest first, those without one last.")
    ] = Order.NEWEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=_FAR)] = 0,
) -> JobPage:
    """Return the jobs of the account's workspace. Without an account the list is empty."""
    wanted = lookup.Filter(tuple(state), media_type, search, tuple(verdict))
    page = lookup.list_jobs(resources, owner, wanted, sort, limit=limit, offset=offset)
    return JobPage(
        jobs=[
            summary(
                job,
                page.summaries.get(job.id),
                page.periods,
                page.senders.get(job.owner_id or ""),
                withheld=job.media_id in page.hidden,
            )
            for job in page.jobs
        ],
        total=page.total,
        counts=job_counts(page.tally),
        limit=limit,
        offset=offset,
    )


@router.delete(
    "/{job_id}", summary="Cancel or delete a job", responses=failures(*CHANGING_JOB, Code.CONFLICT)
)
def cancel_or_delete_job(
    job_id: JobId, owner: AnalysingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> Removed:
    """Cancel a queued or running job, or delete one that has ended; its files go either way."""
    return Removed(job_id=job_id, outcome=cancel_or_delete(resources, owner, job_id, secret))


@router.post(
    "/{job_id}/retry",
    summary="Start a failed job again",
    responses=failures(*MAKING_OF_JOB, Code.CONFLICT, Code.EXPIRED, Code.RATE_LIMITED, Code.QUOTA_EXCEEDED),
)
def retry_job(
    job_id: JobId, owner: AnalysingOwner, secret: OwnerSecret, resources: ResourcesOf, once: OncePerKey
) -> Accepted:
    """Queue a failed job again while its upload is there; 409 in other states, 410 without the upload."""
    return once.make(
        Accepted,
        [job_id, secret],
        lambda within: retry(resources, owner, job_id, secret, within=within),
        accepted,
    )


@router.get("/{job_id}/events", summary="Follow a job", response_class=EventSourceResponse, responses=_STREAM)
async def follow_job(
    job_id: JobId,
    owner: ReadingOwner,
    caller: MaybeCaller,
    resources: ResourcesOf,
    hub: Hub,
    places: Places,
    last_event_id: Annotated[str | None, Header(description="The last event that was seen.")] = None,
) -> Response:
    """Send the job as it changes, as server-sent events whose data is a `JobEvent`.

    Events may be skipped, but the newest is always sent. With `Last-Event-ID` a stream goes on after that
    event, so that a client that reconnects misses nothing. A stream ends with the
    job, with the login or key that opened it, and with the membership of its workspace.
    """
    job = await run_in_threadpool(lookup.find_job, resources, owner, job_id)
    first = Current(job, await run_in_threadpool(places.before, job))
    seen = last_event_id == str(job.revision)
    if seen and job.state in FINAL:
        return Response(status_code=204)
    return EventSourceResponse(
        _events(hub, first, seen, caller.credential_in(owner) if caller and owner else None),
        ping=_KEEP_ALIVE_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    hub: ProgressHub, first: Current, seen: bool, credential: str | None
) -> AsyncIterator[ServerSentEvent]:
    end = asyncio.get_running_loop().time() + _LONGEST_STREAM_SECONDS
    known = None if seen else first.waiting_before
    with hub.watching(first.job.id, first.job.revision, credential, known) as watch:
        if not seen:
            yield _message(first)
        now: Current | None = first
        while now is not None and now.job.state not in FINAL:
            try:
                async with asyncio.timeout_at(end):
                    now = await watch.change()
            except (TimeoutError, LoginEndedError):
                return
            yield _message(now) if now is not None else ServerSentEvent("{}", event="deleted")


def _message(current: Current) -> ServerSentEvent:
    job = current.job
    return ServerSentEvent(
        event(job, current.waiting_before).model_dump_json(),
        event="final" if job.state in FINAL else "progress",
        id=str(job.revision),
        retry=_RETRY_MS,
    )
