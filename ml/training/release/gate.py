"""Whether a bundle's figures hold: against those of the bundle that it would replace, and against bounds."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from detector.bundle import MANIFEST, DatasetFigures, Manifest, Metrics
from training.evaluation.regions import Policy
from training.evaluation.verdicts import alarm_faults
from training.fitting.runs import EVALUATION

TOLERANCE = 0.005
"""Of mean AUC: a loss below it is within what another seed does."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The figures of a bundle that is to be replaced, and the comparisons that its mean AUC is over."""

    metrics: Metrics
    counted: frozenset[str]


def shortfalls(new: Metrics, old: Replaced, tolerance: float = TOLERANCE) -> list[str]:
    """Say in what the new figures are worse; an empty list lets the bundle pass.

    Mean AUC falls by more than ``tolerance``, over the comparisons that counted for the old bundle, whether
    they count for the new one or not; or a larger share of authentic footage (the comparisons without fakes,
    else the authentic side of all) is flagged. A comparison that the new bundle lacks, or has fewer files of,
    is a shortfall: a figure cannot be improved by leaving something out.
    """
    mine, theirs = ({row.dataset: row for row in metrics.datasets} for metrics in (new, old.metrics))
    shared = [(mine[name], theirs[name]) for name in theirs if name in mine]
    found = [f"{name} was not measured" for name in theirs if name not in mine]
    found += [said for pair in shared for said in _left_out(*pair)]
    after, before = _means([pair for pair in shared if pair[0].dataset in old.counted])
    if after < before - tolerance:
        found.append(f"mean AUC falls from {before:.3f} to {after:.3f}")
    after, before = (_false_alarms(rows) for rows in zip(*shared, strict=True)) if shared else (0.0, 0.0)
    if after > before + 1e-9:
        found.append(f"the share of authentic footage that is flagged rises from {before:.1%} to {after:.1%}")
    return found


def verdict_faults(verdicts: dict[str, Any], counted: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Say what is wrong with the verdicts that ``evaluate`` reports: what no reason excuses, and what may.

    A region without signs must hold on the files that it was not placed by. False alarms beyond the bounds of
    `Policy` need a reason; comparisons that are ``counted`` for the bundle in the place count here too.
    """
    found = verdicts["none_found"]
    never = []
    if verdicts["none_below"] is not None and not (found and found["holds"]):
        share = f"their share may be {found['interval'][1]:.0%}" if found else "no file shows how rare"
        never.append(f"fakes are not shown to be rare where none are said to be found: {share}")
    alarms = [
        row | {"counted": row["counted"] or row["comparison"] in counted} for row in verdicts["false_alarms"]
    ]
    return never, alarm_faults(alarms, Policy())


def replaced(out: Path) -> Replaced | None:
    """Return the figures of the bundle in a folder, None where there is none.

    Which comparisons count is in the figures beside the manifest; where they do not say so, all do. Raises
    ValueError for figures that this version cannot read: they cannot be compared.
    """
    file = out / MANIFEST
    if not file.exists():
        return None
    try:
        metrics = Manifest.model_validate_json(file.read_bytes()).metrics
        said = _counted(out / EVALUATION, metrics.weights_sha256)
    except ValueError as error:
        raise ValueError(f"the figures of the bundle in {out} cannot be read") from error
    return Replaced(metrics, said or frozenset(row.dataset for row in metrics.datasets))


def _counted(evaluation: Path, weights_sha256: str) -> frozenset[str]:
    """Return the comparisons that count by a bundle's ``evaluation.json``; none where it does not say so."""
    if not evaluation.exists():
        return frozenset()
    report = json.loads(evaluation.read_text())
    if report.get("weights_sha256") != weights_sha256:
        return frozenset()
    alarms = report.get("verdicts", {}).get("false_alarms", [])
    return frozenset(row["comparison"] for row in alarms if row.get("counted"))


def _left_out(new: DatasetFigures, old: DatasetFigures) -> list[str]:
    sides = (("authentic", new.real, old.real), ("manipulated", new.fake, old.fake))
    found = [
        f"{new.dataset} has {mine} {side} files measured, {theirs} before"
        for side, mine, theirs in sides
        if mine < theirs
    ]
    return found + [f"{new.dataset} has no AUC"] * (new.auc is None and old.auc is not None)


def _means(pairs: Sequence[tuple[DatasetFigures, DatasetFigures]]) -> tuple[float, float]:
    ranked = [(n.auc, o.auc) for n, o in pairs if n.auc is not None and o.auc is not None]
    if not ranked:
        return 0.0, 0.0
    return fmean(after for after, _ in ranked), fmean(before for _, before in ranked)


def _false_alarms(rows: Sequence[DatasetFigures]) -> float:
    footage = [row for row in rows if row.fake == 0 and row.flagged_real is not None]
    rows = footage or [row for row in rows if row.flagged_real is not None]
    files = sum(row.real for row in rows)
    return sum(row.real * (row.flagged_real or 0.0) for row in rows) / files if files else 0.0
