"""Figures as they stand in tables."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float | None) -> str:
    """Return a share with three digits, or a dash for a figure that is not defined."""
    return "–" if value is None else f"{value:.3f}"


def short(value: float | None, digits: int = 2) -> str:
    """Return a figure with ``digits`` digits and no zero before the point, or a dash for one not defined."""
    return "–" if value is None else f"{value:.{digits}f}".replace("0.", ".", 1)


def bounds(interval: Sequence[float] | None) -> str:
    """Return an interval with two digits, or a dash."""
    return "–" if interval is None else f"{interval[0]:.2f}–{interval[1]:.2f}"


def change(interval: Sequence[float], digits: int = 3) -> str:
    """Return an interval of a difference with signs, and no zeros before the points."""
    return " to ".join(f"{value:+.{digits}f}".replace("0.", ".", 1) for value in interval)
