"""Where a job's file came from, and who has read what of the job."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from deepshield.api.auth import ReadingOwner
from deepshield.api.deps import JobId, ResourcesOf
from deepshield.api.schemas.custody import Custody
from deepshield.jobs.custody import find_custody

router = APIRouter(prefix="/jobs", tags=["results"])


@router.get("/{job_id}/custody", summary="Where a file came from")
def get_custody(
    job_id: JobId,
    owner: ReadingOwner,
    resources: ResourcesOf,
    exchange_hashes: Annotated[
        bool, Query(description="Also SHA-1 and MD5, by which others list files, while the file is kept.")
    ] = False,
) -> Custody:
    """Return the file's source and hashes, and the rows of the audit log about the job.

    Rows are chained: `hash` is the SHA-256 over the row and `previous` in canonical JSON.
    """
    return Custody.model_validate(
        find_custody(resources, owner, job_id, exchange_hashes=exchange_hashes), from_attributes=True
    )
