"""PDQ: 256 bits of a picture that stay nearly the same when it is resized, recompressed or cropped a little.

The method of Facebook's "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019),
in NumPy: luminance, two passes of a box filter (Jarosz), 64 x 64 samples, the lowest 16 x 16 coefficients of
their cosine transform without the constant ones, and of each whether it is above their median. Of faces it
says nothing.

From the same picture of at most `SIDE` pixels a side, the bits are those of the published Python code but for
coefficients that are equal to the median within the rounding of floats. Larger pictures are halved before
that, where each published program has a filter of its own; hashes then differ by a few bits.
"""

from __future__ import annotations

import math
from enum import StrEnum
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Fingerprint, Image

BITS = 256
SIDE = 512  # pixels, from which on pictures are reduced first, as by the published programs
_BLOCKS, _COEFFICIENTS = 64, 16
_PASSES = 2  # of the box filter; two make a tent
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601
_QUALITY_DIVISOR = 90  # of the published description, section "Quality metric"

Matrix = NDArray[np.float32]


class Form(StrEnum):
    """How a picture may be turned or mirrored: the eight symmetries of a square."""

    UPRIGHT = "upright"
    TURNED_90 = "turned_90"  # clockwise
    TURNED_180 = "turned_180"
    TURNED_270 = "turned_270"
    MIRRORED = "mirrored"  # left and right exchanged
    MIRRORED_90 = "mirrored_90"  # mirrored, then turned clockwise
    MIRRORED_180 = "mirrored_180"  # mirrored, then turned: upside down
    MIRRORED_270 = "mirrored_270"


def fingerprint(rgb: Image) -> Fingerprint:
    """Return the fingerprint of a picture ``(H, W, 3) uint8 RGB`` of any size.

    The other forms' hashes are those that the turned and mirrored picture itself has. The published
    programs derive them from the upright coefficients, which is up to 28 bits off: samples do not lie evenly
    about the middle.
    """
    luminance, cosines = _luminance(rgb), _cosines()
    rows, columns = (_sampling(length) for length in luminance.shape)
    blurred = rows @ luminance
    across = (cosines @ columns).T
    both = np.hstack([across, across[::-1]])  # as it is, and from right to left
    upright, left = np.hsplit(cosines @ blurred @ both, 2)
    lower, turned = np.hsplit((cosines @ rows)[:, ::-1] @ luminance @ both, 2)
    # A transposed picture is the mirrored one turned by 270 degrees.
    forms = (upright, lower.T, turned, left.T, left, turned.T, lower, upright.T)
    samples = np.asarray(blurred @ columns.T, np.float32)
    return Fingerprint(_quality(samples), tuple(map(_bits, forms)))


def distance(one: int, other: int) -> int:
    """Return in how many bits two hashes differ: near 0 for the same picture, near 128 for unlike ones."""
    return (one ^ other).bit_count()


def _luminance(rgb: Image) -> Matrix:
    """Return the luminance, in 0..255, of the picture, reduced where it is larger than `SIDE`."""
    height, width = rgb.shape[:2]
    if max(height, width) <= SIDE:
        return np.asarray(rgb.astype(np.float32) @ _LUMA, np.float32)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    while min(height, width) >= SIDE:
        height, width = height // 2, width // 2
        grey = cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    if max(height, width) > 2 * SIDE:
        # A side is bounded by itself: the samples make a square of every picture anyway.
        size = (min(width, 2 * SIDE), min(height, 2 * SIDE))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return grey.astype(np.float32)


@lru_cache(maxsize=64)
def _sampling(length: int) -> Matrix:
    """Return what blurs a row of ``length`` pixels and takes 64 samples of it, ``(64, length)``.

    A pass is the mean of a window of a 128th of the row, rounded up; at the ends, of what is there of it.
    """
    window = (length + 2 * _BLOCKS - 1) // (2 * _BLOCKS)
    after = window // 2
    before = window - 1 - after
    places = np.arange(length)
    offset = places[None, :] - places[:, None]
    box = ((offset >= -before) & (offset <= after)).astype(np.float64)
    box /= box.sum(axis=1, keepdims=True)
    centres = ((np.arange(_BLOCKS) + 0.5) * length / _BLOCKS).astype(int)
    return np.asarray(np.linalg.matrix_power(box, _PASSES)[centres], np.float32)


@lru_cache(maxsize=1)
def _cosines() -> Matrix:
    """Return the rows 1 to 16 of the orthonormal cosine transform of 64 values, ``(16, 64)``."""
    row, column = np.arange(1, _COEFFICIENTS + 1)[:, None], np.arange(_BLOCKS)[None, :]
    cosines = np.cos(math.pi / (2 * _BLOCKS) * row * (2 * column + 1))
    return np.asarray(math.sqrt(2 / _BLOCKS) * cosines, np.float32)


def _quality(samples: Matrix) -> int:
    """Return the sum of the steps between neighbours, in whole hundredths of the range, as 0..100."""
    steps = (np.diff(samples, axis=axis) * (100 / 255) for axis in (0, 1))
    total = sum(int(np.abs(np.trunc(step)).sum()) for step in steps)
    return min(100, total // _QUALITY_DIVISOR)


def _bits(coefficients: Matrix) -> int:
    """Return a bit per coefficient, the first the lowest: whether it is above the lower median."""
    values = coefficients.ravel()
    above = values > np.partition(values, BITS // 2 - 1)[BITS // 2 - 1]
    return int.from_bytes(np.packbits(above, bitorder="little").tobytes(), "little")
