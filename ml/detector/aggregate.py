"""From face scores to a person's score to the file's: pure functions, every step on record.

The rules are chosen so that no verdict depends on a few frames. A person's score is a weighted mean over a
band of the quantiles of their frames' logits, of two traces the larger one's: it leaves out the extremes,
does not depend on order, never rises when a face's score falls, and has no step at any number of frames,
because frames enter by the share of the band that they cover. A person seen in few of the sampled frames is
drawn towards what authentic media score, by a factor that reaches one smoothly. The file is as suspicious as
its most suspicious person, corrected for how many people it shows: of many authentic people some score high
by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector import ruling
from detector.contracts import Step, StepKind, Trace

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
    trace: Trace  # whose logit and error these are
    logits: tuple[float, ...]  # of each trace alone
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Band:
    """A person's frame logits of one trace and their mean over the quantile band."""

    values: NDArray[np.float64]
    shares: NDArray[np.float64]
    mean: float

    def step(self, person: str | None, rule: AggregationRule, trace: Trace | None) -> Step:
        return Step(
            StepKind.QUANTILE_BAND,
            person,
            tuple(self.values.tolist()),
            tuple(self.shares.tolist()),
            self.mean,
            {"low": rule.low, "high": rule.high},
            trace,
        )

    def standard_error(self, spread: float) -> float:
        """Return the mean's error, with four frames' worth of prior knowledge of the frames' spread."""
        count = len(self.values)
        squares = float(((self.values - self.mean) ** 2).sum())
        variance = (4.0 * spread**2 + squares) / (4.0 + count - 1.0)
        # Band shares understate the error of an L-estimator near the edges; uniform weights bound it from
        # above.
        return float(np.sqrt(variance * max(float((self.shares**2).sum()), 1.0 / count)))


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
    logits: Sequence[Sequence[float]],
    weights: Sequence[float],
    frames_sampled: int,
    rule: AggregationRule,
    spread: float,
    traces: Sequence[Trace],
    person: str | None = None,
) -> PersonScore:
    """Aggregate the logits of one person's ``n >= 1`` frames, each with one per trace.

    The trace with the larger mean speaks for the person. ``frames_sampled`` is the file's number of samples.
    ``spread`` is the usual standard deviation of frame logits within a file (from the bundle); it steadies
    the estimate for few frames. ``person`` is named in the steps.
    """
    of_frames = np.asarray(weights, np.float64)
    bands = [_band(column, of_frames, rule) for column in zip(*logits, strict=True)]
    if len(bands) != len(traces):
        raise ValueError(f"the frames have logits of {len(bands)} traces, not of {len(traces)}")
    strongest = max(range(len(bands)), key=lambda place: bands[place].mean)
    several = len(bands) > 1
    steps = [
        band.step(person, rule, trace if several else None) for band, trace in zip(bands, traces, strict=True)
    ]
    if several:
        steps.append(_strongest_step(person, [band.mean for band in bands], strongest, traces[strongest]))
    presence = [_presence_step(person, band.mean, len(logits), frames_sampled, rule) for band in bands]
    steps.append(presence[strongest])
    trust = presence[strongest].weights[0]
    return PersonScore(
        presence[strongest].output,
        trust * bands[strongest].standard_error(spread),
        traces[strongest],
        tuple(step.output for step in presence),
        tuple(steps),
    )


def _band(logits: Sequence[float], weights: NDArray[np.float64], rule: AggregationRule) -> _Band:
    values = np.asarray(logits, np.float64)
    shares = band_weights(values, weights, rule.low, rule.high)
    return _Band(values, shares, float(shares @ values))


def _strongest_step(person: str | None, means: Sequence[float], strongest: int, trace: Trace) -> Step:
    weights = tuple(1.0 if place == strongest else 0.0 for place in range(len(means)))
    return Step(StepKind.STRONGEST_TRACE, person, tuple(means), weights, means[strongest], trace=trace)


def _presence_step(
    person: str | None, mean: float, frames: int, frames_sampled: int, rule: AggregationRule
) -> Step:
    present = min(frames, frames_sampled)
    absent = 1.0 - present / frames_sampled
    trust = present / (present + rule.presence_frames * absent)
    return Step(
        StepKind.PRESENCE,
        person,
        (mean, rule.authentic_logit),
        (trust, 1.0 - trust),
        trust * mean + (1.0 - trust) * rule.authentic_logit,
        {
            "frames_present": present,
            "frames_sampled": frames_sampled,
            "presence_frames": rule.presence_frames,
        },
    )


def score_file(persons: Sequence[float], deciding: Sequence[bool] | None = None) -> Step:
    """Take the logit of the most suspicious person (``output``); ``weights`` is one-hot.

    ``deciding`` says whose logits are compared, by default everybody's; somebody's must be.
    """
    counted = [True] * len(persons) if deciding is None else deciding
    highest = max((i for i, counts in enumerate(counted) if counts), key=lambda i: persons[i])
    weights = tuple(1.0 if i == highest else 0.0 for i in range(len(persons)))
    return Step(StepKind.MOST_SUSPICIOUS_PERSON, None, tuple(persons), weights, float(persons[highest]))


def corrected(logit: float, people: int, rule: AggregationRule) -> float:
    """Return a logit corrected for the number of people by a bundle's rule; see `ruling.corrected`."""
    return ruling.corrected(logit, people, rule.authentic_median, rule.authentic_spread)


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
