"""Intervals of shares, with the standard library alone."""

from __future__ import annotations

import math
from typing import Final

Interval = tuple[float, float]
Z95: Final = 1.959963984540054
"""Two-sided 95 % of a normal distribution."""


def wilson(number: int, of: int) -> Interval | None:
    """Return Wilson's 95 % interval of a share (1927, JASA 22, 209-212); None of nothing."""
    if of == 0:
        return None
    share, square = number / of, Z95 * Z95
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, centre - half), min(1.0, centre + half)
