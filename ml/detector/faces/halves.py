"""Copies of a frame, each half as large as the one before, and cutting many boxes out of them at once.

Whatever is made of a frame is made from the copy that is just large enough. Halving by areas of 2 x 2
pixels is fast and free of aliasing; from there bilinear sampling never skips a pixel.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats, Image

_LONGEST = 32_000  # pixels of a side: OpenCV's remap takes no longer ones


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
    place = frame * len(copies[0]) + _depths(copies[0], sides.max(axis=1) / (2 * size))
    cut = np.empty((len(boxes), size, size, 3), np.uint8)
    for key in np.unique(place).tolist():
        mine = np.flatnonzero(place == key)
        which, depth = divmod(key, len(copies[0]))
        cut[mine] = _sampled(copies[which][depth], low[mine] * 0.5**depth, sides[mine] * 0.5**depth, size)
    return cut


def _depths(copies: list[Image], spacing: Floats) -> NDArray[np.int64]:
    """Return which copy to sample, by how many pixels of the frame lie between two samples."""
    depths = np.floor(np.log2(np.maximum(spacing, 1.0))).astype(np.int64)
    first = next(depth for depth, copy in enumerate(copies) if max(copy.shape) <= _LONGEST)
    return np.clip(depths, first, len(copies) - 1)


def _sampled(copy: Image, low: Floats, sides: Floats, size: int) -> Image:
    """Cut ``(K, size, size, 3)`` out of one copy; ``low`` and ``sides`` ``(K, 2)`` are in its pixels."""
    dense = 2 * size
    steps = (np.arange(dense, dtype=np.float32) + 0.5) / dense
    # (K, 2, dense): x and y of the samples. The middle of OpenCV's first pixel is 0, its edge -0.5.
    at = low[:, :, None] + sides[:, :, None] * steps - np.float32(0.5)
    x = np.broadcast_to(at[:, 0, None, :], (len(at), dense, dense)).reshape(-1, dense)
    y = np.broadcast_to(at[:, 1, :, None], (len(at), dense, dense)).reshape(-1, dense)
    sampled = cv2.remap(copy, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    averaged = cv2.resize(sampled, (size, size * len(at)), interpolation=cv2.INTER_AREA)
    return np.asarray(averaged, np.uint8).reshape(-1, size, size, 3)
