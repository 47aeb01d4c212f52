"""What readers answer to "Was this right?"."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header

from deepshield.api.auth import ReadingOwner
from deepshield.api.deps import JobId, ResourcesOf, refuse_cross_site
from deepshield.api.documented import CHANGING, failures
from deepshield.api.schemas.feedback import Feedback, FeedbackGiven
from deepshield.domain.failures import Code
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import find_job
from deepshield.jobs.share import shared_job
from deepshield.reviews import feedback
from deepshield.reviews.feedback import Reader

router = APIRouter(prefix="/jobs", tags=["results"])
shared = APIRouter(
    prefix="/shared",
    tags=["sharing"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(Code.NOT_FOUND, Code.VALIDATION_ERROR, Code.CROSS_SITE_REQUEST),
)

Token = Annotated[str, Header(alias="X-Share-Token", description="The token of the link.")]


@router.get("/{job_id}/feedback", summary="One's own answer about a result")
def get_feedback(job_id: JobId, owner: ReadingOwner, resources: ResourcesOf) -> Feedback:
    """Return what the account has answered to "Was this right?", and whether it is asked."""
    job = find_job(resources, owner, job_id)
    return Feedback.model_validate(feedback.find(resources, job, _account(owner)))


@router.post(
    "/{job_id}/feedback",
    summary="Say whether a result is right",
    responses=failures(*CHANGING, Code.CONFLICT),
)
def give_feedback(
    job_id: JobId, given: FeedbackGiven, owner: ReadingOwner, resources: ResourcesOf
) -> Feedback:
    """Record the account's answer about a completed analysis, in place of an earlier one; no score is moved.

    409 for an analysis that is not completed, and for visitors.
    """
    job = find_job(resources, owner, job_id)
    kept = feedback.give(resources, job, _account(owner), given.answer, given.text)
    return Feedback.model_validate(kept)


@shared.get("/feedback", summary="The answer about a shared result")
def get_shared_feedback(token: Token, resources: ResourcesOf) -> Feedback:
    """Return what was answered by this link to "Was this right?", and whether it is asked."""
    return Feedback.model_validate(feedback.find(resources, shared_job(resources, token), Reader.link(token)))


@shared.post("/feedback", summary="Say whether a shared result is right", responses=failures(Code.CONFLICT))
def give_shared_feedback(token: Token, given: FeedbackGiven, resources: ResourcesOf) -> Feedback:
    """Record the answer of who has the link, in place of an earlier one by the same link.

    409 for a file that was sent without an account.
    """
    job = shared_job(resources, token)
    kept = feedback.give(resources, job, Reader.link(token), given.answer, given.text)
    return Feedback.model_validate(kept)


def _account(owner: Owner | None) -> Reader | None:
    return None if owner is None else Reader.account(owner)
