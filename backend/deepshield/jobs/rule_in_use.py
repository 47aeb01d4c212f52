"""By which rule a workspace's files are judged now: its policy's, else the operator's, else the bundle's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.policies import PolicyTask, Rule, Yardstick
from deepshield.jobs.served_bundle import ServedBundle
from deepshield.persistence.measurement import Policy
from deepshield.persistence.repositories import policies
from deepshield.persistence.workbench import Medium


@dataclass(frozen=True, slots=True)
class RuleInUse:
    """The served bundle and the rule that its estimates are judged by in a workspace."""

    bundle: ServedBundle
    policy: Policy | None
    rule: Rule
    yardstick: Yardstick


def rule_in_use(session: Session, bundle: ServedBundle, workspace_id: str | None) -> RuleInUse:
    """Return the rule of a workspace, or of visitors (None), for the served bundle.

    That is asked for before a session is opened: it may need one of its own.
    """
    sha256 = bundle.facts.sha256
    policy = None if workspace_id is None else policies.active(session, workspace_id, sha256)
    if policy is None:
        return RuleInUse(bundle, None, bundle.rule, Yardstick(sha256, bundle.threshold))
    alike = policies.alike(session, policy)
    return RuleInUse(bundle, policy, policies.rule_of(policy), Yardstick(sha256, policy.threshold, alike))


def is_judged(session: Session, bundle: ServedBundle, medium: Medium) -> bool:
    """Return whether the newest analysis of a file was by the served bundle and the rule in use."""
    yardstick = rule_in_use(session, bundle, medium.workspace_id).yardstick
    return yardstick.is_met(medium.bundle_sha256, medium.threshold, medium.policy_id)


def task_of(policy: Policy) -> PolicyTask:
    """Return a policy as an analysing process is told it."""
    return PolicyTask(policy.id, policy.number, policy.name, policy.bundle_sha256, policies.rule_of(policy))
