"""File logit to probability, and probability to a verdict with its reasons, or to none with its reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detector import ruling
from detector.contracts import Decision, MediaType, Reason, Step, StepKind, Verdict
from detector.ruling import Band, Least, Presence, Ruling, ruled

_Z90 = 1.645  # two-sided 90 % of a normal distribution

SENTENCES: dict[Reason, str] = {
    Reason.ABOVE_THRESHOLD: (
        "A person who is seen long and large enough to decide scores above the threshold."
    ),
    Reason.BELOW_THRESHOLD: (
        "No person who is seen long and large enough to decide scores above the threshold; "
        "that does not make the file authentic."
    ),
    Reason.IN_ABSTAIN_BAND: "The score is too close to the threshold to say.",
    Reason.NO_FACE: (
        "No face was found, so nothing was scored. "
        "Masked, turned, tiny, very dark and very pale faces are missed."
    ),
    Reason.FACES_TOO_SMALL: "The faces are too small to judge.",
    Reason.TOO_BLURRED: "The faces are too blurred or too strongly compressed to judge.",
    Reason.TOO_FEW_FRAMES: "Too few frames show this face to judge.",
    Reason.UNSTABLE_SCORES: "The scores differ too much from frame to frame to judge.",
    Reason.DAMAGED_MEDIA: "Too much of the file is damaged to judge.",
    Reason.SEEN_TOO_LITTLE: (
        "Beside the others this person is seen too briefly or too small to decide about the file."
    ),
}

_SAID: dict[Ruling, tuple[Verdict, Reason]] = {
    Ruling.IN_BAND: (Verdict.INCONCLUSIVE, Reason.IN_ABSTAIN_BAND),
    Ruling.MANIPULATED: (Verdict.MANIPULATED, Reason.ABOVE_THRESHOLD),
    Ruling.NO_SIGNS: (Verdict.NO_SIGNS, Reason.BELOW_THRESHOLD),
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's scaling (Platt, 1999) of file logits, fitted on labelled files at ``base_rate``."""

    slope: float
    intercept: float
    base_rate: float
    files: int
    frame_spread: float = 1.0  # usual standard deviation of frame logits within a file
    floor: float = -60.0  # logits below it count as it: cleaner than authentic media is no better sign
    llr_cap: float | None = None  # log10 of the largest likelihood ratio that the labelled files support

    def probability(self, logit: float) -> float:
        """Return ``sigmoid(slope * max(logit, floor) + intercept)``, the probability of manipulation."""
        x = max(-60.0, min(60.0, self.slope * max(logit, self.floor) + self.intercept))
        return 1.0 / (1.0 + math.exp(-x))


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """Threshold, abstain band and the least evidence for a verdict.

    From ``abstain_high`` up the verdict is "manipulated", up to ``abstain_low`` "no signs"; between them
    there is none. ``widest_interval`` bounds the 90 % interval of a video's probability. ``least_share`` is
    the least area of faces over all frames, as a share of the largest person's, that lets a person decide.
    That no signs were found says something only where the interval's upper end (without an interval the
    probability) is at most ``none_below``; where that is None it never does.
    """

    threshold: float = 0.5
    abstain_low: float = 0.4
    abstain_high: float = 0.6
    smallest_face_px: float = 32.0
    # Kept by judgement: next to no labelled file lies below it (`abstentions` in a bundle's figures), and of
    # portraits blurred so far a third was flagged.
    least_sharpness: float = 0.16
    least_frames: int = 3
    widest_interval: float = 0.6
    most_damage: float = 0.5
    least_share: float = 0.01
    none_below: float | None = None

    @property
    def band(self) -> Band:
        """The threshold and what is around it."""
        return Band(self.abstain_low, self.threshold, self.abstain_high)

    @property
    def least(self) -> Least:
        """The least presence by which a person decides."""
        return Least(self.least_frames, self.smallest_face_px, self.least_share)


@dataclass(frozen=True, slots=True)
class Support:
    """What stands behind a person's score; ``confidence`` is the detector's highest one."""

    person: str
    logit: float
    standard_error: float
    median_size_px: float
    median_sharpness: float
    frames: int
    sampled: int
    confidence: float

    @property
    def presence(self) -> Presence:
        """How much of the person was seen."""
        return Presence(self.frames, self.median_size_px, self.sampled, self.confidence)


def deciding(supports: Sequence[Support], media_type: MediaType, rule: DecisionRule) -> list[bool]:
    """Return of each person whether the verdict on the file may follow them; see `ruling.deciding`."""
    return ruling.deciding([one.presence for one in supports], rule.least, video=media_type == "video")


def decide(
    supports: Sequence[Support],
    media_type: MediaType,
    damage: float,
    calibration: Calibration,
    rule: DecisionRule,
) -> Decision:
    """Conclude about the most suspicious person; ``damage`` is the share of planned frames not decoded.

    Weak evidence about that person gives no estimate, except that somebody who was hardly seen, and whose
    score raises no suspicion, does not withhold the verdict that the others carry. Where too much is damaged,
    that nobody was found says nothing.
    """
    if not supports and damage > rule.most_damage:
        return Decision(Verdict.INCONCLUSIVE, None, None, (Reason.DAMAGED_MEDIA, Reason.NO_FACE), None)
    if not supports:
        return Decision(Verdict.NO_FACE, None, None, (Reason.NO_FACE,), None)
    support = max(supports, key=lambda one: one.logit)
    probability = calibration.probability(support.logit)
    interval = _interval(support, calibration)
    weak = _weaknesses(support, media_type, damage, calibration, rule)
    carried = any(not _weaknesses(one, media_type, damage, calibration, rule) for one in supports)
    found = ruled(probability, rule.band, weak=bool(weak), carried=carried)
    if found is Ruling.WEAK:
        return Decision(Verdict.INCONCLUSIVE, None, interval, weak, support.person)
    verdict, reason = _SAID[found]
    return Decision(verdict, probability, interval, (reason,), support.person)


def calibration_step(support: Support, calibration: Calibration) -> Step:
    """Record how ``support``'s logit becomes its probability and interval."""
    low, high = _interval(support, calibration)
    return Step(
        StepKind.CALIBRATION,
        None,
        (support.logit,),
        (),
        calibration.probability(support.logit),
        {
            "slope": calibration.slope,
            "intercept": calibration.intercept,
            "floor": calibration.floor,
            "base_rate": calibration.base_rate,
            "standard_error": support.standard_error,
            "deviations": _Z90,
            "interval_low": low,
            "interval_high": high,
        },
    )


def _interval(support: Support, calibration: Calibration) -> tuple[float, float]:
    reach = _Z90 * support.standard_error
    return calibration.probability(support.logit - reach), calibration.probability(support.logit + reach)


def _weaknesses(
    support: Support, media_type: MediaType, damage: float, calibration: Calibration, rule: DecisionRule
) -> tuple[Reason, ...]:
    video = media_type == "video"
    low, high = _interval(support, calibration)
    found = {
        Reason.DAMAGED_MEDIA: damage > rule.most_damage,
        Reason.FACES_TOO_SMALL: rule.least.is_small(support.presence),
        Reason.TOO_BLURRED: support.median_sharpness < rule.least_sharpness,
        Reason.TOO_FEW_FRAMES: rule.least.is_brief(support.presence, video=video),
        Reason.UNSTABLE_SCORES: video and high - low > rule.widest_interval,
    }
    return tuple(reason for reason, holds in found.items() if holds)
