"""The rule that makes one logit of two traces: each scaled by authentic media, then the larger one.

Serving, validation while training, and comparisons of rules use it alike. Of a released network the scale is
part of the classifier, so that serving takes the larger logit alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.contracts import Trace
from measures.metrics import Flags, Values, upper_quantile

_TAIL, _DEVIATIONS = 0.05, 1.645  # share of a normal distribution above so many standard deviations


@dataclass(frozen=True, slots=True)
class Scale:
    """Where authentic media lie in the logits of a trace, as the network was trained."""

    trace: Trace
    median: float
    spread: float

    def apply(self, logit: float) -> float:
        """Return the logit in spreads from the median."""
        return (logit - self.median) / self.spread


def authentic_scales(logits: Values, weights: Values, fake: Flags) -> tuple[Scale, ...]:
    """Return the scale of each column of ``logits`` ``(N, T)`` over the authentic media that weigh something.

    The spread is that of the upper side, where false alarms lie: a normal distribution's standard deviation
    with the same 95th percentile. Raises ValueError where no authentic file has a weight.
    """
    rows = np.flatnonzero(~np.isnan(logits).any(1) & (weights > 0.0) & ~fake)
    if not len(rows):
        raise ValueError("no authentic file of a counted comparison has a face")
    scales = []
    for trace, column in zip(Trace, logits[rows].T, strict=False):
        median = upper_quantile(column, weights[rows], 0.5)
        spread = (upper_quantile(column, weights[rows], _TAIL) - median) / _DEVIATIONS
        scales.append(Scale(trace, median, spread if spread > 0.0 else 1.0))
    return tuple(scales)


def strongest(logits: Values, scales: Sequence[Scale]) -> Values:
    """Return the larger of the scaled logits, ``(N,)``, of ``logits`` ``(N, T)``."""
    middle, spread = np.asarray([s.median for s in scales]), np.asarray([s.spread for s in scales])
    return np.asarray(((logits - middle) / spread).max(1))
