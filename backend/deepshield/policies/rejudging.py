"""What analyses would have found with other minimums of presence, from what their results have of persons.

The persons who decide, the correction for their number and the weakness of evidence are computed by the
engine's own rule (`detector.ruling`); what a policy does not set (sharpness, damage, unstable scores) stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from deepshield.domain.calibration import calibrated
from deepshield.domain.policies import Minimums
from deepshield.persistence.repositories.estimates import Estimate
from deepshield.result import ReasonCode, StepKind
from detector.ruling import Least, Presence, corrected, deciding

_Z90 = 1.645  # as in `detector.calibrate`: two-sided 90 % of a normal distribution
_PRIOR_FRAMES = 4.0  # as in `detector.aggregate`: frames' worth of prior knowledge of their spread
_UNSET = frozenset({ReasonCode.TOO_BLURRED.value, ReasonCode.DAMAGED_MEDIA.value})


@dataclass(frozen=True, slots=True)
class Constants:
    """What a bundle corrects for the number of people by, and when a video's scores are unstable."""

    scale: Mapping[str, float]
    frame_spread: float
    median: float
    spread: float
    widest_interval: float

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any]) -> Constants:
        """Return those of a bundle's manifest."""
        calibration, aggregation = manifest["calibration"], manifest["aggregation"]
        return cls(
            {name: float(calibration[name]) for name in ("slope", "intercept", "floor")},
            float(calibration["frame_spread"]),
            float(aggregation["authentic_median"]),
            float(aggregation["authentic_spread"]),
            float(manifest["decision"]["widest_interval"]),
        )


@dataclass(frozen=True, slots=True)
class _Person:
    """A person of a result: ``error`` is the logit's standard error, ``codes`` the reasons."""

    seen: Presence
    logit: float
    error: float
    codes: frozenset[str]


def rejudged(
    estimate: Estimate, evidence: Mapping[str, Any], minimums: Minimums, by: Constants
) -> Estimate | None:
    """Return what an analysis would have estimated with other minimums, by the same bundle.

    None where its result lacks what that depends on, as those of earlier releases do. A file in which nobody
    was scored stays as it is.
    """
    if estimate.probability is None:
        return estimate
    try:
        persons = _persons(evidence, by)
    except (KeyError, TypeError, ValueError, StopIteration):
        return None
    if not persons:
        return None
    video = evidence["type"] == "video"
    least = Least(minimums.least_frames, minimums.smallest_face_px, minimums.least_share)
    may = deciding([one.seen for one in persons], least, video=video)
    people = sum(may)
    before = sum(ReasonCode.SEEN_TOO_LITTLE not in one.codes for one in persons)

    def is_weak(one: _Person) -> bool:
        if least.is_small(one.seen) or least.is_brief(one.seen, video=video) or one.codes & _UNSET:
            return True
        if people == before:
            return ReasonCode.UNSTABLE_SCORES in one.codes
        return video and _width(one, people, by) > by.widest_interval

    counted = [one for one, counts in zip(persons, may, strict=True) if counts]
    followed = max(counted, key=lambda one: one.logit)
    return replace(
        estimate,
        probability=calibrated(corrected(followed.logit, people, by.median, by.spread), by.scale),
        weak=is_weak(followed),
        carried=any(not is_weak(one) for one in counted),
    )


def _width(one: _Person, people: int, by: Constants) -> float:
    """Return the width of the 90 % interval of a person's probability."""
    at, reach = corrected(one.logit, people, by.median, by.spread), _Z90 * one.error
    return calibrated(at + reach, by.scale) - calibrated(at - reach, by.scale)


def _persons(evidence: Mapping[str, Any], by: Constants) -> list[_Person]:
    steps: Sequence[Mapping[str, Any]] = evidence["steps"]
    return [
        _person(track, [one for one in steps if one["person"] == track["person"]], by)
        for track in evidence["tracks"]
    ]


def _person(track: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], by: Constants) -> _Person:
    """Return a person; raises KeyError, TypeError or StopIteration where a result has not all of them."""
    presence = next(one for one in steps if one["kind"] == StepKind.PRESENCE)
    sampled = int(presence["parameters"]["frames_sampled"])
    bands = [one for one in steps if one["kind"] == StepKind.QUANTILE_BAND]
    band = next(one for one in bands if one.get("trace") in (None, track.get("trace")))
    sizes = [float(face["size_px"]) for face in track["faces"]]
    best = max(float(face["detection_confidence"]) for face in track["faces"])
    return _Person(
        Presence(len(sizes), median(sizes), sampled, best),
        float(presence["output"]),
        float(presence["weights"][0]) * _error(band, by.frame_spread),
        frozenset(reason["code"] for reason in track["reasons"]),
    )


def _error(band: Mapping[str, Any], spread: float) -> float:
    """Return the standard error of a band's mean, as `detector.aggregate` computes it."""
    values, shares, mean = band["inputs"], band["weights"], float(band["output"])
    count = len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    variance = (_PRIOR_FRAMES * spread**2 + squares) / (_PRIOR_FRAMES + count - 1.0)
    return math.sqrt(variance * max(math.fsum(share**2 for share in shares), 1.0 / count))
