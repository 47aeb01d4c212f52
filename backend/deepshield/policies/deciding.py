"""Putting policies in force, by another than their author, and retiring them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.policies import Obstacle, PolicyState
from deepshield.domain.roles import May
from deepshield.persistence.measurement import Policy
from deepshield.persistence.repositories import audit, policies
from deepshield.policies.drafting import PolicyView, found, next_number, obstacle_to, view_of
from deepshield.resources import Resources
from deepshield.workspaces.standing import locked

_SAID = {
    Obstacle.PERSONAL: (
        "In your personal workspace nobody else can approve a policy. Make a workspace, invite a colleague "
        "as lead, and draft it there."
    ),
    Obstacle.OWN: (
        "You drafted this policy, so another lead or admin of the workspace has to approve it. Invite a "
        "colleague as lead if there is none."
    ),
    Obstacle.IN_FORCE: "This policy is in force already.",
    Obstacle.WITHDRAWN: "This draft was withdrawn before it was in force. Draft it again.",
}


def approve(resources: Resources, owner: Owner, number: int) -> PolicyView:
    """Put a policy in force in place of the one before, and return the policy that is in force then.

    Approving one that was in force earlier makes a new number with the same rule and author, which names the
    old one as its base: each number is in force once. Analyses that were claimed before go on with their
    rule. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for the author and for a policy that is
    in force or was withdrawn, TOO_MANY.
    """
    owner.need(May.POLICIES)
    now = resources.clock()
    with resources.database.write() as session:
        _, present = locked(session, owner, owner.workspace_id, May.POLICIES)
        row = found(policies.find(session, owner.workspace_id, number), number)
        obstacle = obstacle_to(present, row)
        if obstacle is not None:
            raise DeepShieldError(Code.CONFLICT, _SAID[obstacle], obstacle=obstacle.value)
        if row.state == PolicyState.RETIRED:
            row = _again(session, row, now)
        before = policies.active(session, owner.workspace_id, row.bundle_sha256)
        if before is not None:
            policies.retire(session, before.id, owner.id, now)
        policies.approve(session, row.id, owner.id, now)
        session.refresh(row)
        details = {"number": row.number, "base": row.base, "before": before.number if before else None}
        audit.record(session, "policy.approved", now, actor=owner.id, subject=row.id, details=details)
        return view_of(session, present, row)


def retire(resources: Resources, owner: Owner, number: int) -> PolicyView:
    """Withdraw a draft, or end the policy in force: then the operator's or the bundle's rule is in use.

    What was retired stays as it is. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING.
    """
    owner.need(May.POLICIES)
    now = resources.clock()
    with resources.database.write() as session:
        _, present = locked(session, owner, owner.workspace_id, May.POLICIES)
        row = found(policies.find(session, owner.workspace_id, number), number)
        was = row.state
        if policies.retire(session, row.id, owner.id, now):
            details = {"number": number, "was": was}
            audit.record(session, "policy.retired", now, actor=owner.id, subject=row.id, details=details)
            session.refresh(row)
        return view_of(session, present, row)


def _again(session: Session, row: Policy, now: datetime) -> Policy:
    """Insert a draft with the rule of a policy that was in force."""
    copied = ("workspace_id", "bundle_sha256", "bundle", "bundle_version", "name", "reason", "threshold",
              "abstain_low", "abstain_high", "smallest_face_px", "least_frames", "least_share",
              "author", "redacted")  # fmt: skip
    again = Policy(
        id=str(uuid.uuid4()),
        number=next_number(session, row.workspace_id),
        base=row.number,
        state=PolicyState.DRAFT.value,
        created_at=now,
        **{name: getattr(row, name) for name in copied},
    )
    policies.add(session, again)
    return again
