"""Files that an analysis made."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from deepshield.api.auth import ReadingOwner
from deepshield.api.deps import ByOwnPage, JobId, ResourcesOf
from deepshield.api.file_answers import FILE_ANSWERS, WantedPart, file_answer
from deepshield.jobs.access import note_artifact
from deepshield.jobs.lookup import find_artifact

router = APIRouter(prefix="/artifacts", tags=["results"])


@router.get(
    "/{job_id}/{name}", summary="A file of a result", response_class=StreamingResponse, responses=FILE_ANSWERS
)
def get_artifact(
    job_id: JobId,
    name: str,
    owner: ReadingOwner,
    resources: ResourcesOf,
    by_own_page: ByOwnPage,
    wanted: WantedPart,
) -> Response:
    """Return the file if its job may be seen; a token in the query string is ignored."""
    artifact = find_artifact(resources, owner, job_id, name)
    answer = file_answer(resources.store, artifact, wanted)
    note_artifact(resources, artifact, owner, in_own_page=by_own_page)
    return answer
