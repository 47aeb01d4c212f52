"""A bundle's constants with the evidence for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.conclude import Rules
from measures.evidence import ratio_cap
from measures.metrics import Values, expected_calibration_error
from training.evaluation.bands import choose_band
from training.evaluation.calibrate import fit
from training.evaluation.comparisons import Comparison, balanced_weights
from training.evaluation.folds import Fold, OutOfFold, conclude_folds, fit_folds, out_of_fold
from training.evaluation.platt import CalibrationError, log_loss
from training.evaluation.records import FileRecord, Measured, fake_flags
from training.evaluation.regions import Policy
from training.evaluation.verdicts import (
    abstentions,
    alarm_faults,
    false_alarms,
    none_found,
    none_level,
    verdict_shares,
)

FITTED_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


@dataclasses.dataclass(frozen=True, slots=True)
class Constants:
    """What `calibrate` fitted, the policy with the share of its bounds that it came to, and the evidence."""

    rules: Rules
    policy: Policy
    evidence: dict[str, Any]


def calibrate(
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    policy: Policy,
    by_kind: bool = False,
) -> Constants:
    """Fit all constants to records. Raises `platt.CalibrationError`.

    With ``by_kind`` the evidence also compares this calibration with one of stills and one of videos alone.

    The threshold is fitted to the largest share of the bounds on false alarms with which they hold on the
    files that each fold leaves out; the region without signs is placed on the estimates of those. There is no
    such region where fakes are not shown to be rare in one that is placed without the file (`none_found`).
    """
    records = [record for record in records if record.error is None]
    weights = balanced_weights(records, comparisons)
    policy, unseen = policy_that_holds(records, comparisons, policy, fit_folds(records, comparisons))
    rules = fit(records, comparisons, policy)
    of_records = records, weights, unseen
    base_rate = rules.calibration.base_rate
    level = none_level(*of_records, base_rate, rules.decision.abstain_low)
    none = none_found(*of_records, level, base_rate)
    if none is None or not none["holds"]:
        level = none = None
    rules = dataclasses.replace(
        rules,
        calibration=dataclasses.replace(rules.calibration, llr_cap=_ratio_cap(records, weights, unseen)),
        decision=dataclasses.replace(rules.decision, none_below=level),
    )
    evidence = {
        "bands": choose_band(records, comparisons)[1],
        "cross_validated": _quality(records, weights, unseen.probability),
        **({"by_kind": _by_kind(records, weights, comparisons, policy, unseen)} if by_kind else {}),
        "verdicts": verdict_shares(*of_records),
        "false_alarms": false_alarms(records, comparisons, unseen),
        "none_found": none,
        "abstentions": abstentions(*of_records, rules.decision),
    }
    return Constants(rules, policy, evidence)


def calibration_document(
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    policy: Policy,
    measured: Measured,
    by_kind: bool = False,
) -> dict[str, Any]:
    """Return the constants, the evidence and the weights they belong to as JSON-compatible values."""
    found = calibrate(records, comparisons, policy, by_kind)
    return {
        "weights_sha256": measured.weights_sha256,
        "aggregation": dataclasses.asdict(found.rules.aggregation),
        "calibration": dataclasses.asdict(found.rules.calibration),
        "decision": dataclasses.asdict(found.rules.decision),
        "policy": dataclasses.asdict(found.policy),
        "evidence": found.evidence,
    }


def policy_that_holds(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], policy: Policy, folds: Sequence[Fold]
) -> tuple[Policy, OutOfFold]:
    """Return the policy with the largest share whose bounds hold out of fold, else the smallest."""
    for share in FITTED_SHARES:
        tried = dataclasses.replace(policy, fitted_share=share)
        unseen = conclude_folds(records, folds, tried)
        if not alarm_faults(false_alarms(records, comparisons, unseen), policy):
            break
    return tried, unseen


def _ratio_cap(records: Sequence[FileRecord], weights: Values, unseen: OutOfFold) -> float:
    rows = np.flatnonzero((weights > 0.0) & ~np.isnan(unseen.probability))
    return ratio_cap(fake_flags(records)[rows], [records[i].entry.group for i in rows.tolist()])


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
