"""A candidate and the bundle that it was made of, on the same files of the split `test`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.bundle import Bundle
from detector.conclude import Rules
from detector.contracts import Verdict
from detector.networks import Network
from detector.runtimes.onnx import OnnxRuntime
from measures import metrics
from measures.metrics import Flags, Values
from measures.reliability import share_interval
from training.evaluation.found_faces import FaceCache, code_digest
from training.evaluation.measure import FRAMES, measure
from training.evaluation.records import Entry, FileRecord, Measured, conclude, fake_flags, read_records

LEAST_FILES, LEAST_GROUPS = 20, 10
"""Of each class with a face: on fewer, nothing is said of which bundle does better."""

_CLAIMS = {
    "better": "The candidate ranks these files better: the interval of the difference lies above zero.",
    "worse": "The candidate ranks these files worse: the interval of the difference lies below zero.",
    "not_shown": "Neither is shown to rank these files better: the interval of the difference holds zero.",
    "too_small": (
        f"Too few files to say which bundle does better: {LEAST_FILES} files and {LEAST_GROUPS} groups of "
        "either class with a face are needed."
    ),
}


def measure_bundle(
    bundle: Bundle, entries: list[Entry], data: Path, cache: FaceCache, out: Path
) -> list[FileRecord]:
    """Return the records of ``entries`` by a bundle as it is served, kept in the file ``out``."""
    manifest = bundle.manifest
    scorer = OnnxRuntime().scorer(bundle.folder, manifest.architecture)
    weights = manifest.metrics.weights_sha256
    measured = Measured(weights, manifest.architecture, manifest.crop, FRAMES, code_digest())
    return measured_records(scorer, measured, entries, data, cache, out)


def measured_records(
    scorer: Network, measured: Measured, entries: list[Entry], data: Path, cache: FaceCache, out: Path
) -> list[FileRecord]:
    """Return the records of ``entries``, with those entries, kept in the file ``out``.

    What ``out`` holds of other weights or other code is measured anew.
    """
    if out.exists() and out.stat().st_size:
        try:
            before = read_records(out)[0]
        except ValueError:
            before = None
        if before != measured:
            out.unlink()
    measure(scorer, measured, entries, data, cache, out)
    found = {record.entry.file: record for record in read_records(out)[1]}
    return [dataclasses.replace(found[entry.file], entry=entry) for entry in entries]


def compare(
    base: tuple[Sequence[FileRecord], Rules], candidate: tuple[Sequence[FileRecord], Rules]
) -> dict[str, Any]:
    """Return figures of both, and their difference on the same draws of groups.

    Both have the same files in the same order. Intervals are 95 %, bootstrapped over groups, and None where
    a class has too few of them.
    """
    before, after = (_Said(*one) for one in (base, candidate))
    fake, groups = before.fake, before.groups
    draws = metrics.bootstrap_draws(groups)
    faces = before.with_face & after.with_face
    counts = _counts(fake, groups, faces)
    enough = min(counts["real"], counts["fake"]) >= LEAST_FILES
    enough = enough and min(counts["real_groups"], counts["fake_groups"]) >= LEAST_GROUPS
    gain = _difference(partial(_Said.auc, rows=faces), before, after, draws)
    claim = "too_small" if not enough else _claim(gain["interval"])
    return {
        "files": len(fake),
        "without_face": int((~faces).sum()),
        **counts,
        "base": before.figures(faces),
        "candidate": after.figures(faces),
        "difference": {
            "auc": gain,
            **{
                name: _difference(partial(_Said.share, side=side, verdict=verdict), before, after, draws)
                for name, (side, verdict) in _shares(fake).items()
            },
        },
        "claim": claim,
        "claim_text": _CLAIMS[claim],
    }


def _shares(fake: Flags) -> dict[str, tuple[Flags, Verdict]]:
    """Return the shares that are told of a bundle: of which files, with which verdict."""
    return {
        "false_alarms": (~fake, Verdict.MANIPULATED),
        "flagged": (fake, Verdict.MANIPULATED),
        "misses": (fake, Verdict.NO_SIGNS),
        "abstained": (np.ones(len(fake), np.bool_), Verdict.INCONCLUSIVE),
    }


class _Said:
    """What a bundle says of each file; files that could not be decoded say nothing."""

    def __init__(self, records: Sequence[FileRecord], rules: Rules) -> None:
        concluded = [conclude(record, rules) for record in records]
        self.fake = fake_flags(records)
        self.groups = [record.entry.group for record in records]
        self.analysed = np.asarray([record.error is None for record in records], np.bool_)
        self.verdicts = np.asarray([one.decision.verdict.value for one in concluded])
        self.logits: Values = np.asarray(
            [np.nan if one.logit is None else one.logit for one in concluded], np.float64
        )
        self.with_face: Flags = ~np.isnan(self.logits)

    def auc(self, draws: Values, rows: Flags) -> Values:
        return metrics.auc_of_draws(self.logits[rows], self.fake[rows], draws[:, rows])

    def share(self, draws: Values, side: Flags, verdict: Verdict) -> Values:
        """Return the share of one side's files with a verdict under each draw."""
        rows = side & self.analysed
        weights = draws[:, rows]
        total = weights.sum(1)
        found = np.full(len(weights), np.nan)
        np.divide(
            weights @ (self.verdicts[rows] == verdict.value).astype(np.float64),
            total,
            out=found,
            where=total > 0,
        )
        return found

    def figures(self, faces: Flags) -> dict[str, Any]:
        rows = np.flatnonzero(faces)
        groups = [self.groups[row] for row in rows.tolist()]
        value = metrics.auc(self.logits[rows], self.fake[rows])
        return {
            "auc": _known(value),
            "auc_interval": metrics.auc_interval(self.logits[rows], self.fake[rows], groups),
            **{
                key: value
                for name, told in _shares(self.fake).items()
                for key, value in self._rate(name, *told).items()
            },
        }

    def _share(self, side: Flags, verdict: Verdict) -> float | None:
        return _known(float(self.share(np.ones((1, len(side))), side, verdict)[0]))

    def _rate(self, name: str, side: Flags, verdict: Verdict) -> dict[str, Any]:
        rows = np.flatnonzero(side & self.analysed)
        groups = [self.groups[row] for row in rows.tolist()]
        said = self.verdicts[rows] == verdict.value
        interval = share_interval(said, np.ones(len(rows)), groups) if len(rows) else None
        return {name: self._share(side, verdict), f"{name}_interval": interval}


def _difference(
    of: Callable[[_Said, Values], Values], before: _Said, after: _Said, draws: Values
) -> dict[str, Any]:
    """Return by how much a figure is higher for the candidate, with the interval over the same draws."""
    once = np.ones((1, draws.shape[1]))
    value = float((of(after, once) - of(before, once))[0])
    low, high = metrics.interval(of(after, draws) - of(before, draws))
    known = metrics.enough_groups(before.groups, before.fake) and not np.isnan(low)
    return {"value": _known(value), "interval": (low, high) if known else None}


def _claim(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return "too_small"
    return "better" if interval[0] > 0.0 else "worse" if interval[1] < 0.0 else "not_shown"


def _counts(fake: Flags, groups: Sequence[str], faces: Flags) -> dict[str, int]:
    names = np.asarray(groups)
    sides: dict[str, NDArray[np.bool_]] = {"real": faces & ~fake, "fake": faces & fake}
    return {name: int(side.sum()) for name, side in sides.items()} | {
        f"{name}_groups": len(np.unique(names[side])) for name, side in sides.items()
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
