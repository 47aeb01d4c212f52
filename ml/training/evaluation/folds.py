"""Conclusions about each file by rules that were fitted without its group."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.conclude import Conclusion, Rules
from measures.metrics import Values
from training.evaluation.calibrate import fit_estimates, judge
from training.evaluation.comparisons import Comparison
from training.evaluation.platt import group_folds
from training.evaluation.records import FileRecord, conclude
from training.evaluation.regions import Judged, Policy, decision_rule
from training.evaluation.traces import scaled, scales_without
from training.labelled.scale import Scale

FOLDS = 10


@dataclass(frozen=True, slots=True)
class Fold:
    """The places of the files that were left out, what was fitted to the others, and those others."""

    inside: NDArray[np.int64]
    rules: Rules  # the verdicts' regions are not fitted yet
    others: Judged
    scales: tuple[Scale, ...] = ()  # of each trace; none where they need not be fitted


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Each record's conclusion by rules fitted without its group; arrays are ``(N,)``."""

    conclusions: list[Conclusion]
    probability: Values  # NaN where no face was scored
    fold: NDArray[np.int64]  # which of the folds left the record out


def fit_folds(records: Sequence[FileRecord], comparisons: Sequence[Comparison], seed: int = 0) -> list[Fold]:
    """Fit the estimates, and the scales of several traces, without each fold's groups.

    Raises `platt.CalibrationError`.
    """
    entries = [record.entry for record in records]
    folds = group_folds([entry.dataset for entry in entries], [entry.group for entry in entries], FOLDS, seed)
    fitted = []
    for fold, scales in enumerate(scales_without(records, comparisons, [folds == k for k in range(FOLDS)])):
        others = [_scaled(records[i], scales) for i in np.flatnonzero(folds != fold).tolist()]
        rules = fit_estimates(others, comparisons)
        fitted.append(Fold(np.flatnonzero(folds == fold), rules, judge(others, comparisons, rules), scales))
    return fitted


def conclude_folds(records: Sequence[FileRecord], folds: Sequence[Fold], policy: Policy) -> OutOfFold:
    """Fit the regions in each fold by a policy, and conclude on the files that it left out."""
    conclusions: dict[int, Conclusion] = {}
    probability, left_out_by = np.full(len(records), np.nan), np.zeros(len(records), np.int64)
    for place, fold in enumerate(folds):
        left_out_by[fold.inside] = place
        rules = dataclasses.replace(fold.rules, decision=decision_rule(fold.others, policy))
        for row in fold.inside.tolist():
            conclusions[row] = conclude(_scaled(records[row], fold.scales), rules)
            logit = conclusions[row].logit
            if logit is not None:
                probability[row] = rules.calibration.probability(logit)
    return OutOfFold([conclusions[row] for row in range(len(records))], probability, left_out_by)


def out_of_fold(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], policy: Policy, seed: int = 0
) -> OutOfFold:
    """Fit without each fold's groups and conclude on them."""
    return conclude_folds(records, fit_folds(records, comparisons, seed), policy)


def _scaled(record: FileRecord, scales: Sequence[Scale]) -> FileRecord:
    return scaled(record, scales) if scales else record
