"""For whom and on what the verdicts hold: figures by data set, face size and sharpness, and the worst cases.

The labelled media do not say who is shown (FairFace's labels of age, gender and race are not part of the
training photographs' manifest either), so figures by such groups are not given.
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
from training.evaluation.judged import Judged, manipulation_name
from training.evaluation.records import FaceRecord

# Lower edges; chosen so that each tier of the development media holds files of several comparisons.
SIZE_TIERS = {"under 96 px": 0.0, "96 to 160 px": 96.0, "160 px and more": 160.0}
SHARPNESS_TIERS = {"under 0.35": 0.0, "0.35 to 0.55": 0.35, "0.55 and more": 0.55}
_FEWEST = 5  # files of each class for an AUC

Rows = NDArray[np.int64]


def subgroups(judged: Judged, comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """Return one row per tier and data set.

    ``auc`` is the mean over the comparisons with enough files of both classes in the tier. Shares weigh the
    counted comparisons alike, except in a data set's own row, where every file counts once.
    """
    weights = balanced_weights(judged.records, comparisons)
    counted = [comparison.members(judged.records) for comparison in comparisons if comparison.counted]
    faces = [deciding_faces(judged, i) for i in range(len(judged.records))]
    table = []
    for by, tiers, measure in (
        ("face size", SIZE_TIERS, lambda face: face.size_px),
        ("sharpness", SHARPNESS_TIERS, lambda face: face.sharpness),
    ):
        values = np.asarray([median(map(measure, one)) if one else np.nan for one in faces])
        edges = [*tiers.values(), np.inf]
        for name, low, high in zip(tiers, edges, edges[1:], strict=False):
            inside = np.flatnonzero((values >= low) & (values < high) & (weights > 0.0))
            table.append(_row(judged, by, name, inside, weights, counted))
    even = np.ones(len(judged.records))
    for dataset in sorted({record.entry.dataset for record in judged.records}):
        mine = np.flatnonzero([record.entry.dataset == dataset for record in judged.records])
        table.append(_row(judged, "data set", dataset, mine, even, [mine]))
    return table


def worst_cases(judged: Judged) -> list[dict[str, Any]]:
    """Return per data set the authentic file with the highest estimate and the fake with the lowest.

    Nobody is named or shown: a case is its data set, its manipulation and what its face was like.
    """
    table = []
    for dataset in sorted({record.entry.dataset for record in judged.records}):
        mine = np.flatnonzero([record.entry.dataset == dataset for record in judged.records])
        mine = mine[~np.isnan(judged.unseen.probability[mine])]
        for fake in (False, True):
            side = mine[judged.fake[mine] == fake]
            if len(side):
                estimates = judged.unseen.probability[side] * (-1.0 if fake else 1.0)
                # Estimates below the calibration's floor are equal; the logit tells them apart.
                logits = judged.logits[side] * (-1.0 if fake else 1.0)
                table.append(_case(judged, int(side[np.lexsort((logits, estimates))[-1]])))
    return table


def deciding_faces(judged: Judged, row: int) -> tuple[FaceRecord, ...]:
    """Return the faces of the person whom a file's verdict follows; none without a face."""
    persons = judged.unseen.conclusions[row].persons
    return (
        judged.records[row].persons[int(np.argmax([person.logit for person in persons]))] if persons else ()
    )


def _row(
    judged: Judged, by: str, name: str, rows: Rows, weights: metrics.Values, comparisons: Sequence[Rows]
) -> dict[str, Any]:
    aucs = []
    for members in comparisons:
        mine = judged.scored(np.intersect1d(members, rows))
        fake = judged.fake[mine]
        if min(int(fake.sum()), int((~fake).sum())) >= _FEWEST:
            aucs.append(metrics.auc(judged.logits[mine], fake))
    reals, fakes = rows[~judged.fake[rows]], rows[judged.fake[rows]]
    return {
        "by": by,
        "group": name,
        "real": len(reals),
        "fake": len(fakes),
        "auc": float(np.mean(aucs)) if aucs else None,
        "comparisons": len(aucs),
        "flagged_real": _share(judged, reals, weights, Verdict.MANIPULATED),
        "flagged_fake": _share(judged, fakes, weights, Verdict.MANIPULATED),
        "abstained": _share(judged, rows, weights, Verdict.INCONCLUSIVE, Verdict.NO_FACE),
    }


def _share(judged: Judged, rows: Rows, weights: metrics.Values, *verdicts: Verdict) -> float | None:
    if not len(rows):
        return None
    said = [judged.unseen.conclusions[i].decision.verdict in verdicts for i in rows]
    return float(np.average(said, weights=weights[rows]))


def _case(judged: Judged, row: int) -> dict[str, Any]:
    record, faces = judged.records[row], deciding_faces(judged, row)
    return {
        "dataset": record.entry.dataset,
        "kind": record.entry.kind,
        "label": record.entry.label,
        "manipulation": manipulation_name(record.entry.manipulation) if record.fake else None,
        "estimate": float(judged.unseen.probability[row]),
        "verdict": judged.unseen.conclusions[row].decision.verdict.value,
        "face_px": round(median(face.size_px for face in faces)),
        "sharpness": round(median(face.sharpness for face in faces), 2),
    }
