"""What compression, resizing, filters, glasses and make-up cost.

A fixed part of every comparison is measured as it is and degraded, each way alone, on the same files and
frames. Faces are found anew in the degraded media and kept, so that further weights cost scoring alone, and a
measurement that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector.aggregate import AggregationRule
from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Rules
from detector.contracts import Verdict
from detector.model import open_detector
from detector.networks import Network
from detector.runtimes.onnx import OnnxRuntime
from measures import metrics
from measures.compared import mean_auc
from measures.metrics import Flags, Values
from training.evaluation.bands import file_logits
from training.evaluation.comparisons import Comparison
from training.evaluation.degradations import DEGRADATIONS
from training.evaluation.found_faces import FaceCache
from training.evaluation.measure import score
from training.evaluation.records import Entry, FileRecord, Measured, conclude, fake_flags, traces_of

_EVERY = 25  # files, between two lines of progress


def chosen(entries: Sequence[Entry], comparison: Comparison, count: int) -> list[Entry]:
    """Return up to ``count`` entries of each class, from as many groups as possible, always the same ones."""
    taken: list[Entry] = []
    for label, datasets in (("real", comparison.real), ("fake", comparison.fake)):
        groups: dict[str, list[Entry]] = {}
        for entry in sorted(entries, key=lambda e: _order(e.file)):
            if entry.label == label and entry.dataset in datasets and entry.kind == comparison.unit:
                groups.setdefault(entry.group, []).append(entry)
        ranked = [
            (place, _order(group), entry)
            for group, members in groups.items()
            for place, entry in enumerate(members)
        ]
        taken += [entry for _, _, entry in sorted(ranked, key=lambda row: row[:2])[:count]]
    return taken


def measure_robustness(
    scorer: Network,
    measured: Measured,
    entries: Sequence[Entry],
    comparisons: Sequence[Comparison],
    calibration: dict[str, Any],
    data: Path,
    cache: Path,
    files: int,
) -> dict[str, Any]:
    """Measure up to ``files`` files of each class of every comparison in every view; return `losses`."""
    part = {e.file: e for c in comparisons if c.real and c.fake for e in chosen(entries, c, files)}
    detector = open_detector("mtcnn", OnnxRuntime())
    records: dict[str | None, list[FileRecord]] = {}
    for view in (None, *DEGRADATIONS):
        seen = FaceCache(cache, detector, measured.crop, measured.frames, view)
        left = records.get(None, []) if view and DEGRADATIONS[view].authentic_alone else []
        records[view] = _measured(part.values(), view, seen, left, scorer, measured, data)
    views = {view: records[view] for view in DEGRADATIONS}
    report = losses(records[None], views, comparisons, _rules(measured, records[None], calibration))
    return report | {
        "weights_sha256": measured.weights_sha256,
        "detector": measured.detector,
        "frames": measured.frames,
        "files": len(part),
    }


def _measured(
    part: Collection[Entry],
    view: str | None,
    cache: FaceCache,
    left: Sequence[FileRecord],
    scorer: Network,
    measured: Measured,
    data: Path,
) -> list[FileRecord]:
    """Score files in a view; fakes that are ``left`` as they are keep their records."""
    kept = {record.entry.file: record for record in left if record.fake}
    found, begun = [], time.monotonic()
    for number, entry in enumerate(part, 1):
        again = kept.get(entry.file)
        found.append(again or score(entry, cache.get(data, entry.file), scorer, measured))
        if number % _EVERY == 0 or number == len(part):
            seconds = time.monotonic() - begun
            print(f"{view or 'untouched'}: {number} of {len(part)} files, {seconds:.0f} s", flush=True)
    return found


def _rules(measured: Measured, records: Sequence[FileRecord], calibration: dict[str, Any]) -> Rules:
    return Rules(
        measured.crop,
        AggregationRule(**calibration["aggregation"]),
        Calibration(**calibration["calibration"]),
        DecisionRule(**calibration["decision"]),
        traces_of(records),
    )


def losses(
    untouched: Sequence[FileRecord],
    views: Mapping[str, Sequence[FileRecord]],
    comparisons: Sequence[Comparison],
    rules: Rules,
) -> dict[str, Any]:
    """Return per comparison, and as the mean over the counted ones, the AUC and what each view takes of it.

    A file counts where it has a face both ways; ``faces_lost`` is the share of files whose face is not found
    any more. Intervals are 95 %, over groups, both ways on the same draws. ``flagged`` are shares of the
    authentic files, every comparison counting alike: untouched, and in the view.
    """
    rule = rules.aggregation
    fake = fake_flags(untouched)
    groups = [record.entry.group for record in untouched]
    before = file_logits(untouched, rule)
    draws = metrics.bootstrap_draws(groups)
    report: dict[str, Any] = {"comparisons": [], "mean": {}}
    members = {c.name: c.members(untouched) for c in comparisons if c.real and c.fake}
    after = {name: file_logits(records, rule) for name, records in views.items()}
    for comparison in comparisons:
        if comparison.name not in members:
            continue
        rows = members[comparison.name]
        suffice = metrics.enough_groups([groups[i] for i in rows], fake[rows])
        table = {name: _loss([rows], before, logits, fake, draws, suffice) for name, logits in after.items()}
        counts = {"real": int((~fake[rows]).sum()), "fake": int(fake[rows].sum())}
        report["comparisons"].append(
            {"comparison": comparison.name, "unit": comparison.unit, **counts, "views": table}
        )
    counted = [members[c.name] for c in comparisons if c.counted and c.name in members]
    authentic = [rows[~fake[rows]] for rows in counted if not fake[rows].all()]
    usual = _flagged(untouched, authentic, rules)
    report["mean"] = {
        name: _loss(counted, before, logits, fake, draws, True)
        | {"flagged": [usual, _flagged(views[name], authentic, rules)]}
        for name, logits in after.items()
    }
    return report


def _flagged(records: Sequence[FileRecord], authentic: Sequence[Any], rules: Rules) -> float:
    said = np.asarray([conclude(r, rules).decision.verdict is Verdict.MANIPULATED for r in records])
    return float(np.mean([said[rows].mean() for rows in authentic])) if authentic else 0.0


def _loss(
    rows: Sequence[Any], before: Values, after: Values, fake: Flags, draws: Values, groups_suffice: bool
) -> dict[str, Any]:
    seen = [members[~np.isnan(before[members])] for members in rows]
    both = [members[~np.isnan(after[members])] for members in seen]
    total = sum(map(len, seen))
    clean, worse = (float(mean_auc(both, logits, fake)[0]) for logits in (before, after))
    bounds = None
    if groups_suffice and not np.isnan(clean):
        low, high = metrics.interval(mean_auc(both, before, fake, draws) - mean_auc(both, after, fake, draws))
        bounds = [low, high]
    return {
        "auc_untouched": None if np.isnan(clean) else clean,
        "auc": None if np.isnan(worse) else worse,
        "lost": None if np.isnan(clean - worse) else clean - worse,
        "lost_interval": bounds,
        "faces_lost": 1.0 - sum(map(len, both)) / total if total else None,
    }


def _order(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
