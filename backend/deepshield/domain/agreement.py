"""How far two readers of the same files agree: in raw numbers, and beyond chance.

Cohen's kappa is (po - pe) / (1 - pe), with po the share of files on which both agree and pe the share on
which they would by chance, from how often each gives each answer (Cohen 1960, Educational and Psychological
Measurement 20, 37-46). Its standard error for an interval is the large-sample one of Fleiss, Cohen and
Everitt (1969, Psychological Bulletin 72, 323-327, formula 13). The share's interval is Wilson's (1927,
Journal of the American Statistical Association 22, 209-212).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from deepshield.domain.intervals import Z95, Interval, wilson


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures of a number of files with two readers each."""

    pairs: int
    agreed: int
    share: float | None
    """Of files on which both agree; None without files."""
    share_interval: Interval | None
    kappa: float | None
    """None without files, and where both always gave one and the same answer, which chance explains."""
    kappa_interval: Interval | None
    """None also of fewer than two files."""


def agreement(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """Return how far the first and the second readers of files agree; each pair is one file's answers."""
    number = len(pairs)
    if number == 0:
        return Agreement(0, 0, None, None, None, None)
    agreed = sum(first == second for first, second in pairs)
    share = agreed / number
    kappa, error = _kappa(pairs)
    interval = None
    if kappa is not None and number > 1:
        interval = (max(-1.0, kappa - Z95 * error), min(1.0, kappa + Z95 * error))
    return Agreement(number, agreed, share, wilson(agreed, number), kappa, interval)


def _kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> tuple[float | None, float]:
    """Return kappa, and its standard error by Fleiss, Cohen and Everitt; None where chance explains all."""
    number = len(pairs)
    cells = {pair: count / number for pair, count in Counter(pairs).items()}
    row = {answer: count / number for answer, count in Counter(first for first, _ in pairs).items()}
    column = {answer: count / number for answer, count in Counter(second for _, second in pairs).items()}
    observed = sum(share for (first, second), share in cells.items() if first == second)
    chance = sum(share * column.get(answer, 0.0) for answer, share in row.items())
    if chance >= 1.0:
        return None, 0.0
    kappa = (observed - chance) / (1.0 - chance)
    on, off = 0.0, 0.0
    for (first, second), share in cells.items():
        if first == second:
            marginals = row[first] + column[first]
            on += share * ((1.0 - chance) - marginals * (1.0 - observed)) ** 2
        else:
            off += share * (column.get(first, 0.0) + row.get(second, 0.0)) ** 2
    spread = on + (1.0 - observed) ** 2 * off - (observed * chance - 2.0 * chance + observed) ** 2
    return kappa, math.sqrt(max(0.0, spread) / number) / (1.0 - chance) ** 2
