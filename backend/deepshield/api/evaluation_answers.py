"""Turning evaluations and their reports into answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deepshield.api.schemas.base import NamedPolicy
from deepshield.api.schemas.evaluations import (
    AllFigures,
    Case,
    Evaluation,
    EvaluationComparison,
    EvaluationDetails,
    EvaluationReport,
    Flip,
    Reliable,
    Slice,
    Threshold,
)
from deepshield.datasets.evaluating import EvaluationView, outcomes_of
from deepshield.domain.datasets import Split, Use
from deepshield.domain.evaluations import Comparison, EvaluationState, Outcome
from deepshield.domain.jobs import Verdict

_MOST_FLIPS = 500


def evaluation_answer(view: EvaluationView) -> Evaluation:
    """Return an evaluation without its report as it is answered."""
    return Evaluation(**_facts(view))


def details_answer(view: EvaluationView) -> EvaluationDetails:
    """Return an evaluation with its report as it is answered."""
    report = view.row.report
    told = None if report is None else _report(report, outcomes_of(view.row), withheld=view.withheld)
    return EvaluationDetails(**_facts(view), report=told)


def comparison_answer(a: EvaluationView, b: EvaluationView, found: Comparison) -> EvaluationComparison:
    """Return a comparison of two evaluations as it is answered."""
    known = found.auc_a is not None and found.auc_b is not None
    withheld = a.withheld or b.withheld
    return EvaluationComparison(
        a=evaluation_answer(a),
        b=evaluation_answer(b),
        files=found.files,
        flips=len(found.flips),
        only_a_right=found.only_a_right,
        only_b_right=found.only_b_right,
        mcnemar_p=found.p,
        scored=found.scored,
        auc_a=found.auc_a,
        auc_b=found.auc_b,
        auc_difference=(found.auc_b or 0.0) - (found.auc_a or 0.0) if known else None,
        auc_difference_interval=found.interval,
        flipped=[
            Flip(
                sha256=one.sha256,
                media_id=one.media_id,
                fake=one.fake,
                a=Verdict(one.verdict),
                b=Verdict(two.verdict),
            )
            for one, two in found.flips[: 0 if withheld else _MOST_FLIPS]
        ],
        withheld=withheld,
    )


def _facts(view: EvaluationView) -> dict[str, Any]:
    row = view.row
    return {
        "id": row.id,
        "state": EvaluationState(row.state),
        "dataset_id": view.dataset.id,
        "dataset": view.dataset.name,
        "number": view.version.number,
        "split": None if row.split is None else Split(row.split),
        "used_for": [Use(one) for one in view.version.used_for],
        "bundle": row.bundle,
        "bundle_version": row.bundle_version,
        "bundle_sha256": row.bundle_sha256,
        "threshold": row.threshold,
        "policy": None if view.policy is None else NamedPolicy.model_validate(view.policy),
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "recheck_id": row.recheck_id,
        "files": row.files,
        "missing": row.missing,
        "auc": row.auc,
        "error": row.error,
    }


def _report(report: Mapping[str, Any], outcomes: Sequence[Outcome], *, withheld: bool) -> EvaluationReport:
    by_hash = {one.sha256: one for one in outcomes}

    def cases(kind: str) -> list[Case]:
        return [
            Case(
                sha256=one["sha256"],
                media_id=by_hash[one["sha256"]].media_id,
                job_id=by_hash[one["sha256"]].job_id,
                estimate=one["estimate"],
            )
            for one in ([] if withheld else report["worst"][kind])
        ]

    return EvaluationReport(
        abstain_band=report["model"]["abstain_band"],
        face_detector=report["model"]["face_detector"],
        figures=AllFigures.model_validate(report["datasets"][0]),
        confusion=report["confusion"],
        ece=report["calibration"]["ece"],
        reliability=[Reliable.model_validate(one) for one in report["reliability"]],
        roc=report["roc"],
        slices=[Slice.model_validate(one) for one in report["slices"]],
        thresholds=[Threshold.model_validate(one) for one in report["advice"]],
        false_alarms=cases("false_alarms"),
        misses=cases("misses"),
        withheld=withheld,
    )
