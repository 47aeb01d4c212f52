"""Turning policies and previews into answers."""

from __future__ import annotations

from deepshield.api.schemas.base import NamedPolicy
from deepshield.api.schemas.policies import (
    DatasetPreview,
    OwnPreview,
    Policy,
    PolicyList,
    PolicyMinimums,
    PolicyPerson,
    PolicyPreview,
    PolicyRule,
    PreviewBin,
    PreviewRates,
    RuleInUse,
)
from deepshield.domain.datasets import Use
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.policies import PolicyState, PolicyText, Rule
from deepshield.domain.rechecks import Change
from deepshield.domain.roles import May
from deepshield.jobs import rule_in_use
from deepshield.persistence.repositories.policies import rule_of
from deepshield.policies import drafting, previewing


def policy_answer(owner: Owner, view: drafting.PolicyView) -> Policy:
    """Return a policy as it is answered to an account."""
    row = view.row

    def person(account: str) -> PolicyPerson:
        return PolicyPerson(id=account, email=view.people.get(account), mine=account == owner.id)

    return Policy(
        number=row.number,
        name=row.name,
        reason=row.reason,
        redacted=[PolicyText(one) for one in row.redacted or ()],
        base=row.base,
        state=PolicyState(row.state),
        rule=_rule(rule_of(row)),
        bundle=row.bundle,
        bundle_version=row.bundle_version,
        bundle_sha256=row.bundle_sha256,
        author=person(row.author),
        created_at=row.created_at,
        approver=person(row.approver) if row.approver else None,
        approved_at=row.approved_at,
        retired_by=person(row.retired_by) if row.retired_by else None,
        retired_at=row.retired_at,
        may_approve=view.obstacle is None,
        obstacle=view.obstacle,
    )


def list_answer(owner: Owner, found: drafting.PolicyList, limit: int) -> PolicyList:
    """Return a page of policies as it is answered to an account."""
    rows = found.policies
    return PolicyList(
        policies=[policy_answer(owner, one) for one in rows],
        in_use=_in_use(found.in_use),
        may_draft=owner.may(May.POLICIES),
        next_cursor=rows[-1].row.number if len(rows) == limit else None,
    )


def preview_answer(found: previewing.Preview) -> PolicyPreview:
    """Return a preview as it is answered."""
    return PolicyPreview(
        rule=_rule(found.rule),
        dataset=None if found.dataset is None else _on_dataset(found.dataset),
        own=_on_own(found.own),
        unknown=list(found.unknown),
    )


def _in_use(found: rule_in_use.RuleInUse) -> RuleInUse:
    policy, facts, own = found.policy, found.bundle.facts, found.bundle.own_rule
    return RuleInUse(
        by="policy" if policy else "bundle" if found.rule == own else "operator",
        policy=None if policy is None else NamedPolicy.model_validate(policy),
        rule=_rule(found.rule),
        least=PolicyMinimums.model_validate(own.minimums),
        bundle=facts.name,
        bundle_version=facts.version,
        bundle_sha256=facts.sha256,
    )


def _rule(rule: Rule) -> PolicyRule:
    return PolicyRule.model_validate(rule)


def _on_dataset(found: previewing.OnDataset) -> DatasetPreview:
    return DatasetPreview(
        dataset_id=found.dataset.id,
        dataset=found.dataset.name,
        number=found.version.number,
        split=found.split,
        used_for=[Use(one) for one in found.version.used_for],
        files=found.files,
        looked_at=found.looked_at,
        analysed=found.analysed,
        untold=found.untold,
        draft=PreviewRates.model_validate(found.draft),
        present=None if found.present is None else PreviewRates.model_validate(found.present),
        curve=[PreviewRates.model_validate(one) for one in found.curve],
    )


def _on_own(found: previewing.OnOwn) -> OwnPreview:
    number = len(found.bins)
    return OwnPreview(
        files=found.files,
        untold=found.untold,
        histogram=[
            PreviewBin(
                low=place / number,
                high=(place + 1) / number,
                manipulated=counts[Verdict.MANIPULATED],
                inconclusive=counts[Verdict.INCONCLUSIVE],
                no_signs=counts[Verdict.NO_SIGNS],
            )
            for place, counts in enumerate(found.bins)
        ],
        without_estimate=found.without_estimate,
        before=found.before,
        after=found.after,
        changed=found.files - found.changes[Change.SAME],
        changes=found.changes,
    )
