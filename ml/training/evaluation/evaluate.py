"""From records to figures: ``python -m training.evaluation.evaluate RECORDS --calibration … --out …``.

Ranking figures (AUC, AP, EER, TPR) are of the file's aggregated logit. Figures of probabilities and verdicts
are cross-validated: each file is judged by constants that were fitted without its group.
"""

from __future__ import annotations

import argparse
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
from measures.plots import draw_figures
from training.evaluation.calibrate import Policy
from training.evaluation.comparisons import (
    Comparison,
    balanced_weights,
    counted_rows,
    load_comparisons,
    mean_auc,
    own_comparisons,
)
from training.evaluation.judged import Judged, judge, manipulation_name
from training.evaluation.records import FileRecord, read_records
from training.evaluation.subgroups import subgroups, worst_cases
from training.evaluation.tables import print_report

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


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _robustness(file: Path | None, weights_sha256: str) -> dict[str, Any] | None:
    """Read what was measured on these weights; figures of earlier ones are left out, and that is said."""
    if file is None or not file.exists():
        return None
    report: dict[str, Any] = json.loads(file.read_text())
    if report["weights_sha256"] == weights_sha256:
        return report
    print(f"{file} is about other weights and is left out; measure robustness again", file=sys.stderr)
    return None


def main() -> None:
    """Read the arguments, evaluate, print tables and write JSON and PNG."""
    parser = argparse.ArgumentParser(description="figures of measured files")
    parser.add_argument("records", type=Path, help="written by training.evaluation.measure")
    parser.add_argument("--comparisons", type=Path, help="TOML file; default: each data set against itself")
    parser.add_argument(
        "--calibration", type=Path, required=True, help="written by training.evaluation.calibrate"
    )
    parser.add_argument(
        "--robustness", type=Path, help="written by training.evaluation.robustness, if it is there"
    )
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write; a PNG goes beside it")
    arguments = parser.parse_args()
    measured, records = read_records(arguments.records)
    comparisons = (
        load_comparisons(arguments.comparisons) if arguments.comparisons else own_comparisons(records)
    )
    calibration = json.loads(arguments.calibration.read_text())
    if calibration["weights_sha256"] != measured.weights_sha256:
        raise SystemExit("the calibration was fitted on other weights than these records")
    robustness = _robustness(arguments.robustness, measured.weights_sha256)
    judged, report = evaluate(records, comparisons, calibration, measured.weights_sha256, robustness)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n")
    print_report(report)
    curves = {}
    for comparison in comparisons:
        rows = judged.scored(comparison.members(judged.records))
        if comparison.fake and comparison.real:
            curves[comparison.name] = metrics.roc(judged.logits[rows], judged.fake[rows])
    draw_figures(curves, report["metrics"]["reliability"], arguments.out.with_suffix(".png"))


if __name__ == "__main__":
    main()
