"""From face scores to a person's score to the file's: pure functions, every step on record.

The rules are chosen so that no verdict depends on a few frames. A person's score is a weighted mean over a
band of the quantiles of their frames' logits: it leaves out the extremes, does not depend on order, never
rises when a face's score falls, and has no step at any number of frames, because frames enter by the share
of the band that they cover. A person seen in few of the sampled frames is drawn towards what authentic
media score, by a factor that reaches one smoothly. The file is as suspicious as its most suspicious person,
corrected for how many people it shows: of many authentic people some score high by chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Step, StepKind

METHOD = "quantile-band-1"


@dataclass(frozen=True, slots=True)
class AggregationRule:
    """The bundle's constants.

    ``low`` and ``high`` bound the quantile band, in shares of the person's frames by weight.
    ``presence_frames`` says how many frames' worth of doubt an absence is; ``authentic_logit`` is the mean
    file logit of authentic media, towards which a rarely seen person is drawn. ``authentic_median`` and
    ``authentic_spread`` are of the logistic distribution that the logits of authentic people follow from
    their median upwards.
    """

    low: float = 0.1
    high: float = 0.9
    presence_frames: float = 4.0
    authentic_logit: float = -2.0
    authentic_median: float = -2.0
    authentic_spread: float = 1.0
    method: str = METHOD


@dataclass(frozen=True, slots=True)
class PersonScore:
    """A person's aggregated logit, how it came about, and its standard error."""

    logit: float
    standard_error: float
    steps: tuple[Step, ...]


def face_weight(size_px: float, sharpness: float, confidence: float) -> float:
    """Weigh a face by how much it can show, 0.05 to 1: small, soft or doubtful faces count less.

    Ramps are linear: 24 to 80 px, sharpness 0.1 to 0.25, confidence 0.7 to 0.95.
    """
    product = _ramp(size_px, 24.0, 80.0) * _ramp(sharpness, 0.1, 0.25) * _ramp(confidence, 0.7, 0.95)
    return max(0.05, product)


def band_weights(
    logits: NDArray[np.float64], weights: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Return each frame's share of the quantile band; sums to one.

    Sorted by logit, a frame covers an interval of length ``weight / sum(weights)`` on the unit line; its
    share is how much of ``[low, high]`` that interval covers. The result is a linear combination of order
    statistics (an L-estimator; Huber & Ronchetti, "Robust Statistics", 2009, section 3.3).
    """
    order = np.argsort(logits, kind="stable")
    edges = np.concatenate([[0.0], np.cumsum(weights[order])])
    edges /= edges[-1]
    cover = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0.0, None)
    share: NDArray[np.float64] = np.empty_like(cover)
    share[order] = cover / cover.sum()
    return share


def score_person(
    logits: Sequence[float],
    weights: Sequence[float],
    frames_sampled: int,
    rule: AggregationRule,
    spread: float,
    person: str | None = None,
) -> PersonScore:
    """Aggregate one person's ``n >= 1`` frame logits; ``frames_sampled`` is the file's number of samples.

    ``spread`` is the usual standard deviation of frame logits within a file (from the bundle); it steadies
    the estimate for few frames, as four frames' worth of prior knowledge. ``person`` is named in the steps.
    """
    values = np.asarray(logits, np.float64)
    shares = band_weights(values, np.asarray(weights, np.float64), rule.low, rule.high)
    band = float(shares @ values)
    present = min(len(values), frames_sampled)
    absent = 1.0 - present / frames_sampled
    trust = present / (present + rule.presence_frames * absent)
    logit = trust * band + (1.0 - trust) * rule.authentic_logit
    variance = (4.0 * spread**2 + float(((values - band) ** 2).sum())) / (4.0 + len(values) - 1.0)
    # Band shares understate the error of an L-estimator near the edges; uniform weights bound it from above.
    error = trust * float(np.sqrt(variance * max(float((shares**2).sum()), 1.0 / len(values))))
    steps = (
        Step(
            StepKind.QUANTILE_BAND,
            person,
            tuple(values.tolist()),
            tuple(shares.tolist()),
            band,
            {"low": rule.low, "high": rule.high},
        ),
        Step(
            StepKind.PRESENCE,
            person,
            (band, rule.authentic_logit),
            (trust, 1.0 - trust),
            logit,
            {
                "frames_present": present,
                "frames_sampled": frames_sampled,
                "presence_frames": rule.presence_frames,
            },
        ),
    )
    return PersonScore(logit, error, steps)


def score_file(persons: Sequence[float], deciding: Sequence[bool] | None = None) -> Step:
    """Take the logit of the most suspicious person (``output``); ``weights`` is one-hot.

    ``deciding`` says whose logits are compared, by default everybody's; somebody's must be.
    """
    counted = [True] * len(persons) if deciding is None else deciding
    highest = max((i for i, counts in enumerate(counted) if counts), key=lambda i: persons[i])
    weights = tuple(1.0 if i == highest else 0.0 for i in range(len(persons)))
    return Step(StepKind.MOST_SUSPICIOUS_PERSON, None, tuple(persons), weights, float(persons[highest]))


def corrected(logit: float, people: int, rule: AggregationRule) -> float:
    """Return the logit as rare for one authentic person as ``logit`` is for the highest of ``people``.

    With ``F`` the distribution of authentic people's logits, ``F(corrected) == F(logit) ** people``: a
    threshold flags as many authentic files whatever the number of people (Sidak, 1967). Scores are taken to
    be independent; people of one file are alike, so that it errs on the side of fewer alarms. One person's
    logit is returned as it is, and the result rises with the logit.
    """
    if people == 1:
        return logit
    z = min(700.0, (logit - rule.authentic_median) / rule.authentic_spread)
    # Of F itself too little is left in double precision where it lies near one.
    log_share = -people * (math.log1p(math.exp(-z)) if z > 0.0 else math.log1p(math.exp(z)) - z)
    return rule.authentic_median + rule.authentic_spread * (log_share - math.log(-math.expm1(log_share)))


def number_step(logit: float, people: int, rule: AggregationRule) -> Step:
    """Record how the highest of ``people`` logits is corrected for their number."""
    return Step(
        StepKind.NUMBER_OF_PEOPLE,
        None,
        (logit,),
        (),
        corrected(logit, people, rule),
        {"people": people, "median": rule.authentic_median, "spread": rule.authentic_spread},
    )


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
