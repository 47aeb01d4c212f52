"""Faces that a reader marks in the file of a job."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from deepshield.accounts.quota import quota_headers
from deepshield.api.answers import accepted
from deepshield.api.auth import AnalysingOwner, ReadingOwner
from deepshield.api.deps import JobId, OwnerSecret, ResourcesOf
from deepshield.api.documented import MAKING_OF_JOB, failures
from deepshield.api.http.errors import request_id
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.jobs import Accepted
from deepshield.api.schemas.marks import MarkedFace, MarkedFaces, MarkRequest
from deepshield.domain.failures import Code
from deepshield.domain.marks import Mark
from deepshield.jobs.marks import mark_face, marked_faces

router = APIRouter(prefix="/jobs", tags=["jobs"])

_REFUSALS = (
    *MAKING_OF_JOB,
    Code.CONFLICT,
    Code.EXPIRED,
    Code.MARK_OUTSIDE,
    Code.MARK_TOO_SMALL,
    Code.RATE_LIMITED,
    Code.QUOTA_EXCEEDED,
    Code.MODEL_NOT_AVAILABLE,
    Code.STORAGE_FULL,
)


@router.post("/{job_id}/marks", summary="Mark a face", responses=failures(*_REFUSALS))
def mark(
    job_id: JobId,
    wanted: MarkRequest,
    request: Request,
    response: Response,
    owner: AnalysingOwner,
    secret: OwnerSecret,
    resources: ResourcesOf,
    once: OncePerKey,
) -> Accepted:
    """Have one face analysed that was missed, in one frame of the job's file, while the upload is kept.

    It becomes a job of its own, whose `result.marked` says which face it is of, and is charged like one.
    """
    face = Mark(wanted.box, wanted.timestamp_ms, wanted.frame_index)
    answer = once.make(
        Accepted,
        [job_id, secret, face.row()],
        lambda within: mark_face(
            resources,
            owner,
            job_id,
            face,
            owner_secret=secret,
            request_id=request_id(request),
            within=within,
        ),
        accepted,
    )
    response.headers.update(quota_headers(resources, owner))
    return answer


@router.get("/{job_id}/marks", summary="The marked faces of a job")
def get_marks(job_id: JobId, owner: ReadingOwner, resources: ResourcesOf) -> MarkedFaces:
    """Return the faces that were marked in the job's file, with what became of them."""
    return MarkedFaces(
        marks=[
            MarkedFace(
                job_id=one.job.id,
                state=one.job.state,
                created_at=one.job.created_at,
                box=one.mark.box,
                timestamp_ms=one.mark.timestamp_ms,
                frame_index=one.mark.frame_index,
                verdict=one.outcome.verdict if one.outcome else None,
                final_score=one.outcome.final_score if one.outcome else None,
            )
            for one in marked_faces(resources, owner, job_id)
        ]
    )
