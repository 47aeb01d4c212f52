"""Which frames of a person count: a choice among few, made only on clear evidence."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.aggregate import AggregationRule
from measures.compared import mean_auc
from measures.metrics import Values, bootstrap_draws, interval
from training.evaluation.comparisons import Comparison, counted_rows
from training.evaluation.records import FileRecord, conclude, default_rules, fake_flags, traces_of

# Quantile bands beside the default. All leave out the extremes: a verdict must not hang on a few bad frames.
BANDS: dict[str, tuple[float, float]] = {
    "midmean": (0.25, 0.75),
    "upper half": (0.45, 0.95),
    "upper third": (0.6, 0.95),
}
_LEAST_GAIN = 0.01  # of mean AUC: less is not worth a constant of one's own
_DRAWS = 1000
_ENOUGH_FRAMES = 8


def choose_band(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison]
) -> tuple[AggregationRule, list[dict[str, Any]]]:
    """Return the default rule, or a candidate that clearly beats it, and what was tried.

    Clear is a gain in mean AUC over the video comparisons of at least 0.01 whose bootstrapped interval
    (over groups, both rules on the same draws) lies above zero. Stills have one frame: the band does not
    touch them.
    """
    default = AggregationRule()
    videos = [record for record in records if record.entry.kind == "video" and record.persons]
    if not videos:
        return default, []
    fake = fake_flags(videos)
    rows = counted_rows(videos, comparisons, np.ones(len(videos), np.bool_))
    groups = [record.entry.group for record in videos]
    default_logits = file_logits(videos, default)
    usual = float(mean_auc(rows, default_logits, fake)[0])
    tried: list[dict[str, Any]] = [{"band": "default", "mean_auc": usual}]
    best, best_gain = default, _LEAST_GAIN
    for name, (low, high) in BANDS.items():
        rule = dataclasses.replace(default, low=low, high=high)
        logits = file_logits(videos, rule)
        mine = float(mean_auc(rows, logits, fake)[0])
        tried.append({"band": name, "mean_auc": mine})
        if mine - usual > best_gain:
            draws = bootstrap_draws(groups, _DRAWS)
            gains = mean_auc(rows, logits, fake, draws) - mean_auc(rows, default_logits, fake, draws)
            tried[-1]["gain_interval"] = interval(gains)
            if interval(gains)[0] > 0.0:
                best, best_gain = rule, mine - usual
    return best, tried


def file_logits(records: Sequence[FileRecord], rule: AggregationRule) -> Values:
    """Return each file's logit ``(N,)`` under a rule, NaN without a face."""
    rules = dataclasses.replace(default_rules(of=traces_of(records)), aggregation=rule)
    found = [conclude(record, rules).logit for record in records]
    return np.asarray([np.nan if logit is None else logit for logit in found], np.float64)


def frame_spread(records: Sequence[FileRecord]) -> float:
    """Return the usual standard deviation of a person's frame logits.

    It is the median over the persons in videos, and over the traces.
    """
    spreads = [
        float(np.std(of_trace, ddof=1))
        for record in records
        for faces in record.persons
        for of_trace in zip(*(face.logits for face in faces), strict=True)
        if len(faces) >= _ENOUGH_FRAMES
    ]
    return float(np.median(spreads)) if spreads else 1.0
