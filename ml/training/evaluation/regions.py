"""Where the verdicts begin and end: signs, no verdict, nothing reached, and none found.

Fitted to estimates of labelled files: the threshold by the false alarms that it gives, the band of no verdict
by what it buys, and the region without signs by the fakes that it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.calibrate import DecisionRule
from measures.metrics import Flags, Values, upper_quantile
from measures.reliability import share_interval

EVEN = 0.5
FEW_FILES = 50
"""Authentic files below which a set does not resolve a rate of some per cent."""

_CUTS = 25  # places at which the region without signs may end


@dataclass(frozen=True, slots=True)
class Policy:
    """Requirements on the verdicts.

    A band of no verdict may hold at most ``most_abstained`` of the files, and must raise the accuracy of what
    remains by ``least_gain`` points for each point of files that it holds. ``fitted_share`` is the share of
    both bounds on false alarms that the threshold is fitted to, so that they hold on files that were not.
    """

    false_alarms: float = 0.02  # of authentic media, each counted comparison counting alike
    false_alarms_of_a_set: float = 0.04  # of the authentic media of any comparison
    most_abstained: float = 0.12
    least_gain: float = 0.2
    fitted_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """Files with an estimate; all arrays ``(N,)``."""

    estimates: Values
    fake: Flags
    weights: Values  # 0 for files of no counted comparison
    sufficient: Flags  # the evidence lets a verdict follow
    authentic: tuple[NDArray[np.int64], ...]  # of each comparison, the places of its authentic files

    @property
    def counting(self) -> Flags:
        """Which files count and may get a verdict."""
        return (self.weights > 0.0) & self.sufficient


def decision_rule(judged: Judged, policy: Policy) -> DecisionRule:
    """Return the threshold, and the band of no verdict below it."""
    threshold = lowest_threshold(judged, policy)
    low = band_begin(judged, threshold, policy)
    return DecisionRule(threshold=threshold, abstain_low=low, abstain_high=threshold)


def allowed_alarms(files: int, share: float) -> int:
    """Return how many of a set's authentic files may be flagged.

    ``share`` of them; of a set of fewer than `FEW_FILES` one in any case, since one flagged file of so few
    does not show that the rate is higher.
    """
    most = int(share * files + 1e-9)
    return max(1, most) if files < FEW_FILES else most


def lowest_threshold(judged: Judged, policy: Policy) -> float:
    """Return the lowest threshold from even odds up whose false alarms keep to their share of both bounds.

    The mean share over the counted comparisons, and the files of each comparison (`allowed_alarms`).
    """
    alarms = np.where(judged.sufficient, judged.estimates, 0.0)
    real = ~judged.fake & (judged.weights > 0.0)
    least = [upper_quantile(alarms[real], judged.weights[real], policy.fitted_share * policy.false_alarms)]
    for rows in judged.authentic:
        if len(rows):
            most = allowed_alarms(len(rows), policy.fitted_share * policy.false_alarms_of_a_set)
            least.append(upper_quantile(alarms[rows], np.ones(len(rows)), most / len(rows) + 1e-9))
    return min(1.0, max(EVEN, *least))


def band_begin(judged: Judged, threshold: float, policy: Policy) -> float:
    """Return the estimate down to which there is no verdict; the threshold where no band pays."""
    rows = np.flatnonzero(judged.counting)
    rows = rows[np.argsort(-judged.estimates[rows], kind="stable")]
    estimates, fake = judged.estimates[rows], judged.fake[rows]
    weights = judged.weights[rows] / judged.weights[rows].sum()
    flagged = estimates >= threshold
    held = np.concatenate([[0.0], np.cumsum(weights * ~flagged)])
    right = np.where(flagged, fake, ~fake) * weights
    lost = np.concatenate([[0.0], np.cumsum(right * ~flagged)])
    # A band ends between two different estimates, or holds nothing.
    starts = np.flatnonzero(~flagged & (np.diff(estimates, prepend=np.inf) < 0.0))
    starts = starts[held[starts] <= policy.most_abstained]
    if not len(starts):
        return threshold
    accuracy = (right.sum() - lost[starts]) / (1.0 - held[starts])
    best = int(starts[np.argmax(accuracy - policy.least_gain * held[starts])])
    return float(estimates[best]) if held[best] > 0.0 else threshold


def none_below(
    estimates: Values, fake: Flags, weights: Values, groups: Sequence[Any], base_rate: float
) -> float | None:
    """Return the highest estimate, up to the base rate, at or under which fakes are clearly rare; else None.

    Arrays are ``(N,)``, of files without a verdict of signs. Clearly rare is a share of fakes whose 95 %
    interval, bootstrapped over groups, ends under half the base rate.
    """
    low = estimates[estimates <= base_rate]
    if not len(low):
        return None
    levels = np.unique(np.quantile(low, np.linspace(0.0, 1.0, _CUTS), method="lower"))
    for level in levels[::-1].tolist():
        rows = np.flatnonzero(estimates <= level)
        mine = [groups[i] for i in rows.tolist()]
        if share_interval(fake[rows], weights[rows], mine)[1] < base_rate / 2.0:
            return float(level)
    return None
