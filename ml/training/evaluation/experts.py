"""A network of its own for the trace of blending, compared with the one network that knows both traces.

Every face has logits of several networks. Each is scaled by authentic files, logits of one trace are
averaged, the means are scaled again, and from there on all is as it is released: the larger trace speaks for
a person, and the constants of estimates and verdicts are fitted. Scales and constants are fitted without the
groups of the files that they are applied to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from detector.contracts import Trace
from measures.compared import mean_auc
from measures.metrics import Flags, Values, auc, bootstrap_draws, expected_calibration_error, interval
from measures.text import change, short
from training.evaluation.calibrate import fit_estimates, judge
from training.evaluation.comparisons import Comparison, balanced_weights, counted_rows
from training.evaluation.constants import policy_that_holds
from training.evaluation.folds import FOLDS, Fold, OutOfFold
from training.evaluation.platt import group_folds
from training.evaluation.records import FaceRecord, FileRecord, combined, fake_flags
from training.evaluation.regions import FEW_FILES, Policy
from training.evaluation.traces import of_trace, trace_logits
from training.evaluation.verdicts import alarm_faults, false_alarms, verdict_shares
from training.labelled.scale import authentic_scales

Traces = tuple[tuple[int, ...], tuple[int, ...]]
"""Of blending and of generation, which of a face's logits are averaged."""

Affine = Values
"""Factors of a face's logits, and a last column added to them: ``(2, C + 1)`` from C logits to two traces."""


@dataclass(frozen=True, slots=True)
class Way:
    """Records whose faces have the logits of several networks, and which of them make each trace."""

    name: str
    records: Sequence[FileRecord]
    traces: Traces


@dataclass(frozen=True, slots=True)
class Judgement:
    """Figures of one way, all of files whose groups nothing was fitted to."""

    name: str
    aucs: tuple[float, ...]  # of each counted comparison
    mean: float
    gain: tuple[float, float]  # of the mean over the first way: 95 % over groups, on the same draws
    ece: float
    flagged_real: float  # every counted comparison counting alike, as the next two
    flagged_fake: float
    abstained: float
    worst: tuple[str, int, int]  # of sets of `FEW_FILES` or more the one most flagged: name, flagged, files
    holds: bool  # false alarms keep to the bounds of `Policy`


def ways(
    both: tuple[str, Sequence[FileRecord]], seams: Sequence[tuple[str, Sequence[FileRecord]]]
) -> list[Way]:
    """Return ``both`` as it is, then each network for seams in place of its blending, and averaged with it.

    ``both`` has logits of both traces, each of ``seams`` one logit. Raises ValueError when they are not of
    the same faces.
    """
    name, records = both
    found = [Way(name, records, ((0,), (1,)))]
    for other, mine in seams:
        joined = side_by_side([records, mine])
        found.append(Way(f"blending of {other}", joined, ((2,), (1,))))
        found.append(Way(f"blending of {name} and {other}, mean", joined, ((0, 2), (1,))))
    return found


def side_by_side(several: Sequence[Sequence[FileRecord]]) -> list[FileRecord]:
    """Return records whose faces have all logits; raises ValueError when they are not the same faces."""
    return combined(several, lambda views: tuple(logit for logits in views for logit in logits))


def judgements(found: Sequence[Way], comparisons: Sequence[Comparison]) -> Iterator[Judgement]:
    """Yield the figures of each way; the first is what the others are compared with."""
    usual: Values | None = None
    for way in found:
        decoded = [record for record in way.records if record.error is None]
        unseen = _out_of_fold(decoded, way.traces, comparisons)
        logits = np.asarray([np.nan if one.logit is None else one.logit for one in unseen.conclusions])
        fake = fake_flags(decoded)
        rows = counted_rows(decoded, comparisons, ~np.isnan(logits))
        draws = bootstrap_draws([record.entry.group for record in decoded])
        means = mean_auc(rows, logits, fake, draws)
        usual = means if usual is None else usual
        weights = balanced_weights(decoded, comparisons)
        counting = np.flatnonzero((weights > 0.0) & ~np.isnan(unseen.probability))
        shares, alarms = verdict_shares(decoded, weights, unseen), false_alarms(decoded, comparisons, unseen)
        yield Judgement(
            way.name,
            tuple(auc(logits[row], fake[row]) for row in rows),
            float(mean_auc(rows, logits, fake)[0]),
            interval(means - usual),
            expected_calibration_error(unseen.probability[counting], fake[counting], weights[counting]),
            shares["flagged_real"],
            shares["flagged_fake"],
            shares["abstained"],
            _worst(alarms),
            not alarm_faults(alarms, Policy()),
        )


def table(found: Sequence[Way], comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield the lines of a table for docs/experiments.md."""
    names = [one.name for one in comparisons if one.counted]
    verdicts = ("authentic flagged", "of the worst set", "within bounds", "manipulated flagged", "no verdict")
    heading = ("traces", *names, "mean AUC", "gain", "ECE", *verdicts)
    yield _line(heading)
    yield _line(["---"] * len(heading))
    for one in judgements(found, comparisons):
        gain = "" if one.gain == (0.0, 0.0) else change(one.gain)
        worst = f"{one.worst[1]} of {one.worst[2]} ({one.worst[0]})"
        figures = (*map(_figure, one.aucs), _figure(one.mean), gain, _figure(one.ece))
        alarms = (_percent(one.flagged_real), worst, "yes" if one.holds else "no")
        yield _line((one.name, *figures, *alarms, _percent(one.flagged_fake), _percent(one.abstained)))


def alone(
    both: tuple[str, Sequence[FileRecord]],
    seams: Sequence[tuple[str, Sequence[FileRecord]]],
    comparisons: Sequence[Comparison],
) -> Iterator[str]:
    """Yield the lines of a table of every logit alone, without a join.

    The last column is its rank correlation with the first one over authentic files. Files count that all
    networks can score.
    """
    name, records = both
    logits = _each_alone(side_by_side([records, *(mine for _, mine in seams)]))
    fake = fake_flags(records)
    scored = np.asarray(~np.isnan(logits).any(1), np.bool_)
    rows = counted_rows(records, comparisons, scored)
    names = [one.name for one in comparisons if one.counted]
    heading = ("one logit alone", *names, "mean AUC", "rank correlation with the first, authentic files")
    yield _line(heading)
    yield _line(["---"] * len(heading))
    called = [*(f"{name}, {trace}" for trace in Trace), *(other for other, _ in seams)]
    for what, column in zip(called, logits.T, strict=True):
        aucs = [auc(column[row], fake[row]) for row in rows]
        follows = float(spearmanr(column[scored & ~fake], logits[scored & ~fake, 0]).statistic)
        figures = (*aucs, float(mean_auc(rows, column, fake)[0]))
        yield _line((what, *map(_figure, figures), short(follows)))


def _out_of_fold(
    records: Sequence[FileRecord], traces: Traces, comparisons: Sequence[Comparison]
) -> OutOfFold:
    """Conclude about every record by scales, estimates and regions that were fitted without its group."""
    fake, weights = fake_flags(records), balanced_weights(records, comparisons)
    entries = [record.entry for record in records]
    fold_of = group_folds(
        [entry.dataset for entry in entries], [entry.group for entry in entries], FOLDS, seed=0
    )
    logits = _each_alone(records)
    scaled, folds = list(records), []
    for fold in range(FOLDS):
        inside, others = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        affine = _scale(logits[others], weights[others], fake[others], traces)
        for row in inside.tolist():
            scaled[row] = _applied(records[row], affine)
        fitted = [_applied(records[row], affine) for row in others.tolist()]
        rules = fit_estimates(fitted, comparisons)
        folds.append(Fold(inside, rules, judge(fitted, comparisons, rules)))
    return policy_that_holds(scaled, comparisons, Policy(), folds)[1]


def _each_alone(records: Sequence[FileRecord]) -> Values:
    """Return each file's logit by each network alone ``(N, C)``; NaN without a face."""
    columns = max(len(face.logits) for record in records for faces in record.persons for face in faces)
    return np.concatenate([trace_logits(of_trace(records, place)) for place in range(columns)], 1)


def _scale(logits: Values, weights: Values, fake: Flags, traces: Traces) -> Affine:
    """Return what brings each trace's mean of scaled logits to authentic files' median 0 and spread 1."""
    columns = [authentic_scales(column[:, None], weights, fake)[0] for column in logits.T]
    affine = np.zeros((len(traces), len(columns) + 1))
    for line, places in zip(affine, traces, strict=True):
        for place in places:
            line[place] = 1.0 / columns[place].spread / len(places)
            line[-1] -= columns[place].median * line[place]
    means = logits @ affine[:, :-1].T + affine[:, -1]
    again = authentic_scales(means, weights, fake)
    for line, scale in zip(affine, again, strict=True):
        line[-1] -= scale.median
        line /= scale.spread
    return affine


def _applied(record: FileRecord, affine: Affine) -> FileRecord:
    def of_face(face: FaceRecord) -> FaceRecord:
        both = affine[:, :-1] @ np.asarray(face.logits) + affine[:, -1]
        return dataclasses.replace(face, logits=tuple(both.tolist()))

    persons = tuple(tuple(map(of_face, faces)) for faces in record.persons)
    return dataclasses.replace(record, persons=persons, raw_logit=None)


def _worst(alarms: Sequence[dict[str, Any]]) -> tuple[str, int, int]:
    large = [row for row in alarms if row["files"] >= FEW_FILES] or list(alarms)
    row = max(large, key=lambda one: one["flagged"] / one["files"])
    return row["comparison"], row["flagged"], row["files"]


def _figure(share: float) -> str:
    return short(share, 3)


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
