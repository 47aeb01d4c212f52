"""From records to the constants of a bundle.

The constants are fitted on all files, because that is the best that the files can give; how good they are is
measured by cross-validation over groups (`folds`), with everything fitted anew in each fold.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from detector.aggregate import AggregationRule
from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Rules
from measures.metrics import Flags, Values, upper_quantile
from training.evaluation.bands import choose_band, frame_spread
from training.evaluation.comparisons import Comparison, balanced_weights
from training.evaluation.platt import CalibrationError, fit_platt
from training.evaluation.records import FileRecord, conclude, default_rules, fake_flags, traces_of
from training.evaluation.regions import EVEN, Judged, Policy, decision_rule

_TAIL = (0.1, 0.05, 0.02)  # shares of authentic people above the quantiles that the spread is fitted to
_LEAST_SPREAD = 1e-3
_UNDECIDED = DecisionRule(threshold=EVEN, abstain_low=EVEN, abstain_high=EVEN)


def fit(records: Sequence[FileRecord], comparisons: Sequence[Comparison], policy: Policy) -> Rules:
    """Fit all constants but where the region without signs begins. Raises `platt.CalibrationError`."""
    rules = fit_estimates(records, comparisons)
    return dataclasses.replace(rules, decision=decision_rule(judge(records, comparisons, rules), policy))


def fit_estimates(records: Sequence[FileRecord], comparisons: Sequence[Comparison]) -> Rules:
    """Fit aggregation and calibration; verdicts are at even odds. Raises `platt.CalibrationError`."""
    band, _ = choose_band(records, comparisons)
    weights = balanced_weights(records, comparisons)
    start = dataclasses.replace(default_rules(of=traces_of(records)), decision=_UNDECIDED)
    aggregation = _fit_aggregation(records, weights, dataclasses.replace(start, aggregation=band))
    logits, fake, weight = _scored(records, weights, dataclasses.replace(start, aggregation=aggregation))
    # Faces rendered whole by a network often score lower than photographs, so what lies below an authentic
    # file's usual logit says no more than that logit does.
    floor = upper_quantile(logits[~fake], weight[~fake], 0.5)
    slope, intercept = fit_platt(np.maximum(logits, floor), fake, weight)
    files = int(np.count_nonzero(weight))
    calibration = Calibration(slope, intercept, EVEN, files, frame_spread(records), floor)
    return dataclasses.replace(start, aggregation=aggregation, calibration=calibration)


def judge(records: Sequence[FileRecord], comparisons: Sequence[Comparison], rules: Rules) -> Judged:
    """Return the files that show a face as the regions of the verdicts are fitted to them."""
    concluded = [conclude(record, rules) for record in records]
    seen = np.flatnonzero([one.logit is not None for one in concluded])
    estimates = [rules.calibration.probability(concluded[i].logit or 0.0) for i in seen.tolist()]
    sufficient = [concluded[i].decision.probability is not None for i in seen.tolist()]
    place = np.full(len(records), -1)
    place[seen] = np.arange(len(seen))
    fake = fake_flags(records)
    members = [comparison.members(records) for comparison in comparisons]
    return Judged(
        np.asarray(estimates, np.float64),
        fake[seen],
        balanced_weights(records, comparisons)[seen],
        np.asarray(sufficient, np.bool_),
        tuple(place[rows[~fake[rows] & (place[rows] >= 0)]] for rows in members),
    )


def _fit_aggregation(records: Sequence[FileRecord], weights: Values, rules: Rules) -> AggregationRule:
    """Fit what absence, and the number of people, are held against: what authentic media score."""
    plain = dataclasses.replace(rules.aggregation, presence_frames=0.0)
    unpulled = dataclasses.replace(rules, aggregation=plain)
    logits, fake, weight = _scored(records, weights, unpulled)
    if fake.all():
        raise CalibrationError("files of both classes are needed to calibrate")
    authentic = float(np.average(logits[~fake], weights=weight[~fake]))
    median, tail = _authentic_people(records, weights, unpulled)
    return dataclasses.replace(
        rules.aggregation, authentic_logit=authentic, authentic_median=median, authentic_spread=tail
    )


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
