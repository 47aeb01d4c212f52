"""Policies: the rule by which a workspace's analyses are judged, approved by a second person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from deepshield.api.auth import PersonIn, ReadingMember, WorkingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import CHANGING, MAKING, failures
from deepshield.api.once import OncePerKey
from deepshield.api.policy_answers import list_answer, policy_answer, preview_answer
from deepshield.api.schemas.policies import (
    Policy,
    PolicyList,
    PolicyMinimums,
    PolicyPreview,
    PolicyPreviewRequest,
    PolicyRedaction,
    PolicyRequest,
    PreviewOn,
    RulePreviewRequest,
)
from deepshield.domain.failures import Code
from deepshield.domain.policies import Minimums
from deepshield.policies import deciding, drafting, previewing, redacting

router = APIRouter(prefix="/policies", tags=["policies"])

_PREVIEWING = failures(*CHANGING, Code.MODEL_NOT_AVAILABLE, Code.VALIDATION_ERROR)
_DECIDING = (*CHANGING, Code.KEY_NOT_ACCEPTED)

Number = Annotated[int, Path(description="The policy's number, from 1.", ge=1, le=2**31 - 1)]


@router.get("", summary="The workspace's policies", responses=failures(Code.MODEL_NOT_AVAILABLE))
def list_policies(
    member: ReadingMember,
    resources: ResourcesOf,
    cursor: Annotated[int | None, Query(description="`next_cursor` of a page.", ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PolicyList:
    """Return the policies, the newest first, and by which rule new analyses are judged."""
    return list_answer(member, drafting.list_policies(resources, member, cursor, limit), limit)


@router.post(
    "",
    summary="Draft a policy",
    responses=failures(*MAKING, Code.TOO_MANY, Code.MODEL_NOT_AVAILABLE, Code.VALIDATION_ERROR),
)
def post_policy(
    wanted: PolicyRequest, member: WorkingMember, resources: ResourcesOf, once: OncePerKey
) -> Policy:
    """Draft a policy for the model in use; for leads and admins. A draft is not edited: draft another.

    Nothing is judged by it until another lead or admin approves it.
    """
    return once.make(
        Policy,
        [wanted.model_dump(mode="json")],
        lambda within: drafting.draft(
            resources,
            member,
            drafting.Wanted(
                wanted.name,
                wanted.threshold,
                wanted.abstain_low,
                wanted.abstain_high,
                _minimums(wanted.minimums),
                wanted.reason,
                wanted.base,
            ),
            within,
        ),
        lambda view: policy_answer(member, view),
    )


@router.post("/preview", summary="What a rule would do", responses=_PREVIEWING)
def preview_rule(wanted: RulePreviewRequest, member: WorkingMember, resources: ResourcesOf) -> PolicyPreview:
    """Return what a rule would do on a frozen version of a data set and on the workspace's own files.

    The verdicts are computed from the estimates that analyses gave; nothing is analysed or changed.
    """
    rule = drafting.Wanted(
        "", wanted.threshold, wanted.abstain_low, wanted.abstain_high, _minimums(wanted.minimums)
    )
    return preview_answer(previewing.preview(resources, member, rule, _on(wanted.on)))


@router.get("/{number}", summary="A policy")
def get_policy(number: Number, member: ReadingMember, resources: ResourcesOf) -> Policy:
    """Return a policy."""
    return policy_answer(member, drafting.find_policy(resources, member, number))


@router.post("/{number}/preview", summary="What a policy would do", responses=_PREVIEWING)
def preview_policy(
    number: Number, wanted: PolicyPreviewRequest, member: WorkingMember, resources: ResourcesOf
) -> PolicyPreview:
    """Return what a policy would do, as for a rule that is none yet."""
    return preview_answer(previewing.preview(resources, member, number, _on(wanted.on)))


@router.post(
    "/{number}/approve",
    summary="Approve a policy",
    responses=failures(*_DECIDING, Code.CONFLICT, Code.TOO_MANY),
)
def approve_policy(number: Number, member: PersonIn, resources: ResourcesOf) -> Policy:
    """Put a policy in force and retire the one before; another lead or admin than its author does, signed in.

    A policy that was in force before comes back under a new number, which is answered. Analyses that were
    begun, and results that there are, stay as they are. 409 for the author, with `obstacle` in the details.
    """
    return policy_answer(member, deciding.approve(resources, member, number))


@router.post("/{number}/retire", summary="Retire a policy", responses=failures(*_DECIDING))
def retire_policy(number: Number, member: PersonIn, resources: ResourcesOf) -> Policy:
    """Withdraw a draft, or end the policy in force: then the operator's or the bundle's rule is in use."""
    return policy_answer(member, deciding.retire(resources, member, number))


@router.post("/{number}/redact", summary="Erase texts of a policy", responses=failures(*_DECIDING))
def redact_policy(
    number: Number, wanted: PolicyRedaction, member: PersonIn, resources: ResourcesOf
) -> Policy:
    """Erase name or reason of a policy, in the activity too; for leads and admins, signed in.

    Its rule stays, and so do results that name it: they are kept by their hash. It cannot be undone.
    """
    return policy_answer(member, redacting.redact(resources, member, number, wanted.texts))


def _minimums(wanted: PolicyMinimums | None) -> Minimums | None:
    if wanted is None:
        return None
    return Minimums(wanted.smallest_face_px, wanted.least_frames, wanted.least_share)


def _on(wanted: PreviewOn | None) -> previewing.On | None:
    return None if wanted is None else previewing.On(wanted.dataset_id, wanted.number, wanted.split)
