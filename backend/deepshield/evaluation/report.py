"""Figures from outcomes and labels: per data set, over all files, and at other thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from deepshield.evaluation.labelled import LabelledFile
from deepshield.evaluation.outcomes import Outcome
from detector.contracts import Verdict
from measures import compared, metrics

if TYPE_CHECKING:
    from detector.model import Model  # which loads the runtimes, and figures need none

RATES = (0.01, 0.02, 0.05, 0.1)
COLUMNS = (*(verdict.value for verdict in Verdict), "failed")


@dataclass(frozen=True, slots=True)
class LabelledOutcomes:
    """Labelled files, their outcomes, and the calibrated probability of those with a face."""

    files: list[LabelledFile]
    outcomes: list[Outcome]
    estimates: metrics.Values  # (N,), NaN without a face
    logits: metrics.Values  # (N,), likewise
    fake: metrics.Flags  # (N,)

    def rows(self, dataset: str | None = None) -> NDArray[np.int64]:
        """Return the places of a data set's files, or of all."""
        return np.flatnonzero([dataset is None or file.dataset == dataset for file in self.files])

    def scored(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keep the rows that have a face."""
        return rows[~np.isnan(self.logits[rows])]

    def share(self, rows: Any, verdict: Verdict) -> float | None:
        """Return the share of the analysed rows that have the verdict; None without such rows."""
        said = [self.outcomes[i].verdict for i in rows if self.outcomes[i].error is None]
        return sum(one == verdict.value for one in said) / len(said) if said else None


@dataclass(frozen=True, slots=True)
class Judge:
    """What gave the verdicts, as far as figures depend on it; ``estimate`` calibrates a file's logit."""

    bundle: str | None
    version: str | None
    sha256: str | None
    face_detector: str
    threshold: float
    abstain_band: tuple[float, float]
    estimate: Callable[[float], float]


def judge_of(model: Model) -> Judge:
    """Return a loaded model as a judge."""
    manifest, rule = model.manifest, model.rules.decision
    return Judge(
        manifest.name if manifest else None,
        manifest.version if manifest else None,
        model.bundle_sha256,
        model.detector.name,
        rule.threshold,
        (rule.abstain_low, rule.abstain_high),
        model.rules.calibration.probability,
    )


def label_outcomes(
    files: Sequence[LabelledFile], outcomes: Sequence[Outcome], judge: Judge
) -> LabelledOutcomes:
    """Combine labels and outcomes, and calibrate the logits."""
    logits = [np.nan if outcome.raw_logit is None else outcome.raw_logit for outcome in outcomes]
    estimate = judge.estimate
    return LabelledOutcomes(
        list(files),
        list(outcomes),
        np.asarray([np.nan if np.isnan(logit) else estimate(logit) for logit in logits], np.float64),
        np.asarray(logits, np.float64),
        np.asarray([file.fake for file in files], np.bool_),
    )


def report(labelled: LabelledOutcomes, judge: Judge, false_alarms: float) -> dict[str, Any]:
    """Return every figure as a JSON document; ``false_alarms`` is a further rate to advise on."""
    datasets = sorted({file.dataset for file in labelled.files})
    rows = [figures(labelled, name, judge.threshold) for name in datasets]
    aucs = [row["auc"] for row in rows if row["auc"] is not None]
    return {
        "model": {
            "bundle": judge.bundle,
            "version": judge.version,
            "sha256": judge.sha256,
            "face_detector": judge.face_detector,
            "threshold": judge.threshold,
            "abstain_band": list(judge.abstain_band),
        },
        "datasets": rows,
        "all": figures(labelled, None, judge.threshold)
        | {"mean_auc": float(np.mean(aucs)) if aucs else None},
        "manipulations": _manipulations(labelled, datasets),
        "confusion": _confusion(labelled, None),
        "calibration": _calibration(labelled),
        "advice": [advice(labelled, rate, judge.threshold) for rate in sorted({*RATES, false_alarms})],
        "asked_false_alarms": false_alarms,
        "failed": [
            {"file": outcome.path, "error": outcome.error, "message": outcome.message}
            for outcome in labelled.outcomes
            if outcome.error is not None
        ],
    }


def figures(labelled: LabelledOutcomes, dataset: str | None, threshold: float) -> dict[str, Any]:
    """Return a data set's row, or that of all files (whose AUC, being pooled, is left out)."""
    rows = labelled.rows(dataset)
    faces = labelled.scored(rows)
    fake, flagged = labelled.fake[faces], labelled.estimates[faces] >= threshold
    said = [labelled.outcomes[i].verdict for i in faces]
    decided = np.asarray([one != Verdict.INCONCLUSIVE.value for one in said], np.bool_)
    verdicts = np.asarray([one == Verdict.MANIPULATED.value for one in said], np.bool_)
    auc, bounds = _auc(labelled, faces) if dataset is not None else (None, None)
    reals, fakes = rows[~labelled.fake[rows]], rows[labelled.fake[rows]]
    return {
        "dataset": dataset,
        "files": len(rows),
        "real": len(reals),
        "fake": len(fakes),
        "groups": len({labelled.files[i].group for i in rows}),
        "auc": auc,
        "auc_interval": bounds,
        "accuracy": _mean(flagged == fake),
        "accuracy_of_verdicts": _mean((verdicts == fake)[decided]),
        "false_alarms": labelled.share(reals, Verdict.MANIPULATED),
        "misses": labelled.share(fakes, Verdict.NO_SIGNS),
        "abstained": labelled.share(rows, Verdict.INCONCLUSIVE),
        "no_face": sum(labelled.outcomes[i].verdict == Verdict.NO_FACE.value for i in rows),
        "failed": sum(labelled.outcomes[i].error is not None for i in rows),
        "confusion": _confusion(labelled, dataset),
    }


def advice(labelled: LabelledOutcomes, rate: float, shipped: float) -> dict[str, Any]:
    """Return the threshold that flags at most ``rate`` of these authentic files, and its figures.

    ``false_alarms_at_most`` is the 95 % upper bound for such files in general (Clopper & Pearson, 1934), each
    taken for independent. There is no threshold with fewer than ``1 / rate`` authentic files.
    """
    known = ~np.isnan(labelled.estimates)
    reals, fakes = labelled.estimates[known & ~labelled.fake], labelled.estimates[known & labelled.fake]
    needed = round(1.0 / rate)
    if len(reals) < needed:
        return {"false_alarms": rate, "threshold": None, "needs_authentic_files": needed}
    threshold = min(1.0, metrics.upper_quantile(reals, np.ones(len(reals)), rate))
    flagged = int((reals >= threshold).sum())
    bound = float(beta.ppf(0.95, flagged + 1, len(reals) - flagged)) if flagged < len(reals) else 1.0
    return {
        "false_alarms": rate,
        "threshold": threshold,
        "flagged_real": flagged / len(reals),
        "false_alarms_at_most": bound,
        "flagged_fake": _mean(fakes >= threshold),
        "shipped_flagged_real": _mean(reals >= shipped),
        "shipped_flagged_fake": _mean(fakes >= shipped),
    }


def curves(labelled: LabelledOutcomes) -> dict[str, metrics.Curve]:
    """Return a ROC curve per data set with both classes."""
    members = {
        name: labelled.scored(labelled.rows(name)) for name in sorted({f.dataset for f in labelled.files})
    }
    return compared.curves(members, labelled.logits, labelled.fake)


def _auc(labelled: LabelledOutcomes, faces: Any) -> tuple[float | None, tuple[float, float] | None]:
    logits, fake = labelled.logits[faces], labelled.fake[faces]
    value = metrics.auc(logits, fake)
    if np.isnan(value):
        return None, None
    return value, metrics.auc_interval(logits, fake, [labelled.files[i].group for i in faces])


def _manipulations(labelled: LabelledOutcomes, datasets: Sequence[str]) -> list[dict[str, Any]]:
    """Return, for sets with several kinds of fakes, each kind's figures against the set's reals."""
    kinds = [file.manipulation or "" for file in labelled.files]
    table = []
    for dataset in datasets:
        for kind, mine, both in compared.fakes_by_kind(kinds, labelled.fake, labelled.rows(dataset)):
            table.append(
                {
                    "dataset": dataset,
                    "manipulation": kind or "not named",
                    "fake": len(mine),
                    "auc": _auc(labelled, labelled.scored(both))[0],
                    "misses": labelled.share(mine, Verdict.NO_SIGNS),
                }
            )
    return table


def _confusion(labelled: LabelledOutcomes, dataset: str | None) -> dict[str, dict[str, int]]:
    """Count files by label and verdict, `COLUMNS`."""
    table = {label: dict.fromkeys(COLUMNS, 0) for label in ("real", "fake")}
    for i in labelled.rows(dataset).tolist():
        table[labelled.files[i].label][labelled.outcomes[i].verdict or "failed"] += 1
    return table


def _calibration(labelled: LabelledOutcomes) -> dict[str, Any]:
    """Return the expected calibration error with equal weight for both classes, as the estimates assume."""
    known = ~np.isnan(labelled.estimates)
    fake, estimates = labelled.fake[known], labelled.estimates[known]
    if len(set(fake.tolist())) < 2:
        return {"ece": None, "reliability": [], "files": len(fake)}
    weights = compared.balanced_weights([np.arange(len(fake))], fake)
    return {
        "ece": metrics.expected_calibration_error(estimates, fake, weights),
        "reliability": [list(row) for row in metrics.reliability(estimates, fake, weights)],
        "files": len(fake),
    }


def _mean(flags: Any) -> float | None:
    return float(np.mean(flags)) if len(flags) else None
