"""Lossy compression as deployed media have seen it: JPEG by OpenCV, H.264 by PyAV's libx264."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np

from detector.contracts import Image


def jpeg(image: Image, quality: int, subsampled: bool = True) -> Image:
    """Return the image after JPEG at ``quality`` (1 to 100), with 4:2:0 or 4:4:4 chroma."""
    factor = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if subsampled else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), flags)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def h264(image: Image, crf: int, moves: tuple[tuple[int, int], ...] = ()) -> Image:
    """Return the image after libx264 at constant rate factor ``crf`` (0 to 51), 4:2:0, BT.601.

    Each of ``moves`` (x, y in pixels) is an earlier frame, the same picture displaced; the image itself is
    the last frame of the sequence, so with moves it is a predicted frame and without an intra frame.
    """
    even = _even(image)
    frames = [np.roll(even, (dy, dx), axis=(0, 1)) for dx, dy in moves] + [even]
    height, width = image.shape[:2]
    return np.ascontiguousarray(h264_frames(frames, crf)[-1][:height, :width])


def h264_frames(frames: list[Image], crf: int) -> list[Image]:
    """Return consecutive frames of one size after libx264 as one clip, the first an intra frame."""
    height, width = frames[0].shape[:2]
    even = [_even(frame) for frame in frames]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = even[0].shape[1], even[0].shape[0], "yuv420p"
    encoder.time_base, encoder.thread_count = Fraction(1, 25), 1
    encoder.options = {"crf": str(crf), "preset": "veryfast", "bf": "0", "rc-lookahead": "0"}
    packets = []
    for index, frame in enumerate(even):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        picture.pts = index
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoded = [picture for packet in [*packets, None] for picture in decoder.decode(packet)]
    return [np.ascontiguousarray(one.to_ndarray(format="rgb24")[:height, :width]) for one in decoded]


def webp(image: Image, quality: int) -> Image:
    """Return the image after lossy WebP at ``quality`` (1 to 100)."""
    _, data = cv2.imencode(
        ".webp", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, quality]
    )
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _even(image: Image) -> Image:
    """Repeat the last row and column where their number is odd."""
    height, width = image.shape[:2]
    return np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
