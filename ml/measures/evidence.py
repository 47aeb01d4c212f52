"""Strength of evidence: likelihood ratios of calibrated estimates, and what they cost where they mislead.

A likelihood ratio is the estimate's odds over the prior odds of the files that it was calibrated on: how
much more often such a score comes from manipulated files than from authentic ones. ``log_ratios`` ``(N,)``
are to base 10; ``fake`` and ``weights`` are as in `metrics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from measures.metrics import Flags, Values

_CLOSEST = 1e-12  # of an estimate to 0 or 1


class Tippett(NamedTuple):
    """Shares of authentic and of manipulated files whose ratio is at least a level."""

    levels: Values  # log10 of the ratio, rising
    real: Values
    fake: Values


def log_likelihood_ratios(estimates: Values, base_rate: float, cap: float | None = None) -> Values:
    """Return log10 of posterior odds over prior odds, within ``-cap`` to ``cap``."""
    p = np.clip(estimates, _CLOSEST, 1.0 - _CLOSEST)
    ratios: Values = np.log10(p / (1.0 - p)) - np.log10(base_rate / (1.0 - base_rate))
    return ratios if cap is None else np.clip(ratios, -cap, cap)


def ratio_cap(fake: Flags, groups: Sequence[Any]) -> float:
    """Return the log10 of the largest ratio that a test set supports.

    It is one more than the independent cases of the class that has fewer. Of n cases the next one may be the
    first of its kind, so that no ratio beyond n + 1 was observed (the "n + 1" rule; Vergeer et al., Science &
    Justice 56, 2016, treat such limits).
    """
    names = np.asarray(groups)
    return float(np.log10(1 + min(len(np.unique(names[fake == side])) for side in (False, True))))


def cllr(log_ratios: Values, fake: Flags, weights: Values) -> float:
    """Return the cost of log likelihood ratios (Brümmer & du Preez, 2006): 0 at best, 1 says nothing.

    Both classes count alike; NaN where one is missing.
    """
    costs = np.logaddexp(0.0, np.where(fake, -1.0, 1.0) * log_ratios * np.log(10.0)) / np.log(2.0)
    sides = [fake, ~fake]
    if any(weights[side].sum() <= 0.0 for side in sides):
        return float(np.nan)
    return float(np.mean([np.average(costs[side], weights=weights[side]) for side in sides]))


def tippett(log_ratios: Values, fake: Flags, weights: Values) -> Tippett:
    """Return the curves of a Tippett plot, one level per different ratio."""
    levels = np.unique(log_ratios)

    def shares(side: Flags) -> Values:
        order = np.argsort(log_ratios[side], kind="stable")
        below = np.concatenate([[0.0], np.cumsum(weights[side][order])])
        at = np.searchsorted(log_ratios[side][order], levels, side="left")
        return np.asarray(1.0 - below[at] / below[-1], np.float64)

    return Tippett(levels, shares(~fake), shares(fake))
