"""Whether a bundle's figures hold: against those of the bundle that it would replace, and against bounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from pydantic import ValidationError

from detector.bundle import MANIFEST, DatasetFigures, Manifest, Metrics
from training.evaluation.regions import Policy
from training.evaluation.verdicts import alarm_faults

TOLERANCE = 0.005
"""Of mean AUC: a loss below it is within what another seed does."""


def shortfalls(new: Metrics, old: Metrics, tolerance: float = TOLERANCE) -> list[str]:
    """Say in what the new figures are worse; an empty list lets the bundle pass.

    Mean AUC falls by more than ``tolerance``, over the comparisons that both have; or a larger share of
    authentic footage (the comparisons without fakes, else the authentic side of all) is flagged.
    A comparison that the new bundle lacks is a shortfall: a figure cannot be improved by leaving it out.
    """
    mine, theirs = ({row.dataset: row for row in metrics.datasets} for metrics in (new, old))
    found = [f"{name} was not measured" for name in theirs if name not in mine]
    shared = [(mine[name], theirs[name]) for name in theirs if name in mine]
    after, before = (new.mean_auc, old.mean_auc) if mine.keys() == theirs.keys() else _shared_means(shared)
    if after < before - tolerance:
        found.append(f"mean AUC falls from {before:.3f} to {after:.3f}")
    after, before = (_false_alarms(rows) for rows in zip(*shared, strict=True)) if shared else (0.0, 0.0)
    if after > before + 1e-9:
        found.append(f"the share of authentic footage that is flagged rises from {before:.1%} to {after:.1%}")
    return found


def verdict_faults(verdicts: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Say what is wrong with the verdicts that ``evaluate`` reports: what no reason excuses, and what may.

    A region without signs must hold on the files that it was not fitted to. False alarms beyond the bounds of
    `Policy` need a reason.
    """
    found = verdicts["none_found"]
    never = []
    if verdicts["none_below"] is not None and not (found and found["holds"]):
        share = f"their share may be {found['interval'][1]:.0%}" if found else "no file shows how rare"
        never.append(f"fakes are not shown to be rare where none are said to be found: {share}")
    return never, alarm_faults(verdicts["false_alarms"], Policy())


def replaced(out: Path) -> Metrics | None:
    """Return the figures of the bundle in a folder, None where there is none.

    Raises ValueError for a manifest that this version cannot read: its figures cannot be compared.
    """
    file = out / MANIFEST
    if not file.exists():
        return None
    try:
        return Manifest.model_validate_json(file.read_bytes()).metrics
    except ValidationError as error:
        raise ValueError(f"the figures of the bundle in {out} cannot be read") from error


def _shared_means(pairs: Sequence[tuple[DatasetFigures, DatasetFigures]]) -> tuple[float, float]:
    ranked = [(n.auc, o.auc) for n, o in pairs if n.auc is not None and o.auc is not None]
    if not ranked:
        return 0.0, 0.0
    return fmean(after for after, _ in ranked), fmean(before for _, before in ranked)


def _false_alarms(rows: Sequence[DatasetFigures]) -> float:
    footage = [row for row in rows if row.fake == 0 and row.flagged_real is not None]
    rows = footage or [row for row in rows if row.flagged_real is not None]
    files = sum(row.real for row in rows)
    return sum(row.real * (row.flagged_real or 0.0) for row in rows) / files if files else 0.0
