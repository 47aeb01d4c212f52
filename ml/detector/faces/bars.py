"""Flat bars at a picture's edges, which are the same in every shot and say nothing about it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLAT = 10  # levels within which all pixels of a bar lie, after compression
_LEAST = 0.05  # share of a picture that bars must leave to be bars


def without_bars(picture: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which pixels ``(H, W)`` of a small ``(H, W, 3) uint8`` lie inside the bars at its edges.

    All do in a picture without bars. A bar is as long as its edge and of one colour, whichever; a picture of
    one colour has none. The line next to a bar, in which bar and picture are mixed, is counted to the bar.
    """
    height, width = picture.shape[:2]
    left, right = _run(picture.swapaxes(0, 1)), _run(picture[:, ::-1].swapaxes(0, 1))
    inside = np.ones((height, width), np.bool_)
    if left == width:
        return inside
    middle = picture[:, left : width - right]
    top, bottom = _run(middle), _run(middle[::-1])
    if not (left or right or top or bottom):
        return inside
    for lines, count in (
        (inside.T, left),
        (inside.T[::-1], right),
        (inside, top),
        (inside[::-1], bottom),
    ):
        lines[: count + 1 if count else 0] = False
    return inside if inside.mean() >= _LEAST else np.ones_like(inside)


def _run(lines: NDArray[Any]) -> int:
    """Return how many of the ``(N, M, 3)`` lines, from the first on, are together of one colour."""
    # Few pictures have bars, and all lines of one take ten times as long as its first.
    if np.any(np.ptp(lines[0], axis=0) > _FLAT):
        return 0
    lowest = np.minimum.accumulate(lines.min(axis=1))
    highest = np.maximum.accumulate(lines.max(axis=1))
    flat = np.all(highest - lowest <= _FLAT, axis=1)
    return len(lines) if np.all(flat) else int(np.argmin(flat))
