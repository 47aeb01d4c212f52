"""From records to the constants of a bundle.

The constants are fitted on all files, because that is the best that the files can give; how good they are is
measured by cross-validation over groups, with everything fitted anew in each fold.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Conclusion, Rules
from detector.contracts import Verdict
from measures.metrics import Flags, Values, expected_calibration_error, upper_quantile
from training.evaluation.bands import choose_band, frame_spread
from training.evaluation.comparisons import Comparison, balanced_weights
from training.evaluation.platt import CalibrationError, fit_platt, group_folds, log_loss
from training.evaluation.records import FileRecord, Measured, conclude, default_rules, fake_flags, traces_of

FOLDS = 10
FALSE_ALARMS = 0.05  # of authentic media, each comparison counting alike
LEAST_ABSTAINED = 0.1  # of all files: a band that holds fewer separates no doubtful ones
_EVEN = 0.5
_TAIL = (0.1, 0.05, 0.02)  # shares of authentic people above the quantiles that the spread is fitted to
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True, slots=True)
class Policy:
    """Requirements on the verdicts."""

    false_alarms: float = FALSE_ALARMS
    least_abstained: float = LEAST_ABSTAINED


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Each record's conclusion by rules fitted without its group; NaN where no face was scored."""

    conclusions: list[Conclusion]
    probability: Values


def fit(
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    policy: Policy,
) -> Rules:
    """Fit all constants. Raises `platt.CalibrationError`."""
    band, _ = choose_band(records, comparisons)
    weights = balanced_weights(records, comparisons)
    start = default_rules(of=traces_of(records))
    spread = frame_spread(records)
    plain = dataclasses.replace(band, presence_frames=0.0)
    present, fake, weight = _scored(records, weights, dataclasses.replace(start, aggregation=plain))
    if fake.all():
        raise CalibrationError("files of both classes are needed to calibrate")
    authentic = float(np.average(present[~fake], weights=weight[~fake]))
    median, tail = _authentic_people(records, weights, dataclasses.replace(start, aggregation=plain))
    aggregation = dataclasses.replace(
        band, authentic_logit=authentic, authentic_median=median, authentic_spread=tail
    )
    logits, fake, weight = _scored(records, weights, dataclasses.replace(start, aggregation=aggregation))
    # Faces rendered whole by a network often score lower than photographs, so what lies below an authentic
    # file's usual logit says no more than that logit does.
    floor = upper_quantile(logits[~fake], weight[~fake], 0.5)
    slope, intercept = fit_platt(np.maximum(logits, floor), fake, weight)
    calibration = Calibration(slope, intercept, _EVEN, int(np.count_nonzero(weight)), spread, floor)
    estimates = np.asarray([calibration.probability(logit) for logit in logits.tolist()])
    decision = decision_rule(estimates, fake, weight, policy)
    return Rules(start.crop, aggregation, calibration, decision, start.traces)


def decision_rule(estimates: Values, fake: Flags, weights: Values, policy: Policy) -> DecisionRule:
    """Place the threshold by its false alarms, and the abstain band below it.

    The threshold is the lowest one from even odds up that flags at most ``policy.false_alarms`` of the reals.
    The band reaches from there down to even odds, so that no file that is more likely manipulated than not is
    called free of signs, and further down while it holds less than ``policy.least_abstained`` of the files.
    """
    threshold = max(_EVEN, upper_quantile(estimates[~fake], weights[~fake], policy.false_alarms))
    below = estimates < threshold
    share = policy.least_abstained * weights.sum() / max(float(weights[below].sum()), 1e-9)
    low = min(_EVEN, upper_quantile(estimates[below], weights[below], share)) if below.any() else _EVEN
    return DecisionRule(threshold=threshold, abstain_low=low, abstain_high=threshold)


def out_of_fold(
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    policy: Policy,
    seed: int = 0,
) -> OutOfFold:
    """Fit without each fold's groups and conclude on them."""
    entries = [record.entry for record in records]
    folds = group_folds([entry.dataset for entry in entries], [entry.group for entry in entries], FOLDS, seed)
    conclusions: dict[int, Conclusion] = {}
    probability = np.full(len(records), np.nan)
    for fold in range(FOLDS):
        inside = np.flatnonzero(folds == fold)
        rules = fit([records[i] for i in np.flatnonzero(folds != fold).tolist()], comparisons, policy)
        for row in inside.tolist():
            conclusions[row] = conclude(records[row], rules)
            logit = conclusions[row].logit
            if logit is not None:
                probability[row] = rules.calibration.probability(logit)
    return OutOfFold([conclusions[row] for row in range(len(records))], probability)


def calibrate(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], policy: Policy
) -> tuple[Rules, dict[str, Any]]:
    """Return the rules and the evidence for them."""
    records = [record for record in records if record.error is None]
    rules = fit(records, comparisons, policy)
    weights = balanced_weights(records, comparisons)
    unseen = out_of_fold(records, comparisons, policy)
    evidence = {
        "bands": choose_band(records, comparisons)[1],
        "cross_validated": _quality(records, weights, unseen.probability),
        "by_kind": _by_kind(records, weights, comparisons, policy, unseen),
        "verdicts": _verdicts(records, weights, unseen),
    }
    return rules, evidence


def calibration_document(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], policy: Policy, measured: Measured
) -> dict[str, Any]:
    """Return the rules, the evidence for them and the weights they belong to as JSON-compatible values."""
    rules, evidence = calibrate(records, comparisons, policy)
    return {
        "weights_sha256": measured.weights_sha256,
        "aggregation": dataclasses.asdict(rules.aggregation),
        "calibration": dataclasses.asdict(rules.calibration),
        "decision": dataclasses.asdict(rules.decision),
        "policy": dataclasses.asdict(policy),
        "evidence": evidence,
    }


def _authentic_people(records: Sequence[FileRecord], weights: Values, rules: Rules) -> tuple[float, float]:
    """Return median and spread of the logistic distribution that authentic people's logits follow above it.

    Files of several people show only the highest one and are left out. The spread is the largest that one of
    the upper quantiles asks for: a tail taken too light would give crowds more false alarms than portraits.
    """
    rows = [
        (r, w) for r, w in zip(records, weights.tolist(), strict=True) if len(r.persons) == 1 and not r.fake
    ]
    counted = np.asarray([w for _, w in rows], np.float64)
    if not counted.any():
        return rules.aggregation.authentic_median, rules.aggregation.authentic_spread
    logits, _, weight = _scored([r for r, _ in rows], counted, rules)
    median = upper_quantile(logits, weight, 0.5)
    spreads = [
        (upper_quantile(logits, weight, share) - median) / math.log((1.0 - share) / share) for share in _TAIL
    ]
    return median, max(*spreads, _LEAST_SPREAD)


def _scored(records: Sequence[FileRecord], weights: Values, rules: Rules) -> tuple[Values, Flags, Values]:
    """Return logit, label and weight of the records that have a face and count.

    Raises `platt.CalibrationError` when there is none.
    """
    rows = [
        (conclude(r, rules).logit, r.fake, w)
        for r, w in zip(records, weights.tolist(), strict=True)
        if w > 0.0
    ]
    rows = [row for row in rows if row[0] is not None]
    if not rows:
        raise CalibrationError("no file of a counted comparison shows a face that was scored")
    logits, fake, weight = (np.asarray(column) for column in zip(*rows, strict=True))
    return logits.astype(np.float64), fake, weight


def _quality(records: Sequence[FileRecord], weights: Values, probability: Values) -> dict[str, float]:
    rows = np.flatnonzero((weights > 0.0) & ~np.isnan(probability))
    fake = fake_flags(records)[rows]
    return {
        "ece": expected_calibration_error(probability[rows], fake, weights[rows]),
        "log_loss": log_loss(probability[rows], fake, weights[rows]),
        "files": len(rows),
    }


def _by_kind(
    records: Sequence[FileRecord],
    weights: Values,
    comparisons: Sequence[Comparison],
    policy: Policy,
    shared: OutOfFold,
) -> dict[str, Any]:
    """Compare one calibration for stills and videos with one for each, on groups that neither has seen."""
    report = {}
    for kind in ("image", "video"):
        rows = [i for i, record in enumerate(records) if record.entry.kind == kind]
        mine, weight = [records[i] for i in rows], weights[rows]
        if len({record.fake for record, w in zip(mine, weight.tolist(), strict=True) if w > 0.0}) < 2:
            continue
        report[kind] = {"shared": _quality(mine, weight, shared.probability[rows])}
        try:
            alone = out_of_fold(mine, comparisons, policy)
        except CalibrationError:
            continue  # too little in this kind alone to stand on
        report[kind]["alone"] = _quality(mine, weight, alone.probability)
    return report


def _verdicts(records: Sequence[FileRecord], weights: Values, unseen: OutOfFold) -> dict[str, float]:
    """Return balanced shares of verdicts among files with a face, and how often a verdict was right."""
    said = np.asarray([conclusion.decision.verdict.value for conclusion in unseen.conclusions])
    fake = fake_flags(records)
    faces = (weights > 0.0) & ~np.isnan(unseen.probability)
    forced = (unseen.probability >= _EVEN) == fake
    flagged, decided = said == Verdict.MANIPULATED.value, said != Verdict.INCONCLUSIVE.value

    def share(what: Flags, among: Flags) -> float:
        return float(weights[what & among].sum() / max(weights[among].sum(), 1e-9))

    return {
        "flagged_real": share(flagged, faces & ~fake),
        "flagged_fake": share(flagged, faces & fake),
        "abstained": share(~decided, faces),
        "accuracy_at_even_odds": share(forced, faces),
        "accuracy_of_verdicts": share(flagged == fake, faces & decided),
    }
