"""What is known of a job."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from deepshield.api.answers import result_answer
from deepshield.api.auth import CurrentOwner
from deepshield.api.deps import JobId, ResourcesOf
from deepshield.api.schemas import ResultAnswer
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import find_view
from deepshield.resources import Resources

router = APIRouter(prefix="/results", tags=["results"])


@router.get("/{job_id}", summary="A job and its result", response_model=ResultAnswer)
async def get_result(job_id: JobId, owner: CurrentOwner, resources: ResourcesOf) -> Response:
    """Return a job; `result` is there once `state` is COMPLETED, `error` once it is FAILED or CANCELLED.

    An unknown id and somebody else's are the same 404.
    """
    return Response(await run_in_threadpool(_body, resources, owner, job_id), media_type="application/json")


def _body(resources: Resources, owner: Owner | None, job_id: str) -> str:
    """Read and write out in one thread: this route is polled, and every change of thread costs."""
    return result_answer(find_view(resources, owner, job_id), resources.settings.retention).model_dump_json()
