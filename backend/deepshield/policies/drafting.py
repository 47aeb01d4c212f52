"""Drafting policies, and reading them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.policies import MOST, Minimums, Obstacle, PolicyState, Rule
from deepshield.domain.roles import May
from deepshield.jobs.rule_in_use import RuleInUse, rule_in_use
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.persistence.measurement import Policy
from deepshield.persistence.repositories import audit, policies, users, workspaces
from deepshield.resources import Resources
from deepshield.workspaces.standing import locked


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a draft is to be; without ``minimums`` they are the bundle's."""

    name: str
    threshold: float
    abstain_low: float
    abstain_high: float
    minimums: Minimums | None = None
    reason: str | None = None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy, the addresses of people by their ids, and why the account cannot approve it."""

    row: Policy
    people: dict[str, str]
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True)
class PolicyList:
    """A page of a workspace's policies, the newest first, and the rule in use."""

    policies: Sequence[PolicyView]
    in_use: RuleInUse


def draft(
    resources: Resources,
    owner: Owner,
    wanted: Wanted,
    within: Callable[[Session, PolicyView], None] | None = None,
) -> PolicyView:
    """Draft a policy for the served bundle; a draft is never edited, a better one has its own number.

    ``within`` is called with it before the transaction commits. Raises `DeepShieldError` ROLE_MISSING,
    NOT_FOUND for an unknown base, VALIDATION_ERROR for a rule that gives no verdicts or asks for less
    presence than the bundle was measured with, TOO_MANY, MODEL_NOT_AVAILABLE.
    """
    owner.need(May.POLICIES)
    bundle, now = served_bundle(resources), resources.clock()
    rule = checked_rule(bundle, wanted)
    with resources.database.write() as session:
        if owner.is_at_home:
            workspaces.ensure_personal(session, owner.id, now)
        locked(session, owner, owner.workspace_id, May.POLICIES)
        if wanted.base is not None:
            found(policies.find(session, owner.workspace_id, wanted.base), wanted.base)
        number = next_number(session, owner.workspace_id)
        row = Policy(
            id=str(uuid.uuid4()),
            workspace_id=owner.workspace_id,
            number=number,
            bundle_sha256=bundle.facts.sha256,
            bundle=bundle.facts.name,
            bundle_version=bundle.facts.version,
            name=wanted.name.strip(),
            reason=wanted.reason,
            threshold=rule.threshold,
            abstain_low=rule.abstain_low,
            abstain_high=rule.abstain_high,
            smallest_face_px=rule.minimums.smallest_face_px,
            least_frames=rule.minimums.least_frames,
            least_share=rule.minimums.least_share,
            base=wanted.base,
            state=PolicyState.DRAFT.value,
            author=owner.id,
            created_at=now,
        )
        policies.add(session, row)
        details = {
            "number": number,
            "name": Erasable(row.name),
            "reason": None if row.reason is None else Erasable(row.reason),
            "threshold": rule.threshold,
            "base": wanted.base,
        }
        audit.record(session, "policy.drafted", now, actor=owner.id, subject=row.id, details=details)
        view = view_of(session, owner, row)
        if within is not None:
            within(session, view)
    return view


def next_number(session: Session, workspace_id: str) -> int:
    """Return the number of a locked workspace's next policy; raises `DeepShieldError` TOO_MANY."""
    number = policies.next_number(session, workspace_id)
    if number > MOST:
        raise DeepShieldError(Code.TOO_MANY, f"A workspace has {MOST} policies at most.", limit=MOST)
    return number


def checked_rule(bundle: ServedBundle, wanted: Wanted) -> Rule:
    """Return the rule that a draft asks for; raises `DeepShieldError` VALIDATION_ERROR as `draft`."""
    own = bundle.own_rule.minimums
    rule = Rule(wanted.threshold, wanted.abstain_low, wanted.abstain_high, wanted.minimums or own)
    fault = rule.fault()
    asked = rule.minimums
    if asked.smallest_face_px < own.smallest_face_px:
        fault = f"Faces below {own.smallest_face_px:g} px were never measured. Ask for at least that."
    elif asked.least_frames < own.least_frames:
        fault = f"Fewer than {own.least_frames} frames were never measured. Ask for at least that."
    elif asked.least_share < own.least_share:
        fault = f"Less than {own.least_share:.0%} of what was seen was never measured. Ask for at least that."
    if fault is not None:
        raise DeepShieldError(Code.VALIDATION_ERROR, fault)
    return rule


def list_policies(resources: Resources, owner: Owner, below: int | None, limit: int) -> PolicyList:
    """Return the workspace's policies below a number; raises ROLE_MISSING, MODEL_NOT_AVAILABLE."""
    owner.need(May.READ)
    bundle = served_bundle(resources)
    with resources.database.read() as session:
        rows = policies.page(session, owner.workspace_id, below, limit)
        in_use = rule_in_use(session, bundle, owner.workspace_id)
        people = _people(session, rows)
    return PolicyList([PolicyView(row, people, obstacle_to(owner, row)) for row in rows], in_use)


def find_policy(resources: Resources, owner: Owner, number: int) -> PolicyView:
    """Return a policy of the workspace; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        return view_of(session, owner, found(policies.find(session, owner.workspace_id, number), number))


def view_of(session: Session, owner: Owner, row: Policy) -> PolicyView:
    """Return a policy as an account has it."""
    return PolicyView(row, _people(session, [row]), obstacle_to(owner, row))


def obstacle_to(owner: Owner, row: Policy) -> Obstacle | None:
    """Return why an account cannot approve a policy; None when it can."""
    if not owner.may(May.POLICIES):
        return Obstacle.ROLE
    if row.state == PolicyState.ACTIVE:
        return Obstacle.IN_FORCE
    if row.state == PolicyState.RETIRED and row.approved_at is None:
        return Obstacle.WITHDRAWN
    if owner.is_at_home:
        return Obstacle.PERSONAL
    return Obstacle.OWN if row.author == owner.id else None


def found(row: Policy | None, number: int) -> Policy:
    """Return the row, or raise `DeepShieldError` NOT_FOUND."""
    if row is None:
        raise DeepShieldError(Code.NOT_FOUND, f"There is no policy {number} in this workspace.")
    return row


def _people(session: Session, rows: Sequence[Policy]) -> dict[str, str]:
    return users.emails(session, {one for row in rows for one in (row.author, row.approver, row.retired_by)})
