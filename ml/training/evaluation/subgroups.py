"""For whom and on what the verdicts hold: figures by data set, face size and sharpness, and the worst cases.

The labelled media do not say who is shown (FairFace's labels of age, gender and race are not part of the
training photographs' manifest either), so figures by such groups are not given. `skin` has those by the
tone of the skin, which is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Verdict
from measures import metrics
from training.evaluation.comparisons import Comparison, balanced_weights
from training.evaluation.cross_validation import CrossValidated, manipulation_name
from training.evaluation.records import FaceRecord

# Lower edges; chosen so that each tier of the development media holds files of several comparisons.
SIZE_TIERS = {"under 96 px": 0.0, "96 to 160 px": 96.0, "160 px and more": 160.0}
SHARPNESS_TIERS = {"under 0.35": 0.0, "0.35 to 0.55": 0.35, "0.55 and more": 0.55}
_FEWEST = 5  # files of each class for an AUC

Rows = NDArray[np.int64]


def subgroups(validated: CrossValidated, comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """Return one row per tier and data set.

    ``auc`` is the mean over the comparisons with enough files of both classes in the tier. Shares weigh the
    counted comparisons alike, except in a data set's own row, where every file counts once.
    """
    weights = balanced_weights(validated.records, comparisons)
    counted = [comparison.members(validated.records) for comparison in comparisons if comparison.counted]
    faces = [deciding_faces(validated, i) for i in range(len(validated.records))]
    table = []
    for by, tiers, measure in (
        ("face size", SIZE_TIERS, lambda face: face.size_px),
        ("sharpness", SHARPNESS_TIERS, lambda face: face.sharpness),
    ):
        values = np.asarray([median(map(measure, one)) if one else np.nan for one in faces])
        edges = [*tiers.values(), np.inf]
        for name, low, high in zip(tiers, edges, edges[1:], strict=False):
            inside = np.flatnonzero((values >= low) & (values < high) & (weights > 0.0))
            table.append(_row(validated, by, name, inside, weights, counted))
    even = np.ones(len(validated.records))
    for dataset in sorted({record.entry.dataset for record in validated.records}):
        mine = np.flatnonzero([record.entry.dataset == dataset for record in validated.records])
        table.append(_row(validated, "data set", dataset, mine, even, [mine]))
    return table


def worst_cases(validated: CrossValidated) -> list[dict[str, Any]]:
    """Return per data set the authentic file with the highest estimate and the fake with the lowest.

    Nobody is named or shown: a case is its data set, its manipulation and what its face was like.
    """
    table = []
    for dataset in sorted({record.entry.dataset for record in validated.records}):
        mine = np.flatnonzero([record.entry.dataset == dataset for record in validated.records])
        mine = mine[~np.isnan(validated.out_of_fold.probability[mine])]
        for fake in (False, True):
            side = mine[validated.fake[mine] == fake]
            if len(side):
                estimates = validated.out_of_fold.probability[side] * (-1.0 if fake else 1.0)
                # Estimates below the calibration's floor are equal, so the logit breaks ties.
                logits = validated.logits[side] * (-1.0 if fake else 1.0)
                table.append(_case(validated, int(side[np.lexsort((logits, estimates))[-1]])))
    return table


def deciding_faces(validated: CrossValidated, row: int) -> tuple[FaceRecord, ...]:
    """Return the faces of the person whom a file's verdict follows; none without a face."""
    deciding = validated.out_of_fold.conclusions[row].deciding
    return () if deciding is None else validated.records[row].persons[deciding]


def _row(
    validated: CrossValidated,
    by: str,
    name: str,
    rows: Rows,
    weights: metrics.Values,
    comparisons: Sequence[Rows],
) -> dict[str, Any]:
    aucs = []
    for members in comparisons:
        mine = validated.scored(np.intersect1d(members, rows))
        fake = validated.fake[mine]
        if min(int(fake.sum()), int((~fake).sum())) >= _FEWEST:
            aucs.append(metrics.auc(validated.logits[mine], fake))
    reals, fakes = rows[~validated.fake[rows]], rows[validated.fake[rows]]
    return {
        "by": by,
        "group": name,
        "real": len(reals),
        "fake": len(fakes),
        "auc": float(np.mean(aucs)) if aucs else None,
        "comparisons": len(aucs),
        "flagged_real": _share(validated, reals, weights, Verdict.MANIPULATED),
        "flagged_fake": _share(validated, fakes, weights, Verdict.MANIPULATED),
        "abstained": _share(validated, rows, weights, Verdict.INCONCLUSIVE, Verdict.NO_FACE),
    }


def _share(
    validated: CrossValidated, rows: Rows, weights: metrics.Values, *verdicts: Verdict
) -> float | None:
    if not len(rows):
        return None
    said = [validated.out_of_fold.conclusions[i].decision.verdict in verdicts for i in rows]
    return float(np.average(said, weights=weights[rows]))


def _case(validated: CrossValidated, row: int) -> dict[str, Any]:
    record, faces = validated.records[row], deciding_faces(validated, row)
    return {
        "dataset": record.entry.dataset,
        "kind": record.entry.kind,
        "label": record.entry.label,
        "manipulation": manipulation_name(record.entry.manipulation) if record.fake else None,
        "estimate": float(validated.out_of_fold.probability[row]),
        "verdict": validated.out_of_fold.conclusions[row].decision.verdict.value,
        "face_px": round(median(face.size_px for face in faces)),
        "sharpness": round(median(face.sharpness for face in faces), 2),
    }
