"""Whether a workspace has the same picture or film already."""

from __future__ import annotations

from fastapi import APIRouter

from deepshield.api.auth import ReadingOwner
from deepshield.api.deps import JobId, ResourcesOf
from deepshield.api.schemas.near import NearCopies, NearCopy, SharedFrames
from deepshield.jobs import near

router = APIRouter(prefix="/jobs", tags=["results"])


@router.get("/{job_id}/near", summary="Near copies of a job's file")
def get_near(job_id: JobId, owner: ReadingOwner, resources: ResourcesOf) -> NearCopies:
    """Return the workspace's other analyses of the same file, or of one that shows the same.

    Found are files that were resized, compressed anew, mirrored, turned or cropped a little, and excerpts.
    Hashes of whole frames are compared, no faces; nobody else's files are, and no score is moved by it.
    """
    found = near.near_copies(resources, owner, job_id)
    return NearCopies(compared=found.compared, copies=[_answer(one) for one in found.copies])


def _answer(one: near.NearCopy) -> NearCopy:
    return NearCopy(
        job_id=one.job.id,
        original_filename=one.job.original_filename,
        media_type=one.job.media_type,
        created_at=one.job.created_at,
        same_file=one.match is None,
        shared=None if one.match is None else SharedFrames.model_validate(one.match, from_attributes=True),
        verdict=one.outcome.verdict if one.outcome else None,
        final_score=one.outcome.final_score if one.outcome else None,
    )
