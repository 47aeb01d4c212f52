"""Whether a workspace has the same picture or film already."""

from __future__ import annotations

from fastapi import APIRouter

from deepshield.api.answers import near_answer
from deepshield.api.auth import ReadingOwner
from deepshield.api.deps import JobId, ResourcesOf
from deepshield.api.schemas.near import NearCopies
from deepshield.jobs import near

router = APIRouter(prefix="/jobs", tags=["results"])


@router.get("/{job_id}/near", summary="Near copies of a job's file")
def get_near(job_id: JobId, owner: ReadingOwner, resources: ResourcesOf) -> NearCopies:
    """Return the workspace's other analyses of the same file, or of one that shows the same.

    Found are files that were resized, compressed anew, mirrored, turned or cropped a little, and excerpts.
    Hashes of whole frames are compared, no faces; nobody else's files are, and no score is moved by it.
    """
    return near_answer(near.near_copies(resources, owner, job_id))
