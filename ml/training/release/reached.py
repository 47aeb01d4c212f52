"""What a released bundle reaches of what is wanted: the table of docs/experiments.md, from its figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.bundle import MANIFEST, Manifest
from measures.text import short
from training.evaluation.tables import Table
from training.fitting.runs import EVALUATION
from training.release.card_tables import markdown

_BEGIN, _END = "<!-- reached: written by training reached -->", "<!-- end of reached -->"

_RANKED = {  # by comparison: what it is called, the AUC that is wanted, that of version 1.3
    "faceforensics": ("faceforensics, mostly c40, video AUC", 0.82, 0.76),
    "dfdc-face-crops": ("DFDC face crops, image AUC", 0.78, 0.70),
    "ciplab-composites": ("composites, image AUC", 0.70, 0.62),
    "lip-sync": ("lip-sync, video AUC", 0.93, 0.91),
    "talking-heads": ("talking heads, video AUC", 0.85, 0.65),
    "stylegan-stills": ("StyleGAN stills, image AUC", 0.93, 0.39),
    "flux-stills": ("FLUX stills, image AUC", 0.92, 0.73),
}
_LOST = {  # by degradation: what it is called, the AUC that 1.3 lost
    "jpeg-40": ("AUC lost at JPEG quality 40", 0.038),
    "half": ("AUC lost at half resolution", -0.004),
    "h264-35": ("AUC lost after H.264 at CRF 35", 0.067),
}
_MOST_LOST, _LEFT_OUT = 0.03, 0.85


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``met`` is None where it was not measured."""

    figure: str
    wanted: str
    before: str  # of version 1.3; "" where it has none
    reached: str
    interval: str
    met: bool | None


def reached(folder: Path) -> str:
    """Return the table of the bundle in a folder, as Markdown. Raises OSError where it lacks its figures."""
    manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    rows = [*_ranked(manifest), *_beside(manifest, json.loads((folder / EVALUATION).read_text()))]
    said = {True: "reached", False: "missed", None: "not measured"}
    columns = ("figure", "wanted", "1.3", f"{manifest.name} {manifest.version}", "95 % interval", "")
    cells = [(row.figure, row.wanted, row.before, row.reached, row.interval, said[row.met]) for row in rows]
    return markdown(Table(columns, cells))


def placed(text: str, table: str) -> str:
    """Return a document with the table in its place; raises ValueError for one that has none."""
    if _BEGIN not in text or _END not in text:
        raise ValueError(f"the document has no place for the table: {_BEGIN} and {_END}")
    head, rest = text.split(_BEGIN, 1)
    return f"{head}{_BEGIN}\n{table}\n{_END}{rest.split(_END, 1)[1]}"


def _ranked(manifest: Manifest) -> Iterator[Row]:
    measured = {row.dataset: row for row in manifest.metrics.datasets}
    for name, (figure, wanted, before) in _RANKED.items():
        row = measured.get(name)
        known = None if row is None else row.auc
        interval = None if row is None else row.auc_interval
        met = None if known is None else known >= wanted
        yield Row(figure, short(wanted), short(before), short(known), _range(interval), met)


def _beside(manifest: Manifest, findings: dict[str, Any]) -> Iterator[Row]:
    """Yield the figures of verdicts, of degraded media, and of kinds left out of training."""
    counted = [row for row in findings["verdicts"]["false_alarms"] if row["counted"]]
    flagged = float(np.mean([row["flagged"] / row["files"] for row in counted])) if counted else None
    yield _at_most("authentic media flagged, every comparison counting alike", 0.02, 0.053, flagged, _percent)
    yield _at_most("expected calibration error", 0.05, 0.097, manifest.metrics.ece, _precise)
    shares = findings.get("shares") or {}
    yield _at_most("no verdict, of files with a face", 0.12, 0.25, shares.get("abstained"), _percent)
    gain = shares["accuracy_of_verdicts"] - shares["accuracy_at_even_odds"] if shares else None
    met = None if gain is None else gain >= 0.08
    points = "–" if gain is None else f"{100.0 * gain:+.1f}"
    yield Row("points of accuracy over an answer for every file", "+8.0", "+2.8", points, "", met)
    lost = (findings["robustness"] or {}).get("mean", {})
    for view, (figure, before) in _LOST.items():
        mine = lost.get(view, {})
        row = _at_most(figure, _MOST_LOST, before, mine.get("lost"), _precise)
        yield Row(row.figure, row.wanted, row.before, row.reached, _range(mine.get("lost_interval")), row.met)
    left_out = (findings["held_out"] or {}).get("auc_held_out")
    met = None if left_out is None else left_out >= _LEFT_OUT
    name = "kinds left out of training, all at once, mean AUC"
    yield Row(name, short(_LEFT_OUT), ".58", short(left_out), "", met)


def _at_most(figure: str, most: float, before: float, value: float | None, write: Any) -> Row:
    met = None if value is None else value <= most
    return Row(figure, f"{write(most)} at most", write(before), write(value), "", met)


def _precise(value: float | None) -> str:
    return short(value, 3)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100.0 * value:.1f} %"


def _range(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"{short(interval[0])} to {short(interval[1])}"
