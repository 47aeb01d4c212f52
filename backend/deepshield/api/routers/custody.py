"""Where a job's file came from, and who has read what of the job."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from deepshield.api.auth import ExportingOwner, ReadingOwner
from deepshield.api.deps import JobId, ResourcesOf
from deepshield.api.documented import Responses, failures
from deepshield.api.schemas.custody import Custody
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import FINAL
from deepshield.evidence_package.composing import evidence_zip
from deepshield.jobs.access import note_access
from deepshield.jobs.custody import find_custody
from deepshield.jobs.lookup import find_view

router = APIRouter(prefix="/jobs", tags=["results"])

_TYPE = "application/zip"
_ZIP: Responses = {
    200: {
        "description": "The package.",
        "content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    **failures(Code.CONFLICT),
}
ExchangeHashes = Annotated[
    bool, Query(description="Also SHA-1 and MD5, by which others list files, while the file is kept.")
]


@router.get("/{job_id}/custody", summary="Where a file came from")
def get_custody(
    job_id: JobId,
    owner: ReadingOwner,
    resources: ResourcesOf,
    exchange_hashes: ExchangeHashes = False,
) -> Custody:
    """Return the file's source and hashes, and the rows of the audit log about the job.

    Rows are chained: `hash` is the SHA-256 over the row and `previous` in canonical JSON.
    """
    return Custody.model_validate(
        find_custody(resources, owner, job_id, exchange_hashes=exchange_hashes), from_attributes=True
    )


@router.get(
    "/{job_id}/evidence.zip",
    summary="All of a job in one archive",
    response_class=StreamingResponse,
    responses=_ZIP,
)
def get_evidence(
    job_id: JobId, owner: ExportingOwner, resources: ResourcesOf, exchange_hashes: ExchangeHashes = False
) -> StreamingResponse:
    """Return file (while it is kept), result, artifacts, custody and log with a manifest of hashes, as a ZIP.

    In a shared workspace who neither sent the file nor is lead or admin gets it without the file, and without
    what that says of places and persons; the manifest says so.

    409 for a job that has not ended. `deepshield verify` checks a package; its README.txt says how by hand.
    """
    view = find_view(resources, owner, job_id)
    if view.job.state not in FINAL:
        raise DeepShieldError(Code.CONFLICT, "The analysis is still under way.")
    note_access(resources, job_id, "evidence.made", owner)
    return StreamingResponse(
        evidence_zip(resources, view, exchange_hashes=exchange_hashes),
        media_type=_TYPE,
        headers={"Content-Disposition": f'attachment; filename="evidence-{job_id}.zip"'},
    )
