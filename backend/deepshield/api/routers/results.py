"""A job with its result."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from deepshield.api.answers import result_answer
from deepshield.api.auth import ReadingOwner
from deepshield.api.deps import JobId, Places, Rendered, ResourcesOf
from deepshield.api.rendered import RenderedResults
from deepshield.api.schemas.jobs import ResultAnswer
from deepshield.domain.jobs import State
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import find_job, shows_places, view_of
from deepshield.jobs.queue_places import QueuePlaces
from deepshield.resources import Resources

router = APIRouter(prefix="/results", tags=["results"])


@router.get("/{job_id}", summary="A job and its result", response_model=ResultAnswer)
async def get_result(
    job_id: JobId, owner: ReadingOwner, resources: ResourcesOf, rendered: Rendered, places: Places
) -> Response:
    """Return a job; `result` is there once `state` is COMPLETED, `error` once it is FAILED or CANCELLED.

    The answer is the same 404 for an unknown job and for another account's. In a shared workspace what the
    file says of places and persons is in it for who sent it, for leads and for admins alone.
    """
    body = await run_in_threadpool(_body, resources, owner, job_id, rendered, places)
    return Response(body, media_type="application/json")


def _body(
    resources: Resources, owner: Owner | None, job_id: str, rendered: RenderedResults, places: QueuePlaces
) -> str:
    """Read and render in one thread: this route is polled, and every change of threads costs time."""
    job = find_job(resources, owner, job_id)
    places_too = shows_places(resources, owner, job)
    key = (job.id, job.revision, places_too)
    body = rendered.get(key)
    if body is None:
        view = view_of(resources, job, with_places=places_too)
        body = result_answer(view, places.before(job)).model_dump_json()
        if job.state == State.COMPLETED:
            rendered.keep(key, body)
    return body
