"""The eight ways in which stored pixels can be turned and mirrored to be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detector.contracts import Image

UPRIGHT = 1

# Exif 2.32, tag 0x0112 (Orientation): how each value is shown, as operations on (H, W, 3).
_SHOWN: dict[int, Callable[[Image], Image]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a),
}
# Where a display matrix sends the axis to the right, and whether it mirrors -> the Exif value.
_OF_MATRIX = {
    ((1, 0), False): 1,
    ((-1, 0), True): 2,
    ((-1, 0), False): 3,
    ((1, 0), True): 4,
    ((0, 1), True): 5,
    ((0, 1), False): 6,
    ((0, -1), True): 7,
    ((0, -1), False): 8,
}


def oriented(pixels: Image, orientation: int) -> Image:
    """Turn stored ``(H, W, 3)`` pixels to be shown; ``orientation`` is an Exif value, 1 leaves them alone."""
    return np.ascontiguousarray(_SHOWN.get(orientation, _SHOWN[UPRIGHT])(pixels))


def swaps_axes(orientation: int) -> bool:
    """Return whether width and height change places."""
    return orientation in (5, 6, 7, 8)


def of_quarter_turns(turns: int) -> int:
    """Return the Exif value of that many quarter turns counterclockwise."""
    return (1, 8, 3, 6)[turns % 4]


def of_display_matrix(matrix: Sequence[int]) -> int:
    """Return the Exif value nearest to a display matrix of nine numbers (ISO/IEC 14496-12, 6.2.2).

    It sends (x, y) to (a x + c y, b x + d y) with a, b = matrix[0:2] and c, d = matrix[3:5]; angles between
    quarter turns are rounded, as no player shows them either.
    """
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    if a * d == b * c:
        return UPRIGHT
    right = (1 if a > 0 else -1, 0) if abs(a) >= abs(b) else (0, 1 if b > 0 else -1)
    return _OF_MATRIX[right, a * d - b * c < 0]
