"""Strength of evidence: how much more probable the findings are if a file is manipulated than if it is not.

The ratio of the posterior odds to the prior odds of the calibration, which is free of the base rate; never a
probability for the reader's own case, whose prior odds are unknown here. The words are those of the ENFSI
guideline for evaluative reporting (2015, section 2.4), whose scale starts at a ratio of 2.
"""

from __future__ import annotations

import math
from enum import StrEnum

_LEAST = 2.0**-50  # of a probability and its complement, so that a ratio is finite


class Support(StrEnum):
    """How strongly the findings support one proposition over the other, in the words of ENFSI's scale."""

    NONE = "none"
    WEAK = "weak"
    MODERATE = "moderate"
    MODERATELY_STRONG = "moderately_strong"
    STRONG = "strong"
    VERY_STRONG = "very_strong"
    EXTREMELY_STRONG = "extremely_strong"


_FROM = (  # the least ratio of each row of the scale
    (2.0, Support.WEAK),
    (10.0, Support.MODERATE),
    (100.0, Support.MODERATELY_STRONG),
    (1_000.0, Support.STRONG),
    (10_000.0, Support.VERY_STRONG),
    (1_000_000.0, Support.EXTREMELY_STRONG),
)


def log10_ratio(posterior: float, prior: float) -> float:
    """Return log10 of posterior odds over prior odds; positive where the findings speak for manipulation.

    Raises ValueError unless ``0 < prior < 1`` and ``0 <= posterior <= 1``.
    """
    if not 0.0 < prior < 1.0 or not 0.0 <= posterior <= 1.0:
        raise ValueError("probabilities are expected, and a prior that is neither 0 nor 1")
    return _log10_odds(posterior) - _log10_odds(prior)


def most(cases: int) -> float:
    """Return the largest absolute log10 ratio that a test set supports: log10 of ``cases`` + 1.

    ``cases`` is the number of independent ones of its smaller class, or of files where no more is known: with
    n of which none lies beyond a score, the share of such cases cannot be said to be below about 1 in n + 1.
    Raises ValueError for a negative number.
    """
    if cases < 0:
        raise ValueError("a number of cases is not negative")
    return math.log10(cases + 1)


def capped(ratio: float, cap: float) -> float:
    """Return a log10 ratio moved into ``[-cap, cap]``."""
    return max(-cap, min(cap, ratio))


def support(ratio: float) -> Support:
    """Return the word for a log10 ratio, whichever proposition it favours."""
    return next((word for least, word in reversed(_FROM) if abs(ratio) >= math.log10(least)), Support.NONE)


def _log10_odds(probability: float) -> float:
    inside = max(_LEAST, min(1.0 - _LEAST, probability))
    return math.log10(inside) - math.log10(1.0 - inside)
