"""Policies of workspaces. Who drafts, approves or retires one holds the workspace's lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from deepshield.domain.erasure import GONE
from deepshield.domain.policies import Minimums, PolicyState, PolicyText, Rule
from deepshield.persistence.measurement import Policy


def add(session: Session, policy: Policy) -> None:
    """Insert a policy."""
    session.add(policy)
    session.flush()


def next_number(session: Session, workspace_id: str) -> int:
    """Return the number of a workspace's next policy; for who holds the workspace's lock."""
    last = session.scalar(select(func.max(Policy.number)).where(Policy.workspace_id == workspace_id))
    return (last or 0) + 1


def find(session: Session, workspace_id: str, number: int) -> Policy | None:
    """Return a workspace's policy as it is now."""
    query = select(Policy).where(Policy.workspace_id == workspace_id, Policy.number == number)
    return session.scalar(query.execution_options(populate_existing=True))


def get(session: Session, policy_id: str) -> Policy | None:
    """Return a policy, whatever its workspace; for the service's own use."""
    return session.get(Policy, policy_id)


def page(session: Session, workspace_id: str, below: int | None, limit: int) -> Sequence[Policy]:
    """Return a workspace's policies, the newest first, with numbers less than ``below``."""
    query = select(Policy).where(Policy.workspace_id == workspace_id)
    if below is not None:
        query = query.where(Policy.number < below)
    return session.scalars(query.order_by(Policy.number.desc()).limit(limit)).all()


def active(session: Session, workspace_id: str, bundle_sha256: str) -> Policy | None:
    """Return the policy by which a workspace judges what a bundle finds."""
    query = select(Policy).where(
        Policy.workspace_id == workspace_id,
        Policy.bundle_sha256 == bundle_sha256,
        Policy.state == PolicyState.ACTIVE,
    )
    return session.scalar(query)


def all_active(session: Session, workspace_id: str) -> Sequence[Policy]:
    """Return the policies that are in force in a workspace, one per bundle."""
    mine = (Policy.workspace_id == workspace_id, Policy.state == PolicyState.ACTIVE)
    return session.scalars(select(Policy).where(*mine).order_by(Policy.number)).all()


def alike(session: Session, policy: Policy) -> frozenset[str]:
    """Return the ids of the workspace's policies that judge as this one does, itself among them."""
    columns = ("workspace_id", "bundle_sha256", "threshold", "abstain_low", "abstain_high",
               "smallest_face_px", "least_frames", "least_share")  # fmt: skip
    same = [getattr(Policy, name) == getattr(policy, name) for name in columns]
    return frozenset(session.scalars(select(Policy.id).where(*same)))


def approve(session: Session, policy_id: str, by: str, now: datetime) -> bool:
    """Put a draft in force; False when it is none any more. The one before has to be retired first."""
    draft = (Policy.id == policy_id, Policy.state == PolicyState.DRAFT)
    values = {"state": PolicyState.ACTIVE.value, "approver": by, "approved_at": now}
    changed = update(Policy).where(*draft).values(**values).returning(Policy.id)
    return session.scalar(changed) is not None


def retire(session: Session, policy_id: str, by: str, now: datetime) -> bool:
    """Retire a draft or the policy in force; False when it was retired already."""
    there = (Policy.id == policy_id, Policy.state != PolicyState.RETIRED)
    values = {"state": PolicyState.RETIRED.value, "retired_by": by, "retired_at": now}
    changed = update(Policy).where(*there).values(**values).returning(Policy.id)
    return session.scalar(changed) is not None


def redact(session: Session, policy_id: str, texts: Collection[PolicyText], redacted: Sequence[str]) -> None:
    """Erase texts of a policy; ``redacted`` names all that are gone then."""
    values: dict[str, Any] = {"redacted": list(redacted)}
    if PolicyText.NAME in texts:
        values["name"] = GONE
    if PolicyText.REASON in texts:
        values["reason"] = None
    session.execute(update(Policy).where(Policy.id == policy_id).values(**values))


def rule_of(policy: Policy) -> Rule:
    """Return what a policy sets."""
    return Rule(
        policy.threshold,
        policy.abstain_low,
        policy.abstain_high,
        Minimums(policy.smallest_face_px, policy.least_frames, policy.least_share),
    )
