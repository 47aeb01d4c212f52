"""Copies of a frame, each half as large as the one before, and cutting many boxes out of them at once.

Whatever is made of a frame is made from the copy that is just large enough. Halving by areas of 2 x 2
pixels is fast and free of aliasing; from there bilinear sampling never skips a pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats, Image

_LONGEST = 32_000  # pixels of a side: OpenCV's remap takes no longer ones
_SAMPLES = (
    1 << 16
)  # taken per call: the memory for more is the system's anew each time, and takes longer to get


def halved(image: Image, smallest: int) -> list[Image]:
    """Return the image, its half, the half's half, ... while the shorter side keeps ``smallest`` pixels."""
    copies = [image]
    while min(copies[-1].shape[:2]) >= 2 * smallest:
        height, width = (side // 2 for side in copies[-1].shape[:2])
        even = copies[-1][: 2 * height, : 2 * width]
        copies.append(np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8))
    return copies


def reduced(copies: list[Image], size: tuple[int, int]) -> Image:
    """Return the image at ``(width, height)`` pixels."""
    width, height = size
    large = (copy for copy in reversed(copies) if copy.shape[1] >= width and copy.shape[0] >= height)
    return np.asarray(cv2.resize(next(large, copies[0]), size, interpolation=cv2.INTER_LINEAR), np.uint8)


def cuts(copies: list[list[Image]], frame: NDArray[np.int64], boxes: Floats, size: int) -> Image:
    """Cut what of each box lies inside its frame and stretch it to ``(K, size, size, 3)``.

    ``copies[i]`` are frame ``i``'s, all frames of one size and at most a thousand times as long as high;
    ``frame`` ``(K,)`` says which frame each of the ``boxes`` ``(K, 4)`` belongs to. Pixels are counted as
    MATLAB does, from one and with both ends, as in the pipeline of the weights. Each output pixel is the
    mean of four samples that lie a pixel or two of their copy apart: as smooth as averaging areas, but one
    call cuts all boxes of a copy.
    """
    height, width = copies[0][0].shape[:2]
    ends = np.trunc(boxes)
    low = np.clip(ends[:, :2] - 1.0, 0.0, np.asarray([width - 1, height - 1], np.float32))
    high = np.clip(ends[:, 2:], 1.0, np.asarray([width, height], np.float32))
    sides = np.maximum(high - low, 1.0)
    depth = _depths(copies[0], sides.max(axis=1) / (2 * size))
    place = frame * len(copies[0]) + depth
    order = np.argsort(place, kind="stable")
    shrunk = (0.5 ** depth[order, None]).astype(np.float32)
    corners, lengths = (np.asarray(part[order] * shrunk, np.float32) for part in (low, sides))
    at = _places(corners, lengths, size)
    cut = np.empty((len(boxes), size, size, 3), np.uint8)
    for key, start, end in _runs(place[order]):
        which, deep = divmod(key, len(copies[0]))
        _average(copies[which][deep], at[start:end], cut[start:end])
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return cut[back]


def _depths(copies: list[Image], spacing: Floats) -> NDArray[np.int64]:
    """Return which copy to sample, by how many pixels of the frame lie between two samples."""
    depths = np.floor(np.log2(np.maximum(spacing, 1.0))).astype(np.int64)
    first = next(depth for depth, copy in enumerate(copies) if max(copy.shape) <= _LONGEST)
    return np.clip(depths, first, len(copies) - 1)


def _runs(values: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Yield each of the ascending values, with where it begins and ends."""
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    for start, end in pairwise(edges):
        if start < end:
            yield int(values[start]), start, end


def _places(low: Floats, sides: Floats, size: int) -> Floats:
    """Return x and y of the samples of K boxes, ``(K, 2, 2 * size)``, in pixels of their copies."""
    dense = 2 * size
    steps = (np.arange(dense, dtype=np.float32) + 0.5) / dense
    # The middle of OpenCV's first pixel is 0, its edge -0.5.
    return np.asarray(low[:, :, None] + sides[:, :, None] * steps - np.float32(0.5), np.float32)


def _average(copy: Image, at: Floats, cut: Image) -> None:
    """Sample one copy and write the means, ``(K, size, size, 3)``, into ``cut``."""
    size, dense = cut.shape[1], at.shape[2]
    together = min(len(at), max(1, _SAMPLES // dense**2))
    x, y = (np.empty((together, dense, dense), np.float32) for _ in range(2))
    sampled = np.empty((together * dense, dense, 3), np.uint8)
    for start in range(0, len(at), together):
        count = min(together, len(at) - start)
        x[:count] = at[start : start + count, 0, None, :]
        y[:count] = at[start : start + count, 1, :, None]
        across, down = x[:count].reshape(-1, dense), y[:count].reshape(-1, dense)
        rows = sampled[: count * dense]
        cv2.remap(copy, across, down, cv2.INTER_LINEAR, dst=rows, borderMode=cv2.BORDER_REPLICATE)
        means = cut[start : start + count].reshape(-1, size, 3)
        cv2.resize(rows, (size, size * count), dst=means, interpolation=cv2.INTER_AREA)
