"""`python -m deepshield.evaluation.measuring`: the report on a version of a data set, of verdicts there are.

One JSON document comes in: ``name`` of the version, ``judge``, and ``files`` with label and verdict. The
report of `deepshield.evaluation.report` goes out, with a curve, reliability with intervals, slices and worst
cases.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepshield.domain.calibration import calibrated
from deepshield.evaluation.labelled import LabelledFile
from deepshield.evaluation.outcomes import Outcome
from deepshield.evaluation.report import Judge, LabelledOutcomes, figures, label_outcomes, report
from detector.contracts import Verdict
from measures import compared, metrics, reliability

MEMORY_MB = 3072
FALSE_ALARMS = 0.05
_MOST_POINTS = 200  # of a curve
_MOST_CASES = 50  # of each kind of error
_LEAST = 5  # files of a slice: of fewer no share says anything
_SLICES = ("kind", "source", "generator", "size", "media_type")


def main() -> int:
    """Read the document, write the report."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MB * 2**20,) * 2)
    json.dump(measured(json.load(sys.stdin)), sys.stdout, allow_nan=False)
    return 0


def measured(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report; values that are not defined are None."""
    rows: Sequence[Mapping[str, Any]] = document["files"]
    judge = _judge(document["judge"])
    labelled = label_outcomes(
        [_file(row, document["name"]) for row in rows], [_outcome(row) for row in rows], judge
    )
    scored = labelled.scored(labelled.rows())
    found: dict[str, Any] = _plain(
        {
            **report(labelled, judge, FALSE_ALARMS),
            "roc": _curve(labelled, scored),
            "reliability": _reliability(labelled, scored),
            "slices": list(_slices(labelled, rows, judge.threshold)),
            "worst": {"false_alarms": _worst(labelled, fake=False), "misses": _worst(labelled, fake=True)},
            "estimates": labelled.estimates.tolist(),
        }
    )
    return found


def _judge(row: Mapping[str, Any]) -> Judge:
    low, high = row["abstain_band"]
    return Judge(
        row["bundle"],
        row["version"],
        row["sha256"],
        row["face_detector"],
        row["threshold"],
        (low, high),
        partial(calibrated, scale=row["calibration"]),
    )


def _file(row: Mapping[str, Any], name: str) -> LabelledFile:
    return LabelledFile(
        Path(row["sha256"]), "fake" if row["fake"] else "real", name, row["group"], row["kind"]
    )


def _outcome(row: Mapping[str, Any]) -> Outcome:
    return Outcome(
        row["sha256"],
        row["verdict"],
        raw_logit=row["logit"],
        media_type=row["media_type"],
        frames=row["frames"],
        frames_with_face=row["frames_with_face"],
    )


def _curve(labelled: LabelledOutcomes, rows: Any) -> list[list[float]]:
    """Return points (false-positive rate, true-positive rate), thinned; none where a class is missing."""
    if len(np.unique(labelled.fake[rows])) < 2:
        return []
    curve = metrics.roc(labelled.logits[rows], labelled.fake[rows])
    places = np.unique(np.linspace(0, len(curve.fpr) - 1, _MOST_POINTS).round().astype(int))
    return [[float(curve.fpr[i]), float(curve.tpr[i])] for i in places]


def _reliability(labelled: LabelledOutcomes, rows: Any) -> list[dict[str, Any]]:
    """Return rows that rise, with intervals over groups; both classes weigh the same, as estimates assume."""
    fake, estimates = labelled.fake[rows], labelled.estimates[rows]
    if len(np.unique(fake)) < 2:
        return []
    weights = compared.balanced_weights([np.arange(len(fake))], fake)
    groups = [labelled.files[i].group for i in rows]
    return [
        {
            "estimate": row.bin.estimate,
            "share": row.bin.share,
            "files": row.bin.files,
            "interval": row.interval,
        }
        for row in reliability.rising(estimates, fake, weights, groups)
    ]


def _slices(
    labelled: LabelledOutcomes, rows: Sequence[Mapping[str, Any]], threshold: float
) -> Iterator[dict[str, Any]]:
    """Yield figures of parts: a kind of fake is set against all real files, others are taken as they are."""
    reals = [place for place, row in enumerate(rows) if not row["fake"]]
    for by in _SLICES:
        names = sorted({row[by] for row in rows if row[by]})
        for name in names if len(names) > 1 else []:
            mine = [place for place, row in enumerate(rows) if row[by] == name]
            if len(mine) < _LEAST:
                continue
            part = _part(labelled, sorted({*mine, *reals}) if by == "kind" else mine)
            told = figures(part, part.files[0].dataset, threshold)
            yield {"by": by, "name": name, **{key: told[key] for key in _TOLD}, "chosen": len(mine)}


_TOLD = (
    "files", "real", "fake", "groups", "auc", "auc_interval", "false_alarms", "misses", "abstained",
    "no_face",
)  # fmt: skip


def _part(labelled: LabelledOutcomes, rows: Sequence[int]) -> LabelledOutcomes:
    return LabelledOutcomes(
        [labelled.files[i] for i in rows],
        [labelled.outcomes[i] for i in rows],
        labelled.estimates[list(rows)],
        labelled.logits[list(rows)],
        labelled.fake[list(rows)],
    )


def _worst(labelled: LabelledOutcomes, *, fake: bool) -> list[dict[str, Any]]:
    """Return the wrong verdicts that were the surest."""
    wrong = Verdict.NO_SIGNS if fake else Verdict.MANIPULATED
    rows = [
        i
        for i in np.flatnonzero(labelled.fake == fake).tolist()
        if labelled.outcomes[i].verdict == wrong.value
    ]
    rows.sort(key=lambda i: labelled.estimates[i], reverse=not fake)
    return [
        {"sha256": labelled.outcomes[i].path, "estimate": float(labelled.estimates[i])}
        for i in rows[:_MOST_CASES]
    ]


def _plain(value: Any) -> Any:
    """Return JSON values: what is not a number becomes None."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    sys.exit(main())
