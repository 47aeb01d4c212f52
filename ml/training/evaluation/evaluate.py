"""From records to figures.

Ranking figures (AUC, AP, EER, TPR) are of the file's aggregated logit. Figures of probabilities and verdicts
are cross-validated: each file is judged by constants that were fitted without its group.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector.aggregate import AggregationRule
from detector.bundle import DatasetFigures, Metrics
from detector.contracts import Verdict
from measures import metrics
from training.evaluation.calibrate import Policy
from training.evaluation.comparisons import Comparison, balanced_weights, counted_rows, mean_auc
from training.evaluation.judged import Judged, judge, manipulation_name
from training.evaluation.records import FileRecord
from training.evaluation.subgroups import subgroups, worst_cases

_FEWEST_GROUPS = 5  # of each class: resampling fewer gives an interval that says nothing


def figures(judged: Judged, comparison: Comparison) -> DatasetFigures:
    """Return one row of the table; ranking figures cover the files with a face."""
    rows = comparison.members(judged.records)
    faces = judged.scored(rows)
    logits, fake = judged.logits[faces], judged.fake[faces]
    reals, fakes = rows[~judged.fake[rows]], rows[judged.fake[rows]]
    fewest = min(len(set(judged.groups[side].tolist())) for side in (faces[~fake], faces[fake]))
    bounds = None
    if fewest >= _FEWEST_GROUPS:
        draws = metrics.bootstrap_draws(judged.groups[faces].tolist())
        bounds = metrics.interval(metrics.auc_of_draws(logits, fake, draws))
    return DatasetFigures(
        dataset=comparison.name,
        unit=comparison.unit,
        real=len(reals),
        fake=len(fakes),
        auc=_known(metrics.auc(logits, fake)),
        auc_interval=bounds,
        average_precision=_known(metrics.average_precision(logits, fake)),
        eer=_known(metrics.equal_error_rate(logits, fake)),
        tpr_at_fpr_1=_known(metrics.tpr_at_fpr(logits, fake, 0.01)) if fake.any() else None,
        tpr_at_fpr_5=_known(metrics.tpr_at_fpr(logits, fake, 0.05)) if fake.any() else None,
        flagged_real=judged.share(reals, Verdict.MANIPULATED),
        flagged_fake=judged.share(fakes, Verdict.MANIPULATED),
        abstained=judged.share(rows, Verdict.INCONCLUSIVE, Verdict.NO_FACE),
    )


def by_manipulation(judged: Judged, comparison: Comparison) -> list[dict[str, Any]]:
    """Return figures of each manipulation in a comparison against all its reals, where there are several."""
    rows = judged.scored(comparison.members(judged.records))
    reals, fakes = rows[~judged.fake[rows]], rows[judged.fake[rows]]
    kinds = [manipulation_name(judged.records[i].entry.manipulation) for i in fakes]
    table = []
    for kind in sorted(set(kinds)) if len(set(kinds)) > 1 and len(reals) else []:
        mine = fakes[np.asarray([name == kind for name in kinds])]
        both = np.concatenate([reals, mine])
        table.append(
            {
                "comparison": comparison.name,
                "manipulation": kind,
                "files": len(mine),
                "auc": metrics.auc(judged.logits[both], judged.fake[both]),
                "flagged": judged.share(mine, Verdict.MANIPULATED),
                "mean_logit": float(judged.logits[mine].mean()),
            }
        )
    return table


def overall(judged: Judged, comparisons: Sequence[Comparison], weights_sha256: str) -> Metrics:
    """Return the figures that go into a bundle."""
    rows = counted_rows(judged.records, comparisons, ~np.isnan(judged.logits))

    draws = metrics.bootstrap_draws(judged.groups.tolist())
    weights = balanced_weights(judged.records, comparisons)
    counting = np.flatnonzero((weights > 0.0) & ~np.isnan(judged.unseen.probability))
    estimates = (judged.unseen.probability[counting], judged.fake[counting], weights[counting])
    return Metrics(
        weights_sha256=weights_sha256,
        datasets=tuple(figures(judged, comparison) for comparison in comparisons),
        mean_auc=float(mean_auc(rows, judged.logits, judged.fake)[0]),
        mean_auc_interval=metrics.interval(mean_auc(rows, judged.logits, judged.fake, draws)),
        ece=metrics.expected_calibration_error(*estimates),
        reliability=tuple(metrics.reliability(*estimates)),
    )


def evaluate(
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    calibration: dict[str, Any],
    weights_sha256: str,
    robustness: dict[str, Any] | None = None,
) -> tuple[Judged, dict[str, Any]]:
    """Return the judged records and the report that ``--out`` gets.

    ``robustness`` is what `robustness` measured, passed on; ValueError when it is about other weights.
    """
    if robustness is not None and robustness["weights_sha256"] != weights_sha256:
        raise ValueError("robustness was measured on other weights; measure it again")
    judged = judge(
        records, comparisons, AggregationRule(**calibration["aggregation"]), Policy(**calibration["policy"])
    )
    report = {
        "metrics": overall(judged, comparisons, weights_sha256).model_dump(mode="json"),
        "manipulations": [row for comparison in comparisons for row in by_manipulation(judged, comparison)],
        "subgroups": subgroups(judged, comparisons),
        "worst_cases": worst_cases(judged),
        "robustness": robustness,
        "files": len(records),
        "without_face": int(np.isnan(judged.logits).sum()),
        "errors": dict(Counter(record.error for record in records if record.error)),
        "groups": {
            comparison.name: len(set(judged.groups[comparison.members(judged.records)].tolist()))
            for comparison in comparisons
        },
    }
    return judged, report


def curves(judged: Judged, comparisons: Sequence[Comparison]) -> dict[str, metrics.Curve]:
    """Return the ROC curve of each comparison with both classes."""
    found = {}
    for comparison in comparisons:
        if comparison.fake and comparison.real:
            rows = judged.scored(comparison.members(judged.records))
            found[comparison.name] = metrics.roc(judged.logits[rows], judged.fake[rows])
    return found


def read_robustness(file: Path | None, weights_sha256: str) -> dict[str, Any] | None:
    """Read what `robustness` measured on these weights; of others it is left out, with a warning."""
    if file is None or not file.exists():
        return None
    report: dict[str, Any] = json.loads(file.read_text())
    if report["weights_sha256"] == weights_sha256:
        return report
    print(f"{file} is about other weights and is left out; measure robustness again", file=sys.stderr)
    return None


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
