"""A verdict in words: one table for the command line, the web app and every report.

The words never call a file authentic, verified, real or safe, and never say 0 % or 100 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

_MOST_DIGITS = 3  # behind the point of a percentage
_STRONG = 0.90  # estimates from here on, with the whole range above the threshold, are "strong"


class Trace(StrEnum):
    """What a score is of: seams of a face put into a picture, or what a face made as a whole shows."""

    BLENDING = "blending"
    GENERATION = "generation"


class Label(StrEnum):
    """A row of the table of verdicts in words."""

    STRONG = "strong"
    SIGNS = "signs"
    UNCLEAR = "unclear"
    WEAK = "weak"
    NONE = "none"
    NOT_FLAGGED = "not_flagged"
    NO_FACE = "no_face"


HEADINGS = {
    Label.STRONG: "Strong signs of manipulation",
    Label.SIGNS: "Signs of manipulation",
    Label.UNCLEAR: "Inconclusive",
    Label.WEAK: "Inconclusive: too little to judge",
    Label.NONE: "No signs of manipulation found",
    Label.NOT_FLAGGED: "Not flagged",
    Label.NO_FACE: "No face found, so nothing was scored",
}
SECOND_LINES = {
    Label.STRONG: "Check the moments below.",
    Label.SIGNS: "Other causes remain possible.",
    Label.UNCLEAR: "Too mixed to say.",
    Label.WEAK: "No estimate is given.",
    Label.NONE: "This does not show that the file is authentic.",
    Label.NOT_FLAGGED: (
        "The model did not reach its threshold. That says little: manipulated files are missed."
    ),
    Label.NO_FACE: "Masked, turned, tiny, very dark and very pale faces are missed.",
}
OF_MARK = "Of the face that the reader marked"
"""What a verdict on a marked face is about; it says nothing about the rest of the file."""

# Never the name of a method: a seam is left by many, and by innocent ones.
TRACES = {Trace.BLENDING: "traces of blending", Trace.GENERATION: "traces of a generated face"}


def label(
    verdict: str,
    probability: float | None,
    interval: Sequence[float] | None,
    threshold: float,
    none_below: float | None = None,
) -> Label:
    """Return the row of the table for a verdict of `domain.jobs.Verdict` with its figures.

    That no signs were found is said only where the whole range, or the estimate that has none, lies at or
    under ``none_below``; never where that is None.
    """
    if verdict == "no_face":
        return Label.NO_FACE
    if verdict == "inconclusive":
        return Label.WEAK if probability is None else Label.UNCLEAR
    if verdict == "no_signs":
        upper = interval[1] if interval is not None else probability
        low = none_below is not None and upper is not None and upper <= none_below
        return Label.NONE if low else Label.NOT_FLAGGED
    above = interval is None or interval[0] > threshold
    return Label.STRONG if probability is not None and probability >= _STRONG and above else Label.SIGNS


def sentence(row: Label, probability: float | None, interval: Sequence[float] | None, digits: int = 0) -> str:
    """Return the verdict with its figures as one heading; an estimate has ``digits`` behind the point."""
    heading = HEADINGS[row]
    if row is Label.UNCLEAR and interval is not None:
        return f"{heading} (range {percent_range(interval)})"
    if row in (Label.STRONG, Label.SIGNS, Label.NONE, Label.NOT_FLAGGED) and probability is not None:
        extent = f", range {percent_range(interval, digits)}" if interval is not None else ""
        return f"{heading} (estimated {percent(probability, digits)}{extent})"
    return heading


def of_mark(said: str) -> str:
    """Say of which face a verdict is that speaks of a marked one alone."""
    return f"{OF_MARK}: {said}"


def second_line(row: Label, trace: Trace | None) -> str:
    """Return what follows the heading; of signs first what they are traces of, where that is known."""
    line = SECOND_LINES[row]
    if row not in (Label.STRONG, Label.SIGNS) or trace is None:
        return line
    return f"{TRACES[trace].capitalize()}. {line}"


def percent(probability: float, digits: int = 0) -> str:
    """Write a probability: "<1 %", "7 %", ">99 %", with a digit behind the point "86.6 %".

    Halves are rounded up, as the web app does.
    """
    if probability < 0.01:
        return "<1 %"
    if probability > 0.99:
        return ">99 %"
    scale = 10**digits
    return f"{math.floor(100 * probability * scale + 0.5) / scale:.{digits}f} %"


def digits(probabilities: Iterable[float | None]) -> int:
    """Return the fewest digits behind the point with which different probabilities do not look alike.

    Three at most. So an estimate below a threshold is not written as that threshold. None is passed over.
    """
    known = [one for one in probabilities if one is not None]
    looks = [len({percent(one, count) for one in known}) for count in range(_MOST_DIGITS + 1)]
    return looks.index(looks[-1])


def estimate(probability: float | None, digits: int = 0) -> str:
    """Write a calibrated estimate as `percent`; "–" where the evidence is too weak for one."""
    return "–" if probability is None else percent(probability, digits)


def percent_range(interval: Sequence[float], digits: int = 0) -> str:
    """Write an interval: "71-92 %", "<1-4 %", "93 - >99 %", whose spaces keep it from reading as an arrow."""
    low, high = (percent(value, digits).removesuffix(" %") for value in interval)
    dash = " - " if high.startswith(">") else "-"
    return f"{low} %" if low == high else f"{low}{dash}{high} %"


def tenths(value: float) -> str:
    """Write a number with one digit behind the point: "2.3"; halves are rounded up, as the web app does."""
    # Of the number as it is written, as Intl.NumberFormat does; adding zero takes the sign of a zero away.
    return str(Decimal(repr(float(value))).quantize(Decimal("0.1"), ROUND_HALF_UP) + 0)


def numbered(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural where it is not one."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def clock(milliseconds: float) -> str:
    """Write a time in a clip: "0:12.4", "1:02:03.5"; half a tenth is rounded up, as the web app does."""
    tenths = math.floor(milliseconds / 100.0 + 0.5)
    seconds, tenth = divmod(tenths, 10)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    start = f"{hours}:{minute:02}" if hours else f"{minute}"
    return f"{start}:{second:02}.{tenth}"
