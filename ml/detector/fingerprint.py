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
    luminance = _luminance(rgb)
    samples, lower_samples = (_sampled(one) for one in (luminance, luminance[::-1]))
    upright, left = (_coefficients(one) for one in samples)
    lower, turned = (_coefficients(one) for one in lower_samples)
    # A transposed picture is the mirrored one turned by 270 degrees.
    forms = (upright, lower.T, turned, left.T, left, turned.T, lower, upright.T)
    return Fingerprint(_quality(samples[0]), tuple(map(_bits, forms)))


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


def _sampled(luminance: Matrix) -> tuple[Matrix, Matrix]:
    """Return the 64 x 64 samples of a picture ``(H, W)``, and those of it mirrored."""
    blurred = _sampled_rows(luminance).T
    return _sampled_rows(blurred).T, _sampled_rows(blurred[::-1]).T


def _sampled_rows(values: Matrix) -> Matrix:
    """Return 64 rows of ``(length, N)``, each a weighted mean of its neighbours.

    Only the few neighbours within reach are looked at. A product with a matrix of all weights would be
    shared among threads that wait for each other, and those wait for long beside a decoder and networks.
    """
    near, weights = _sampling(len(values))
    total: Matrix = values[near[0]] * weights[0]
    for rows, weight in zip(near[1:], weights[1:], strict=True):
        total += values[rows] * weight
    return total


def _coefficients(samples: Matrix) -> Matrix:
    """Return the lowest 16 x 16 coefficients of 64 x 64 samples, without the constant ones."""
    cosines = _cosines()
    return np.asarray(cosines @ samples @ cosines.T, np.float32)


@lru_cache(maxsize=64)
def _sampling(length: int) -> tuple[NDArray[np.intp], Matrix]:
    """Return what blurs a row of ``length`` pixels and takes 64 samples of it.

    Places within reach of each sample ``(K, 64)`` and their weights ``(K, 64, 1)``. A pass is the mean of a
    window of a 128th of the row, rounded up; at the ends, of what is there of it.
    """
    window = (length + 2 * _BLOCKS - 1) // (2 * _BLOCKS)
    after = window // 2
    before = window - 1 - after
    places = np.arange(length)
    offset = places[None, :] - places[:, None]
    box = ((offset >= -before) & (offset <= after)).astype(np.float64)
    box /= box.sum(axis=1, keepdims=True)
    centres = ((np.arange(_BLOCKS) + 0.5) * length / _BLOCKS).astype(int)
    weights = np.linalg.matrix_power(box, _PASSES)[centres]
    reach = np.arange(-_PASSES * before, _PASSES * after + 1)[:, None]
    near = np.clip(centres + reach, 0, length - 1)
    inside = near == centres + reach
    return near, np.asarray(np.where(inside, weights[np.arange(_BLOCKS), near], 0), np.float32)[..., None]


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
