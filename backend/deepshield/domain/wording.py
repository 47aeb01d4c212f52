"""What is said about a verdict: one table for the command line, the web app and every report.

The words never call a file authentic, verified, real or safe, and never say 0 % or 100 %.
"""

from __future__ import annotations

from collections.abc import Sequence

_STRONG = 0.90  # estimates from here on, with the whole range above the threshold, are "strong"

HEADINGS = {
    "strong": "Strong signs of manipulation",
    "signs": "Signs of manipulation",
    "unclear": "Inconclusive",
    "weak": "Inconclusive: too little to judge",
    "none": "No signs of manipulation found",
    "no_face": "No face found, so nothing was scored",
}
SECOND_LINES = {
    "strong": "Check the moments below.",
    "signs": "Other causes remain possible.",
    "unclear": "Too mixed to say.",
    "weak": "No estimate is given.",
    "none": "This does not show that the file is authentic.",
    "no_face": "Masked, turned or tiny faces are missed.",
}


def label(verdict: str, probability: float | None, interval: Sequence[float] | None, threshold: float) -> str:
    """Name the row of the table: "strong", "signs", "unclear", "weak", "none" or "no_face"."""
    if verdict == "no_face":
        return "no_face"
    if verdict == "inconclusive":
        return "weak" if probability is None else "unclear"
    if verdict == "no_signs":
        return "none"
    above = interval is None or interval[0] > threshold
    return "strong" if probability is not None and probability >= _STRONG and above else "signs"


def sentence(row: str, probability: float | None, interval: Sequence[float] | None) -> str:
    """Say the verdict with its figures, as one heading."""
    heading = HEADINGS[row]
    if row == "unclear" and interval is not None:
        return f"{heading} (range {percent_range(interval)})"
    if row in ("strong", "signs", "none") and probability is not None:
        extent = f", range {percent_range(interval)}" if interval is not None else ""
        return f"{heading} (estimated {percent(probability)}{extent})"
    return heading


def percent(probability: float) -> str:
    """Write a probability: "<1 %", "7 %", ">99 %"."""
    if probability < 0.01:
        return "<1 %"
    if probability > 0.99:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def percent_range(interval: Sequence[float]) -> str:
    """Write an interval: "71-92 %", "<1-4 %", "93->99 %"."""
    low, high = (percent(value).removesuffix(" %") for value in interval)
    return f"{low} %" if low == high else f"{low}-{high} %"


def clock(milliseconds: float) -> str:
    """Write a time in a clip: "0:12.4", "1:02:03.5"."""
    tenths = round(milliseconds / 100.0)
    seconds, tenth = divmod(tenths, 10)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    start = f"{hours}:{minute:02}" if hours else f"{minute}"
    return f"{start}:{second:02}.{tenth}"
