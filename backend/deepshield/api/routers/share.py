"""Links by which others may read one job: its owner makes and revokes them, and who has the token reads it.

The token is sent in a header, because paths and queries are kept in logs and histories.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse

from deepshield.api.answers import shared_answer
from deepshield.api.auth import ExportingOwner
from deepshield.api.deps import JobId, OwnerSecret, ResourcesOf
from deepshield.api.documented import CHANGING_JOB, MAKING_OF_JOB, failures
from deepshield.api.file_answers import FILE_ANSWERS, WantedPart, file_answer
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.jobs import ResultAnswer
from deepshield.api.schemas.sharing import ShareCreated, ShareStatus
from deepshield.domain.failures import Code
from deepshield.jobs import share
from deepshield.jobs.access import note_access

SHARE_TOKEN = "X-Share-Token"  # noqa: S105 - the header's name

router = APIRouter(prefix="/jobs", tags=["sharing"])
shared = APIRouter(
    prefix="/shared", tags=["sharing"], responses=failures(Code.NOT_FOUND, Code.VALIDATION_ERROR)
)

Token = Annotated[str, Header(alias=SHARE_TOKEN, description="The token of the link.")]


@router.post(
    "/{job_id}/share",
    summary="Share a job",
    responses=failures(*MAKING_OF_JOB, Code.CONFLICT, Code.EXPIRED, Code.READING_BLIND),
)
def share_job(
    job_id: JobId, owner: ExportingOwner, secret: OwnerSecret, resources: ResourcesOf, once: OncePerKey
) -> ShareCreated:
    """Make a link by which others may read the job, in place of an earlier one.

    The token is shown only once. A job that has not ended cannot be shared: 409.
    """
    return once.make(
        ShareCreated,
        [job_id, secret],
        lambda within: share.create(resources, owner, job_id, secret, within=within),
        ShareCreated.model_validate,
    )


@router.get(
    "/{job_id}/share", summary="Whether a job is shared", responses=failures(Code.OWNER_SECRET_REQUIRED)
)
def get_share(
    job_id: JobId, owner: ExportingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> ShareStatus:
    """Return whether the job has a link, without its token."""
    link = share.find(resources, owner, job_id, secret)
    if link is None:
        return ShareStatus(shared=False, created_at=None, expires_at=None)
    return ShareStatus(shared=True, created_at=link.created_at, expires_at=link.expires_at)


@router.delete("/{job_id}/share", summary="Stop sharing a job", responses=failures(*CHANGING_JOB))
def revoke_share(
    job_id: JobId, owner: ExportingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> ShareStatus:
    """Revoke the job's link at once; does nothing without one."""
    share.revoke(resources, owner, job_id, secret)
    return ShareStatus(shared=False, created_at=None, expires_at=None)


@shared.get("", summary="A shared job and its result")
def get_shared_result(token: Token, resources: ResourcesOf) -> ResultAnswer:
    """Return a job as its owner sees it, with `shared` as its `job_id`.

    The answer is the same 404 for an unknown, revoked or expired token. Files need the same header.
    """
    view = share.shared_view(resources, token)
    note_access(resources, view.job.id, "result.read", None, by_link=True)
    return shared_answer(view)


@shared.get(
    "/artifacts/{name}",
    summary="A file of a shared result",
    response_class=StreamingResponse,
    responses=FILE_ANSWERS,
)
def get_shared_artifact(name: str, token: Token, resources: ResourcesOf, wanted: WantedPart) -> Response:
    """Return a file of the job that the token opens."""
    artifact = share.shared_artifact(resources, token, name)
    answer = file_answer(resources.store, artifact, wanted)
    note_access(resources, artifact.job_id, "artifact.read", None, by_link=True)
    return answer
