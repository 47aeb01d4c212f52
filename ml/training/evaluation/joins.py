"""Ways to make one logit of two traces, compared on files that none of them was fitted to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize
from scipy.special import expit

from measures.compared import mean_auc
from measures.metrics import Flags, Values, auc, bootstrap_draws, interval
from measures.text import number
from training.evaluation.comparisons import Comparison, balanced_weights, counted_rows
from training.evaluation.folds import FOLDS
from training.evaluation.platt import fit_platt, group_folds
from training.evaluation.records import FileRecord, fake_flags
from training.evaluation.traces import trace_logits
from training.labelled.scale import authentic_scales
from training.labelled.scale import strongest as strongest_of

Fit = Callable[[Values, Flags, Values], Callable[[Values], Values]]
"""Of logits ``(N, T)``, labels and weights: what makes scores ``(M,)`` of logits ``(M, T)``."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Figures of one way, cross-validated over groups."""

    name: str
    aucs: tuple[float, ...]  # of each counted comparison
    mean: float
    gain: tuple[float, float]  # of the mean over the first way: 95 % over groups, on the same draws


def strongest(logits: Values, fake: Flags, weights: Values) -> Callable[[Values], Values]:
    """Take the larger of the logits, each scaled by its authentic files."""
    scales = authentic_scales(logits, weights, fake)
    return lambda some: strongest_of(some, scales)


def handicapped(spreads: float) -> Fit:
    """Return the same with so many spreads taken off the second trace."""

    def fit(logits: Values, fake: Flags, weights: Values) -> Callable[[Values], Values]:
        first, second = authentic_scales(logits, weights, fake)
        later = replace(second, median=second.median + spreads * second.spread)
        return lambda some: strongest_of(some, (first, later))

    return fit


def noisy_or(logits: Values, fake: Flags, weights: Values) -> Callable[[Values], Values]:
    """Take the probability that at least one trace is there, of traces calibrated each."""
    fits = [fit_platt(column, fake, weights) for column in logits.T]
    slopes, intercepts = (np.asarray(one) for one in zip(*fits, strict=True))
    return lambda some: np.asarray(1.0 - expit(-(some * slopes + intercepts)).prod(1))


def regression(logits: Values, fake: Flags, weights: Values) -> Callable[[Values], Values]:
    """Take a logistic regression on both."""
    middle, spread = logits.mean(0), logits.std(0)
    x = np.concatenate([(logits - middle) / spread, np.ones((len(logits), 1))], 1)
    weight = weights / weights.sum()

    def loss(factors: Values) -> tuple[float, Values]:
        z = x @ factors
        return float(weight @ (np.logaddexp(0.0, z) - fake * z)), x.T @ (weight * (expit(z) - fake))

    best = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return lambda some: np.asarray(((some - middle) / spread) @ best[:-1] + best[-1])


WAYS: dict[str, Fit] = {
    "larger of the scaled": strongest,
    **{f"the same, generation less {spreads:g}": handicapped(spreads) for spreads in (0.5, 1.0, 1.5)},
    "noisy-or of the calibrated": noisy_or,
    "logistic regression": regression,
}


def compare(records: Sequence[FileRecord], comparisons: Sequence[Comparison]) -> Iterator[Joined]:
    """Yield the figures of each way to join, then those of each trace alone."""
    records = [record for record in records if record.error is None and record.persons]
    logits, fake = trace_logits(records), fake_flags(records)
    weights = balanced_weights(records, comparisons)
    groups = [record.entry.group for record in records]
    folds = group_folds([record.entry.dataset for record in records], groups, FOLDS, seed=0)
    scores = {name: _out_of_fold(fit, logits, fake, weights, folds) for name, fit in WAYS.items()}
    scores |= {f"trace {place + 1} alone": column for place, column in enumerate(logits.T)}
    rows = counted_rows(records, comparisons, np.ones(len(records), np.bool_))
    draws = bootstrap_draws(groups)
    usual = mean_auc(rows, next(iter(scores.values())), fake, draws)
    for name, mine in scores.items():
        yield Joined(
            name,
            tuple(auc(mine[row], fake[row]) for row in rows),
            float(mean_auc(rows, mine, fake)[0]),
            interval(mean_auc(rows, mine, fake, draws) - usual),
        )


def print_joins(records: Sequence[FileRecord], comparisons: Sequence[Comparison]) -> None:
    """Print the table of all ways."""
    table = Table("joined by", *(c.name for c in comparisons if c.counted), "mean", "gain")
    for row in compare(records, comparisons):
        gain = "" if row.gain == (0.0, 0.0) else f"{row.gain[0]:+.3f} to {row.gain[1]:+.3f}"
        table.add_row(row.name, *map(number, row.aucs), number(row.mean), gain)
    Console(width=None if Console().is_terminal else 180).print(table)


def _out_of_fold(fit: Fit, logits: Values, fake: Flags, weights: Values, folds: NDArray[np.int64]) -> Values:
    scores = np.full(len(logits), np.nan)
    for fold in range(FOLDS):
        others, inside = folds != fold, folds == fold
        used = others & (weights > 0.0)
        scores[inside] = fit(logits[used], fake[used], weights[used])(logits[inside])
    return scores
