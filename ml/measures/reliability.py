"""What estimates are worth: rows that rise with the estimate, each with its interval.

Arrays are as in `metrics`; ``groups`` ``(N,)`` name what stands behind each file (a person, a source clip).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from measures.metrics import Bin, Flags, Values, bin_of, bootstrap_draws, equal_bins, interval

_TAIL = 0.025  # on either side of an interval


class Row(NamedTuple):
    """A row of a reliability table that rises."""

    bin: Bin
    interval: tuple[float, float]  # of the share, 95 %


def rising(
    estimates: Values, fake: Flags, weights: Values, groups: Sequence[Any], bins: int = 10
) -> list[Row]:
    """Return rows in which a higher estimate never goes with a lower share of fakes.

    Bins of equal weight that violate the order are pooled with their neighbours (isotonic regression by pool
    adjacent violators; Barlow et al., "Statistical Inference under Order Restrictions", 1972), and so are
    bins that share an estimate.
    """
    blocks: list[Any] = []
    for rows in equal_bins(estimates, weights, bins):
        blocks.append(rows)
        while len(blocks) > 1 and _violate(estimates, fake, weights, blocks[-2], blocks[-1]):
            blocks[-2:] = [np.concatenate(blocks[-2:])]
    draws = bootstrap_draws(groups)
    return [
        Row(
            bin_of(estimates, fake, weights, rows),
            share_interval(fake[rows], weights[rows], [groups[i] for i in rows], draws[:, rows]),
        )
        for rows in blocks
    ]


def share_interval(
    fake: Flags, weights: Values, groups: Sequence[Any], draws: Values | None = None
) -> tuple[float, float]:
    """Return the 95 % interval of the weighted share of fakes, bootstrapped over groups.

    ``draws`` ``(R, N)`` are of `metrics.bootstrap_draws`. Where all files are of one class every draw shows
    that class alone, so the interval is never narrower than what so many groups leave open at either end
    (Clopper & Pearson, 1934, for none of n).
    """
    drawn = (bootstrap_draws(groups) if draws is None else draws) * weights
    total = drawn.sum(axis=1)
    shares = np.full(len(drawn), np.nan)
    np.divide(drawn @ fake.astype(np.float64), total, out=shares, where=total > 0.0)
    low, high = interval(shares)
    left_open = float(_TAIL ** (1.0 / len(set(groups))))
    # A sum of weights over itself may be more than one in its last digit.
    return max(0.0, min(low, left_open)), min(1.0, max(high, 1.0 - left_open))


def _violate(estimates: Values, fake: Flags, weights: Values, lower: Any, higher: Any) -> bool:
    below, above = (float(np.average(fake[rows], weights=weights[rows])) for rows in (lower, higher))
    return below >= above or float(estimates[lower].max()) >= float(estimates[higher].min())
