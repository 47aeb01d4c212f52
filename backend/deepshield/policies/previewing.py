"""What a rule would do: on a version of a data set, and on the workspace's own files.

Nothing is analysed again. The verdicts are computed from the estimates that analyses gave, by the engine's
own rule (`detector.ruling`), and where other minimums were asked for from what their results have of each
person (`rejudging`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.datasets.evaluating import media_of
from deepshield.datasets.reading import version_in
from deepshield.domain.datasets import Entry, Split
from deepshield.domain.intervals import Interval, wilson
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.policies import Minimums, Rule, Unknown
from deepshield.domain.rechecks import Change, change_of
from deepshield.domain.roles import May
from deepshield.jobs.rule_in_use import rule_in_use
from deepshield.jobs.served_bundle import ServedBundle, known_bundle, served_bundle
from deepshield.persistence.measurement import Dataset, DatasetVersion
from deepshield.persistence.repositories import datasets, estimates, policies
from deepshield.persistence.repositories.estimates import Estimate
from deepshield.policies.drafting import Wanted, checked_rule, found
from deepshield.policies.rejudging import Constants, rejudged
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

    files: int
    of: int

    @property
    def share(self) -> float | None:
        """None of nothing."""
        return self.files / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Each file is taken for independent."""
        return wilson(self.files, self.of)


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
    untold: int  # of these: what other minimums would change cannot be told, and they count in no rate
    draft: Rates
    present: Rates | None  # by the rule that the bundle's estimates are judged by now; None where unknown
    curve: Sequence[Rates]


@dataclass(frozen=True, slots=True)
class OnOwn:
    """What a rule does on the workspace's newest analyses by the model."""

    files: int
    untold: int  # left out of these: what other minimums would change cannot be told
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


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Labelled files, how many there are and were looked at, and what the model said of those it analysed."""

    dataset: Dataset
    version: DatasetVersion
    split: Split | None
    files: int
    looked_at: int
    pairs: Sequence[tuple[Entry, Estimate]]

    def estimates(self) -> Iterator[Estimate]:
        return (estimate for _, estimate in self.pairs)


class _Under:
    """What analyses by one bundle would have estimated with some minimums; None where that cannot be told."""

    def __init__(
        self,
        session: Session,
        found: Sequence[Estimate],
        judged: Mapping[str | None, Minimums | None],
        by: Constants | None,
        asked: Collection[Minimums],
    ) -> None:
        other = {one.job_id: one for one in found if {judged[one.policy_id]} != set(asked)}
        self._judged = judged
        self._told: dict[tuple[str, Minimums], Estimate | None] = {}
        for job_id, evidence in estimates.evidence(session, sorted(other) if by else ()):
            for minimums in asked:
                assert by is not None, "else nothing is read"
                self._told[job_id, minimums] = rejudged(other[job_id], evidence, minimums, by)

    def __call__(self, one: Estimate, minimums: Minimums) -> Estimate | None:
        if self._judged[one.policy_id] == minimums:
            return one
        return self._told.get((one.job_id, minimums))


def preview(resources: Resources, owner: Owner, wanted: Wanted | int, on: On | None = None) -> Preview:
    """Return what a rule, or the policy of a number, would do, without files that the account reads blind.

    Raises `DeepShieldError` ROLE_MISSING, NOT_FOUND for an unknown policy or version, VALIDATION_ERROR as
    `drafting.draft`, MODEL_NOT_AVAILABLE.
    """
    owner.need(May.POLICIES)
    served = served_bundle(resources)
    with resources.database.read() as session:
        hidden = read_blind(session, owner)
        if isinstance(wanted, int):
            row = found(policies.find(session, owner.workspace_id, wanted), wanted)
            rule, bundle = policies.rule_of(row), row.bundle_sha256
        else:
            rule, bundle = checked_rule(served, wanted), served.facts.sha256
        is_served = bundle == served.facts.sha256
        by = served if is_served else known_bundle(resources, session, bundle)
        present = _present(session, owner.workspace_id, bundle, by)
        labelled = None if on is None else _labelled(session, owner, on, bundle, hidden)
        newest = estimates.newest_of_workspace(
            session, owner.workspace_id, bundle, MOST_OF_OWN + 1, hidden=hidden
        )
        own = newest[:MOST_OF_OWN]
        judged_by = {one.policy_id for one in (*own, *(labelled.estimates() if labelled else ()))}
        rows = [None if one is None else policies.get(session, one) for one in judged_by]
        least = None if by is None else by.own_rule.minimums
        judged = {None: least} | {one.id: policies.rule_of(one).minimums for one in rows if one is not None}
        under = _Under(
            session,
            [*own, *(labelled.estimates() if labelled else ())],
            defaultdict(lambda: least, judged),
            Constants.of_manifest(served.manifest) if is_served else None,
            {rule.minimums, present.minimums} if labelled and present else {rule.minimums},
        )
    told = None if labelled is None else _on_dataset(labelled, under, rule, present)
    mine = _on_own(own, under, rule)
    unknown = set[Unknown]()
    if mine.untold or (told is not None and told.untold):
        unknown.add(Unknown.MINIMUMS)
    if len(newest) > len(own) or (told is not None and told.looked_at < told.files):
        unknown.add(Unknown.SAMPLED)
    if told is not None and told.analysed < told.looked_at:
        unknown.add(Unknown.NOT_ANALYSED)
    return Preview(rule, told, mine, sorted(unknown))


def _present(session: Session, workspace_id: str, sha256: str, bundle: ServedBundle | None) -> Rule | None:
    """Return the rule that a bundle's estimates are judged by now; None where nobody knows."""
    if bundle is not None:
        return rule_in_use(session, bundle, workspace_id).rule
    policy = policies.active(session, workspace_id, sha256)
    return None if policy is None else policies.rule_of(policy)


def _labelled(
    session: Session, owner: Owner, on: On, bundle_sha256: str, hidden: Collection[str]
) -> _Labelled:
    dataset, version = version_in(session, owner.workspace_id, on.dataset_id, on.number)
    entries = [one for one in datasets.entries(session, version.id, on.split) if one.media_id not in hidden]
    looked_at = entries[:MOST_OF_DATASET]
    known = estimates.of_files(session, media_of(looked_at), bundle_sha256)
    pairs = [(one, known[one.sha256]) for one in looked_at if one.sha256 in known]
    return _Labelled(dataset, version, on.split, len(entries), len(looked_at), pairs)


def _on_dataset(found: _Labelled, under: _Under, draft: Rule, present: Rule | None) -> OnDataset:
    def by(rule: Rule) -> list[tuple[Entry, Estimate]]:
        told = [(entry, under(estimate, rule.minimums)) for entry, estimate in found.pairs]
        return [(entry, estimate) for entry, estimate in told if estimate is not None]

    pairs = by(draft)
    return OnDataset(
        dataset=found.dataset,
        version=found.version,
        split=found.split,
        files=found.files,
        looked_at=found.looked_at,
        analysed=len(found.pairs),
        untold=len(found.pairs) - len(pairs),
        draft=_rates(pairs, _band(draft)),
        present=None if present is None else _rates(by(present), _band(present)),
        curve=_curve(pairs, _band(draft)),
    )


def verdict_under(estimate: Estimate, band: Band) -> Verdict:
    """Return the verdict that an analysis would have given with another threshold and band."""
    if estimate.probability is None:
        return Verdict(estimate.verdict)
    return _VERDICTS[ruled(estimate.probability, band, weak=estimate.weak, carried=estimate.carried)]


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


def _on_own(own: Sequence[Estimate], under: _Under, rule: Rule) -> OnOwn:
    told = [one for one in (under(estimate, rule.minimums) for estimate in own) if one is not None]
    band = _band(rule)
    bins: list[dict[Verdict, int]] = [dict.fromkeys(Verdict, 0) for _ in range(BINS)]
    before, after, changes = Counter[Verdict](), Counter[Verdict](), Counter[Change]()
    without = 0
    for one in told:
        was, would = Verdict(one.verdict), verdict_under(one, band)
        before[was] += 1
        after[would] += 1
        changes[change_of(was.value, would.value)] += 1
        if one.probability is None:
            without += 1
        else:
            bins[min(BINS - 1, int(one.probability * BINS))][was] += 1
    return OnOwn(
        len(told),
        len(own) - len(told),
        bins,
        without,
        {verdict: before[verdict] for verdict in Verdict},
        {verdict: after[verdict] for verdict in Verdict},
        {change: changes[change] for change in Change},
    )
