"""How much memory decoding will need, known before it is needed.

The estimates are of what decoders hold at one time, from size, depth and number of pictures in flight; they
are there to refuse in time, and to choose how many pictures are worked on together.
"""

from __future__ import annotations

import errno
import os
from math import ceil, sqrt
from typing import Any

from PIL.ImageFile import ImageFile

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media.sniff import Kind

_RGB = 3  # bytes per pixel of a frame that is given out
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2}  # per pixel in Pillow; 4 of other modes
# Per pixel, what a decoder holds beside Pillow's copy: planes of 10 bits, their RGB and its bytes.
_BESIDE = {"heif": 10, "avif": 14, "webp": 8, "gif": 8}


def still_bytes(image: ImageFile, kind: Kind, factor: int, animated: bool) -> int:
    """Estimate the bytes that a still or animation of which only the header was read will need."""
    pixels = image.width * image.height
    reduced = pixels // factor**2
    decoded = reduced if kind == "jpeg" else pixels
    needed = decoded * (_STORED.get(image.mode, 4) + _BESIDE.get(kind, 0)) + reduced * 2 * _RGB
    if animated:
        needed += 4 * pixels  # the picture that the next one is drawn over
    if kind == "jpeg" and image.info.get("progressive"):
        needed += round(2 * pixels * _samples(image))  # all coefficients, of 16 bits
    return needed


def _samples(image: Any) -> float:
    """Return how many samples a pixel of a JPEG has, subsampled planes counting less."""
    shares = [(layer[1], layer[2]) for layer in image.layer]
    widest, highest = max(h for h, _ in shares), max(v for _, v in shares)
    return float(sum(h * v / (widest * highest) for h, v in shares))


# Pictures that a decoder of one thread keeps: those that later ones refer to, one in work, one given out.
_KEPT = {"h264": 7, "hevc": 8, "vp9": 10, "av1": 11, "mjpeg": 2}
_KEPT_BY_OTHERS = 4
_LARGEST_GIVEN = 16_000_000  # pixels of a video's frame; larger ones are reduced as they are converted


def video_bytes(picture_bytes: int, codec: str, threads: int = 1) -> int:
    """Estimate the bytes that decoding a video of such pictures needs."""
    return picture_bytes * (_KEPT.get(codec, _KEPT_BY_OTHERS) + threads - 1)


def fits_threads(picture_bytes: int, codec: str, limits: Limits) -> bool:
    """Return whether a decoder may work on as many pictures at a time as there are cores."""
    return 2 * video_bytes(picture_bytes, codec, (os.cpu_count() or 1) + 1) <= limits.max_memory


def reduction(pixels: int) -> int:
    """Return by what a video's frame of so many pixels is reduced on both sides as it is converted."""
    return max(1, ceil(sqrt(pixels / _LARGEST_GIVEN)))


def require_not_memory(error: BaseException) -> None:
    """Raise `MediaError` SERVER_LIMIT when a decoder's error says that memory ran out, which is no damage."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        raise server_limit() from error


def require_memory(needed: int, limits: Limits) -> None:
    """Raise `MediaError` SERVER_LIMIT when decoding would need more than is allowed."""
    if needed > limits.max_memory:
        raise server_limit(needed, limits)


def server_limit(needed: int | None = None, limits: Limits | None = None) -> MediaError:
    """Build the `MediaError` of a file that may be sound but is too large for this machine."""
    details: dict[str, int] = {}
    if needed is not None and limits is not None:
        details = {"needed_mb": needed // 2**20, "limit_mb": limits.max_memory // 2**20}
    return MediaError(
        ErrorCode.SERVER_LIMIT, "Decoding the file needs more memory than this machine allows.", **details
    )
