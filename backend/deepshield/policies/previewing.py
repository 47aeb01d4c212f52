"""What a rule would do: on a version of a data set, and on the workspace's own files.

Nothing is analysed again. The verdicts are computed from the estimates that analyses gave, by the engine's
own rule (`detector.ruling`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deepshield.datasets.reading import version_in
from deepshield.domain.datasets import Entry, Split
from deepshield.domain.intervals import Interval, wilson
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.policies import Minimums, Rule, Unknown, bundle_rule
from deepshield.domain.rechecks import Change, change_of
from deepshield.domain.roles import May
from deepshield.jobs.rule_in_use import RuleInUse, rule_in_use
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.measurement import Dataset, DatasetVersion
from deepshield.persistence.repositories import datasets, estimates, policies
from deepshield.persistence.repositories.estimates import Estimate
from deepshield.policies.drafting import Wanted, checked_rule, found
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind
from detector.ruling import Band, Ruling, ruled

MOST_OF_DATASET = 5000
MOST_OF_OWN = 2000
BINS = 50
POINTS = 101
_VERDICTS = {
    Ruling.MANIPULATED: Verdict.MANIPULATED,
    Ruling.NO_SIGNS: Verdict.NO_SIGNS,
    Ruling.IN_BAND: Verdict.INCONCLUSIVE,
    Ruling.WEAK: Verdict.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class On:
    """The version of a data set, or a split of it, that a rule is tried on."""

    dataset_id: str
    number: int
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of how many files, with Wilson's 95 % interval of the share."""

    number: int
    of: int

    @property
    def share(self) -> float | None:
        """None of nothing."""
        return self.number / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Each file is taken for independent."""
        return wilson(self.number, self.of)


@dataclass(frozen=True, slots=True)
class Rates:
    """Real files called manipulated, fakes of which no signs were found, and all that are inconclusive."""

    threshold: float
    false_alarms: Rate
    misses: Rate
    abstained: Rate


@dataclass(frozen=True, slots=True)
class OnDataset:
    """What a rule does on labelled files."""

    dataset: Dataset
    version: DatasetVersion
    split: Split | None
    files: int
    looked_at: int
    analysed: int
    draft: Rates
    present: Rates
    curve: Sequence[Rates]


@dataclass(frozen=True, slots=True)
class OnOwn:
    """What a rule does on the workspace's newest analyses by the model."""

    files: int
    bins: Sequence[dict[Verdict, int]]  # of equal width over [0, 1], by the verdict that was given
    without_estimate: int
    before: dict[Verdict, int]
    after: dict[Verdict, int]
    changes: dict[Change, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do, and what cannot be said of it."""

    rule: Rule
    dataset: OnDataset | None
    own: OnOwn
    unknown: Sequence[Unknown]


def preview(resources: Resources, owner: Owner, wanted: Wanted | int, on: On | None = None) -> Preview:
    """Return what a rule, or the policy of a number, would do, without files that the account reads blind.

    Raises `DeepShieldError` ROLE_MISSING, NOT_FOUND for an unknown policy or version, VALIDATION_ERROR as
    `drafting.draft`, MODEL_NOT_AVAILABLE.
    """
    owner.need(May.POLICIES)
    served, unknown = served_bundle(resources), set[Unknown]()
    with resources.database.read() as session:
        in_use = rule_in_use(session, served, owner.workspace_id)
        hidden = read_blind(session, owner)
        if isinstance(wanted, int):
            row = found(policies.find(session, owner.workspace_id, wanted), wanted)
            rule, bundle = policies.rule_of(row), row.bundle_sha256
        else:
            rule, bundle = checked_rule(in_use.bundle, wanted), in_use.bundle.facts.sha256
        labelled: list[tuple[Entry, Estimate]] = []
        of_version: tuple[Dataset, DatasetVersion, list[Entry]] | None = None
        if on is not None:
            dataset, version = version_in(session, owner.workspace_id, on.dataset_id, on.number)
            entries = [
                one for one in datasets.entries(session, version.id, on.split) if one.media_id not in hidden
            ]
            of_version = dataset, version, entries
            looked_at = entries[:MOST_OF_DATASET]
            known = estimates.of_files(session, {one.sha256: one.media_id for one in looked_at}, bundle)
            labelled = [(one, known[one.sha256]) for one in looked_at if one.sha256 in known]
            if len(looked_at) < len(entries):
                unknown.add(Unknown.SAMPLED)
            if len(labelled) < len(looked_at):
                unknown.add(Unknown.NOT_ANALYSED)
        own = estimates.newest_of_workspace(
            session, owner.workspace_id, bundle, MOST_OF_OWN + 1, hidden=hidden
        )
        if len(own) > MOST_OF_OWN:
            unknown.add(Unknown.SAMPLED)
            own = own[:MOST_OF_OWN]
        judged_by = {one.policy_id for one in (*own, *(estimate for _, estimate in labelled))}
        rows = [None if one is None else policies.get(session, one) for one in judged_by]
        others = {_minimums(in_use) if one is None else policies.rule_of(one).minimums for one in rows}
    if others - {rule.minimums}:
        unknown.add(Unknown.MINIMUMS)
    told = None
    if on is not None and of_version is not None:
        dataset, version, entries = of_version
        told = OnDataset(
            dataset=dataset,
            version=version,
            split=on.split,
            files=len(entries),
            looked_at=min(len(entries), MOST_OF_DATASET),
            analysed=len(labelled),
            draft=_rates(labelled, _band(rule)),
            present=_rates(labelled, _band(in_use.rule)),
            curve=_curve(labelled, _band(rule)),
        )
    return Preview(rule, told, _on_own(own, _band(rule)), sorted(unknown))


def verdict_under(estimate: Estimate, band: Band) -> Verdict:
    """Return the verdict that an analysis would have given with another threshold and band."""
    if estimate.probability is None:
        return Verdict(estimate.verdict)
    return _VERDICTS[ruled(estimate.probability, band, weak=estimate.weak, carried=estimate.carried)]


def _minimums(in_use: RuleInUse) -> Minimums:
    return bundle_rule(in_use.bundle.manifest["decision"]).minimums


def _band(rule: Rule) -> Band:
    return Band(rule.abstain_low, rule.threshold, rule.abstain_high)


def _rates(labelled: Sequence[tuple[Entry, Estimate]], band: Band) -> Rates:
    said = [(entry.fake, verdict_under(estimate, band)) for entry, estimate in labelled]
    fakes = sum(fake for fake, _ in said)
    return Rates(
        band.threshold,
        Rate(sum(not fake and verdict is Verdict.MANIPULATED for fake, verdict in said), len(said) - fakes),
        Rate(sum(fake and verdict is Verdict.NO_SIGNS for fake, verdict in said), fakes),
        Rate(sum(verdict is Verdict.INCONCLUSIVE for _, verdict in said), len(said)),
    )


def _curve(labelled: Sequence[tuple[Entry, Estimate]], band: Band) -> list[Rates]:
    """Return the rates at thresholds from 0 to 1, the band keeping its distances to them."""
    return [_rates(labelled, band.at(place / (POINTS - 1))) for place in range(POINTS)]


def _on_own(own: Sequence[Estimate], band: Band) -> OnOwn:
    bins: list[dict[Verdict, int]] = [dict.fromkeys(Verdict, 0) for _ in range(BINS)]
    before, after, changes = Counter[Verdict](), Counter[Verdict](), Counter[Change]()
    without = 0
    for one in own:
        was, would = Verdict(one.verdict), verdict_under(one, band)
        before[was] += 1
        after[would] += 1
        changes[change_of(was.value, would.value)] += 1
        if one.probability is None:
            without += 1
        else:
            bins[min(BINS - 1, int(one.probability * BINS))][was] += 1
    return OnOwn(
        len(own),
        bins,
        without,
        {verdict: before[verdict] for verdict in Verdict},
        {verdict: after[verdict] for verdict in Verdict},
        {change: changes[change] for change in Change},
    )
