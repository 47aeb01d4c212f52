"""Figures of merit of scores against labels. Pure functions of arrays; higher scores mean manipulated.

``scores`` are ``(N,)`` floats, ``fake`` ``(N,)`` booleans, ``weights`` ``(N,)`` and not negative: how much
each file counts, all the same by default. A bootstrap is then nothing but other weights, one row per draw.
A figure that is not defined (a class is missing) is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


FEWEST_GROUPS = 5
"""Of each class: resampling fewer gives an interval that means nothing."""


class Curve(NamedTuple):
    """A ROC curve, from (0, 0) to (1, 1), one point per different score, highest score first."""

    fpr: Values
    tpr: Values


class Bin(NamedTuple):
    """A bin of a reliability table."""

    estimate: float  # mean estimated probability
    share: float  # of manipulated files
    files: int


def roc(scores: ArrayLike, fake: ArrayLike, weights: ArrayLike | None = None) -> Curve:
    """Return the curve; files of equal score come and go together."""
    real, manipulated = _by_score(scores, fake, weights)
    return Curve(_cumulated(real[::-1]), _cumulated(manipulated[::-1]))


def auc(scores: ArrayLike, fake: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the probability that a fake scores above a real, ties counting half (Mann-Whitney's U)."""
    score, _, weight = _arrays(scores, fake, weights)
    return float(auc_of_draws(score, fake, weight[None])[0])


def auc_of_draws(scores: ArrayLike, fake: ArrayLike, draws: Values) -> Values:
    """Return the AUC ``(R,)`` under each row of weights ``(R, N)``."""
    real, manipulated = _by_score(scores, fake, draws)
    pairs = real.sum(axis=-1) * manipulated.sum(axis=-1)
    below = np.cumsum(real, axis=-1) - real
    won: Values = (manipulated * (below + 0.5 * real)).sum(axis=-1)
    figure = np.full_like(won, np.nan)
    np.divide(won, pairs, out=figure, where=pairs > 0.0)
    return figure


def average_precision(scores: ArrayLike, fake: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the sum over thresholds of precision times gain in recall (no interpolation)."""
    real, manipulated = (part[::-1] for part in _by_score(scores, fake, weights))
    total = manipulated.sum()
    if total <= 0.0 or real.sum() <= 0.0:
        return np.nan
    found, flagged = np.cumsum(manipulated), np.cumsum(manipulated + real)
    precision = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0.0)
    return float((precision * manipulated).sum() / total)


def equal_error_rate(scores: ArrayLike, fake: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the rate at which as large a share of reals is flagged as of fakes is missed, interpolated."""
    fpr, tpr = roc(scores, fake, weights)
    if np.isnan(fpr).any() or np.isnan(tpr).any():
        return np.nan
    gap = fpr - (1.0 - tpr)
    after = int(np.argmax(gap >= 0.0))
    if after == 0:
        return float(fpr[0])
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return float(fpr[after - 1] + share * (fpr[after] - fpr[after - 1]))


def tpr_at_fpr(scores: ArrayLike, fake: ArrayLike, limit: float, weights: ArrayLike | None = None) -> float:
    """Return the largest share of fakes flagged by a threshold that flags at most ``limit`` of the reals.

    NaN with fewer than ``1 / limit`` reals, which cannot resolve such a rate.
    """
    if np.count_nonzero(~np.asarray(fake, bool)) < round(1.0 / limit):
        return np.nan
    fpr, tpr = roc(scores, fake, weights)
    return float(tpr[fpr <= limit].max(initial=0.0)) if not np.isnan(tpr).any() else np.nan


def reliability(
    estimates: ArrayLike, fake: ArrayLike, weights: ArrayLike | None = None, bins: int = 10
) -> list[Bin]:
    """Return a table of bins of equal weight, by rising estimate; empty bins are left out."""
    estimate, manipulated, weight = _arrays(estimates, fake, weights)
    return [bin_of(estimate, manipulated, weight, rows) for rows in equal_bins(estimate, weight, bins)]


def equal_bins(estimates: Values, weights: Values, bins: int) -> list[NDArray[np.int64]]:
    """Return the rows of bins of equal weight, by rising estimate; empty bins are left out.

    Files of one estimate are cut apart at random, always the same way: in the order in which they come,
    one class may stand before the other.
    """
    shuffled = np.random.default_rng(0).permutation(len(estimates))
    order = shuffled[np.argsort(estimates[shuffled], kind="stable")]
    middle = np.cumsum(weights[order]) - weights[order] / 2.0
    place = np.minimum((middle / weights.sum() * bins).astype(int), bins - 1)
    found = [order[place == number] for number in range(bins)]
    return [rows for rows in found if weights[rows].sum() > 0.0]


def bin_of(estimates: Values, fake: Flags, weights: Values, rows: NDArray[np.int64]) -> Bin:
    """Return the bin of some rows."""
    mean, share = (float(np.average(v[rows], weights=weights[rows])) for v in (estimates, fake))
    return Bin(mean, share, len(rows))


def expected_calibration_error(
    estimates: ArrayLike, fake: ArrayLike, weights: ArrayLike | None = None, bins: int = 10
) -> float:
    """Return the mean gap between estimate and share over bins of equal weight (Nguyen & O'Connor, 2015)."""
    table = reliability(estimates, fake, weights, bins)
    return float(np.mean([abs(row.estimate - row.share) for row in table]))


def least_calibration_error(
    estimates: ArrayLike, weights: ArrayLike | None = None, repeats: int = 300, seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """Return the calibration error that estimates have by chance where each is exact, and its 95 % interval.

    Labels are drawn at the estimates, each file by itself: where files of a group share theirs, as those of
    a person often do, chance adds more. What is measured below that says nothing against the estimates
    (Broecker and Smith, "Increasing the Reliability of Reliability Diagrams", 2007).
    """
    estimate = np.asarray(estimates, np.float64)
    rng = np.random.default_rng(seed)
    draws = [
        expected_calibration_error(estimate, rng.random(len(estimate)) < estimate, weights)
        for _ in range(repeats)
    ]
    return float(np.mean(draws)), interval(np.asarray(draws))


def bootstrap_draws(groups: Sequence[Any], repeats: int = 1000, seed: int = 0) -> Values:
    """Return ``(R, N)`` weights: how often each file is drawn when whole groups are, with replacement.

    Files of one group (a person, a source clip) are drawn together, since they are no independent evidence.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    drawn = np.random.default_rng(seed).integers(0, len(names), (repeats, len(names)))
    times = np.stack([np.bincount(row, minlength=len(names)) for row in drawn])
    return times[:, member].astype(np.float64)


def interval(values: Values) -> tuple[float, float]:
    """Return the 95 % percentile interval of a figure's values over draws, NaN among them left out."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def enough_groups(groups: Sequence[Any], fake: ArrayLike) -> bool:
    """Return whether each class has `FEWEST_GROUPS` different groups."""
    names, manipulated = np.asarray(groups), np.asarray(fake, bool)
    return all(len(np.unique(names[manipulated == side])) >= FEWEST_GROUPS for side in (False, True))


def auc_interval(scores: ArrayLike, fake: ArrayLike, groups: Sequence[Any]) -> tuple[float, float] | None:
    """Return the AUC's 95 % interval, bootstrapped over groups; None where there are not enough of them."""
    if not enough_groups(groups, fake):
        return None
    return interval(auc_of_draws(scores, fake, bootstrap_draws(groups)))


def upper_quantile(values: Values, weights: Values, share: float) -> float:
    """Return the lowest number such that at most ``share`` of the weight lies at or above it.

    Values of any scale; where the highest alone weighs more than ``share``, the number lies just above it.
    """
    order = np.argsort(-values)
    ordered, above = values[order], np.cumsum(weights[order]) / weights.sum()
    within = int(np.searchsorted(above, share, side="right"))
    # Equal values lie on one side, all of them.
    while 0 < within < len(ordered) and ordered[within - 1] == ordered[within]:
        within -= 1
    # Between the last value that may lie above and the first that may not.
    if within == 0:
        return float(ordered[0]) + 1e-6
    return float(ordered[within - 1] + ordered[min(within, len(ordered) - 1)]) / 2.0


def _arrays(scores: ArrayLike, fake: ArrayLike, weights: ArrayLike | None) -> tuple[Values, Flags, Values]:
    score = np.asarray(scores, np.float64)
    weight = np.ones_like(score) if weights is None else np.asarray(weights, np.float64)
    return score, np.asarray(fake, bool), weight


def _by_score(scores: ArrayLike, fake: ArrayLike, weights: ArrayLike | None) -> tuple[Values, Values]:
    """Return the weight of reals and of fakes at each different score, lowest first, along the last axis."""
    score, manipulated, weight = _arrays(scores, fake, weights)
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    sorted_weight, label = weight[..., order], manipulated[order]
    real, manipulated_weight = (
        np.add.reduceat(sorted_weight * side, starts, axis=-1) for side in (~label, label)
    )
    return real, manipulated_weight


def _cumulated(weight: Values) -> Values:
    total = weight.sum()
    return np.concatenate([[0.0], np.cumsum(weight)]) / (total if total > 0.0 else np.nan)
