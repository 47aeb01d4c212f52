"""What is known of a job."""

from __future__ import annotations

from fastapi import APIRouter

from deepshield.api.answers import result_answer
from deepshield.api.auth import CurrentOwner
from deepshield.api.deps import JobId, ResourcesOf
from deepshield.api.schemas import ResultAnswer
from deepshield.jobs.lookup import find_view

router = APIRouter(prefix="/results", tags=["results"])


@router.get("/{job_id}", summary="A job and its result")
def get_result(job_id: JobId, owner: CurrentOwner, resources: ResourcesOf) -> ResultAnswer:
    """Return a job; `result` is there once `state` is COMPLETED, `error` once it is FAILED or CANCELLED.

    An unknown id and somebody else's are the same 404.
    """
    return result_answer(find_view(resources, owner, job_id), resources.settings.retention)
