"""The preview of a video that was analysed without one, and the file itself in its place."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from deepshield.api.answers import accepted
from deepshield.api.auth import AnalysingOwner, ExportingOwner
from deepshield.api.deps import JobId, OwnerSecret, ResourcesOf
from deepshield.api.documented import MAKING_OF_JOB, failures
from deepshield.api.file_answers import FILE_ANSWERS, WantedPart, file_answer
from deepshield.api.http.errors import request_id
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.jobs import Accepted
from deepshield.domain.failures import Code
from deepshield.jobs.access import note_access
from deepshield.jobs.previews import find_original, request_preview

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.post(
    "/{job_id}/preview",
    summary="Make a video's preview",
    responses=failures(*MAKING_OF_JOB, Code.CONFLICT, Code.EXPIRED, Code.RATE_LIMITED, Code.STORAGE_FULL),
)
def make_preview(
    job_id: JobId,
    request: Request,
    owner: AnalysingOwner,
    secret: OwnerSecret,
    resources: ResourcesOf,
    once: OncePerKey,
) -> Accepted:
    """Have the preview made for which there was no time, while the upload is kept; it is not charged.

    The answer is the job that makes it, once a worker for videos has nothing else to do. When it has
    completed, the analysed job has its `preview_url`.
    """
    return once.make(
        Accepted,
        [job_id, secret],
        lambda within: request_preview(
            resources, owner, job_id, owner_secret=secret, request_id=request_id(request), within=within
        ),
        accepted,
    )


@router.get(
    "/{job_id}/original",
    summary="An analysed video itself",
    response_class=StreamingResponse,
    responses=FILE_ANSWERS,
)
def get_original(
    job_id: JobId, owner: ExportingOwner, resources: ResourcesOf, wanted: WantedPart
) -> Response:
    """Return the video as it was sent, while it is kept: what browsers can play of it needs no preview.

    Where there is a preview, members of a shared workspace who are not shown what the file says of places and
    persons are refused it, and always that of a marked face.
    """
    answer = file_answer(resources.store, find_original(resources, owner, job_id), wanted)
    note_access(resources, job_id, "file.read", owner)
    return answer
