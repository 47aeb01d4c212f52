"""A file's estimate to its verdict, and whose it is: the rule alone, which needs no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SURE_FACE = 0.999
"""Detection confidence from which a face is one for certain."""

# Of the sampled frames. Likenesses in cloth and hands were seen in 3 to 5 of 32, a tilted face that was
# never sure in 7.
_DOUBTFUL_SHARE = 0.2


class Ruling(StrEnum):
    """What a rule makes of an estimate."""

    MANIPULATED = "manipulated"
    NO_SIGNS = "no_signs"
    IN_BAND = "in_band"
    """Too close to the threshold for a verdict."""
    WEAK = "weak"
    """The evidence about the most suspicious person carries no verdict, and nobody else's does."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How much of a person was seen.

    ``frames`` of ``sampled`` ones show them, ``size_px`` is the faces' median shorter side in pixels, and
    ``confidence`` the highest one of the detector.
    """

    frames: int
    size_px: float
    sampled: int
    confidence: float

    @property
    def area(self) -> float:
        """The faces' area over all frames, pixels."""
        return self.frames * self.size_px**2

    @property
    def is_doubtful(self) -> bool:
        """Whether they may be no face: never a sure one, and in too few frames of a video for a likeness."""
        return self.confidence < SURE_FACE and self.frames < _DOUBTFUL_SHARE * self.sampled


@dataclass(frozen=True, slots=True)
class Least:
    """The least presence by which a person decides about a file; frames count in videos alone.

    ``share`` is of the area of the person who is seen most.
    """

    frames: int
    size_px: float
    share: float

    def is_small(self, seen: Presence) -> bool:
        """Return whether somebody's faces are too small."""
        return seen.size_px < self.size_px

    def is_brief(self, seen: Presence, *, video: bool) -> bool:
        """Return whether too few frames of a video show somebody."""
        return video and seen.frames < self.frames


def deciding(seen: Sequence[Presence], least: Least, *, video: bool) -> list[bool]:
    """Return of each person whether the verdict on the file may follow them.

    Somebody who is seen in too few frames of a video, too small, or hardly at all beside the person seen
    most, may not, and neither may a doubtful face of a video; where that holds of everybody, everybody may.
    """
    most = max((one.area for one in seen), default=0.0)
    may = [
        not (video and one.is_doubtful)
        and not least.is_brief(one, video=video)
        and not least.is_small(one)
        and one.area >= least.share * most
        for one in seen
    ]
    return may if any(may) else [True] * len(may)


def corrected(logit: float, people: int, median: float, spread: float) -> float:
    """Return the logit as rare for one authentic person as ``logit`` is for the highest of ``people``.

    ``median`` and ``spread`` are of the logistic distribution ``F`` of authentic people's logits; then
    ``F(corrected) == F(logit) ** people``: a threshold flags as many authentic files whatever the number of
    people (Sidak, 1967). Scores are taken to be independent; people of one file are alike, so that it errs on
    the side of fewer alarms. One person's logit is returned as it is, and the result rises with the logit.
    """
    if people == 1:
        return logit
    z = min(700.0, (logit - median) / spread)
    # Of F itself too little is left in double precision where it lies near one.
    log_share = -people * (math.log1p(math.exp(-z)) if z > 0.0 else math.log1p(math.exp(z)) - z)
    return median + spread * (log_share - math.log(-math.expm1(log_share)))


@dataclass(frozen=True, slots=True)
class Band:
    """A threshold with the band around it in which there is no verdict, its ends left out."""

    low: float
    threshold: float
    high: float

    def at(self, threshold: float) -> Band:
        """Return the band about another threshold, with the same distances to it, within [0, 1]."""
        return Band(
            max(0.0, threshold - (self.threshold - self.low)),
            threshold,
            min(1.0, threshold + (self.high - self.threshold)),
        )


def ruled(probability: float, band: Band, *, weak: bool, carried: bool) -> Ruling:
    """Return what becomes of the estimate about the most suspicious person.

    ``weak`` says that the evidence about that person is, ``carried`` that somebody's evidence is not. Weak
    evidence withholds the verdict, except where the estimate raises no suspicion and somebody carries it.
    """
    if weak and not (carried and probability <= band.low):
        return Ruling.WEAK
    if band.low < probability < band.high:
        return Ruling.IN_BAND
    return Ruling.MANIPULATED if probability >= band.threshold else Ruling.NO_SIGNS
