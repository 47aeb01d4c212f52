"""A file's estimate to its verdict: the rule alone, which needs no library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ruling(StrEnum):
    """What a rule makes of an estimate."""

    MANIPULATED = "manipulated"
    NO_SIGNS = "no_signs"
    IN_BAND = "in_band"
    """Too close to the threshold for a verdict."""
    WEAK = "weak"
    """The evidence about the most suspicious person carries no verdict, and nobody else's does."""


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
