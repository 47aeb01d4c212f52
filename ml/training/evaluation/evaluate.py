"""From records to figures.

All figures are cross-validated: each file gets the logit (of which AUC, AP, EER and TPR are), the estimate
and the verdict of constants that were fitted without its group, the scales of two traces among them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector.bundle import DatasetFigures, Metrics
from detector.calibrate import DecisionRule
from detector.contracts import Verdict
from measures import compared, evidence, metrics
from measures.compared import mean_auc
from measures.reliability import rising
from training.evaluation.comparisons import Comparison, balanced_weights, counted_rows
from training.evaluation.cross_validation import CrossValidated, cross_validate, manipulation_name
from training.evaluation.records import FileRecord
from training.evaluation.regions import Policy
from training.evaluation.skin import Tones, by_tone
from training.evaluation.subgroups import Rows, subgroups, worst_cases
from training.evaluation.verdicts import abstentions, false_alarms, none_found


def figures(validated: CrossValidated, comparison: Comparison) -> DatasetFigures:
    """Return one row of the table; ranking figures cover the files with a face."""
    rows = comparison.members(validated.records)
    faces = validated.scored(rows)
    logits, fake = validated.logits[faces], validated.fake[faces]
    reals, fakes = rows[~validated.fake[rows]], rows[validated.fake[rows]]
    return DatasetFigures(
        dataset=comparison.name,
        unit=comparison.unit,
        real=len(reals),
        fake=len(fakes),
        auc=_known(metrics.auc(logits, fake)),
        auc_interval=metrics.auc_interval(logits, fake, validated.groups[faces].tolist()),
        average_precision=_known(metrics.average_precision(logits, fake)),
        eer=_known(metrics.equal_error_rate(logits, fake)),
        tpr_at_fpr_1=_known(metrics.tpr_at_fpr(logits, fake, 0.01)) if fake.any() else None,
        tpr_at_fpr_5=_known(metrics.tpr_at_fpr(logits, fake, 0.05)) if fake.any() else None,
        flagged_real=validated.share(reals, Verdict.MANIPULATED),
        flagged_fake=validated.share(fakes, Verdict.MANIPULATED),
        abstained=validated.share(rows, Verdict.INCONCLUSIVE, Verdict.NO_FACE),
    )


def by_manipulation(validated: CrossValidated, comparison: Comparison) -> list[dict[str, Any]]:
    """Return figures of each manipulation in a comparison against all its reals, where there are several."""
    rows = validated.scored(comparison.members(validated.records))
    if validated.fake[rows].all():
        return []
    kinds = [manipulation_name(record.entry.manipulation) for record in validated.records]
    return [
        {
            "comparison": comparison.name,
            "manipulation": kind,
            "files": len(mine),
            "auc": metrics.auc(validated.logits[both], validated.fake[both]),
            "flagged": validated.share(mine, Verdict.MANIPULATED),
            "mean_logit": float(validated.logits[mine].mean()),
        }
        for kind, mine, both in compared.fakes_by_kind(kinds, validated.fake, rows)
    ]


def overall(validated: CrossValidated, comparisons: Sequence[Comparison], weights_sha256: str) -> Metrics:
    """Return the figures that go into a bundle."""
    rows = counted_rows(validated.records, comparisons, ~np.isnan(validated.logits))

    draws = metrics.bootstrap_draws(validated.groups.tolist())
    counting, weights = counted(validated, comparisons)
    estimates = (validated.out_of_fold.probability[counting], validated.fake[counting], weights[counting])
    rising_rows = rising(*estimates, validated.groups[counting].tolist())
    return Metrics(
        weights_sha256=weights_sha256,
        datasets=tuple(figures(validated, comparison) for comparison in comparisons),
        mean_auc=float(mean_auc(rows, validated.logits, validated.fake)[0]),
        mean_auc_interval=metrics.interval(mean_auc(rows, validated.logits, validated.fake, draws)),
        ece=metrics.expected_calibration_error(*estimates),
        reliability=tuple(row.bin for row in rising_rows),
        reliability_intervals=tuple(row.interval for row in rising_rows),
    )


def counted(validated: CrossValidated, comparisons: Sequence[Comparison]) -> tuple[Rows, metrics.Values]:
    """Return the places of the files with a face that count, and every file's weight."""
    weights = balanced_weights(validated.records, comparisons)
    return np.flatnonzero((weights > 0.0) & ~np.isnan(validated.out_of_fold.probability)), weights


def _least_ece(validated: CrossValidated, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    counting, weights = counted(validated, comparisons)
    mean, bounds = metrics.least_calibration_error(
        validated.out_of_fold.probability[counting], weights[counting]
    )
    return {"mean": mean, "interval": bounds}


def log_ratios(
    validated: CrossValidated, comparisons: Sequence[Comparison], calibration: dict[str, Any]
) -> tuple[metrics.Values, metrics.Flags, metrics.Values]:
    """Return log10 likelihood ratio, label and weight of the files with a face that count."""
    rows, weights = counted(validated, comparisons)
    constants = calibration["calibration"]
    found = evidence.log_likelihood_ratios(
        validated.out_of_fold.probability[rows], constants["base_rate"], constants["llr_cap"]
    )
    return found, validated.fake[rows], weights[rows]


def evaluate(
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    calibration: dict[str, Any],
    weights_sha256: str,
    robustness: dict[str, Any] | None = None,
    tones: Tones | None = None,
) -> tuple[CrossValidated, dict[str, Any]]:
    """Return the cross-validated records and the report that ``--out`` gets.

    ``robustness`` is what `robustness` measured, passed on; ValueError when it is about other weights.
    ``tones`` are those that `skin-tones` measured.
    """
    if robustness is not None and robustness["weights_sha256"] != weights_sha256:
        raise ValueError("robustness was measured on other weights; measure it again")
    validated = cross_validate(records, comparisons, Policy(**calibration["policy"]))
    report = {
        "metrics": overall(validated, comparisons, weights_sha256).model_dump(mode="json"),
        "manipulations": [
            row for comparison in comparisons for row in by_manipulation(validated, comparison)
        ],
        "verdicts": _of_verdicts(validated, comparisons, calibration),
        "least_ece": _least_ece(validated, comparisons),
        "strength": {
            "cllr": evidence.cllr(*log_ratios(validated, comparisons, calibration)),
            "llr_cap": calibration["calibration"]["llr_cap"],
        },
        "subgroups": subgroups(validated, comparisons),
        "skin_tones": by_tone(validated, tones) if tones is not None else None,
        "worst_cases": worst_cases(validated),
        "robustness": robustness,
        "files": len(records),
        "without_face": int(np.isnan(validated.logits).sum()),
        "errors": dict(Counter(record.error for record in records if record.error)),
        "groups": {
            comparison.name: len(set(validated.groups[comparison.members(validated.records)].tolist()))
            for comparison in comparisons
        },
    }
    return validated, report


def _of_verdicts(
    validated: CrossValidated, comparisons: Sequence[Comparison], calibration: dict[str, Any]
) -> dict[str, Any]:
    """Return what the verdicts are worth, for the gate and the card."""
    decision = DecisionRule(**calibration["decision"])
    weights = balanced_weights(validated.records, comparisons)
    of_records = validated.records, weights, validated.out_of_fold
    return {
        "false_alarms": false_alarms(validated.records, comparisons, validated.out_of_fold),
        "none_below": decision.none_below,
        "none_found": none_found(*of_records, decision.none_below, calibration["calibration"]["base_rate"]),
        "abstentions": abstentions(*of_records, decision),
    }


def curves(validated: CrossValidated, comparisons: Sequence[Comparison]) -> dict[str, metrics.Curve]:
    """Return the ROC curve of each comparison with both classes."""
    members = {c.name: validated.scored(c.members(validated.records)) for c in comparisons}
    return compared.curves(members, validated.logits, validated.fake)


def read_robustness(files: Sequence[Path], weights_sha256: str, faces: str) -> dict[str, Any] | None:
    """Read what `robustness` measured on these weights from the first of ``files`` that has it.

    A file is what `robustness` wrote, or a released bundle's ``evaluation.json``. Files that are missing, or
    about other weights, are passed over, those with a warning. ``faces`` is the hash of the code that finds
    faces; in the report ``earlier_faces`` says whether another version of it found those of the measurement.
    """
    for file in files:
        if not file.exists():
            continue
        document: dict[str, Any] = json.loads(file.read_text())
        report: dict[str, Any] = document.get("robustness", document) or {}
        if not report:
            continue
        if report["weights_sha256"] == weights_sha256:
            return report | {"earlier_faces": report.get("detector") != faces}
        print(f"{file} is about other weights and is left out; measure robustness again", file=sys.stderr)
    return None


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
