"""Media as chats and sites deliver them: every decoded frame is degraded before faces are detected.

A still is degraded as it is; of a video the frames that serving samples are, each on its own, and kept
without further loss in a clip with their times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from detector.contracts import Frame, Image, Limits
from detector.media import open_media
from training.samples.codecs import h264, jpeg

_MILLISECOND = Fraction(1, 1000)


def _half(image: Image) -> Image:
    size = (max(1, image.shape[1] // 2), max(1, image.shape[0] // 2))
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


DEGRADATIONS: dict[str, Callable[[Image], Image]] = {
    "jpeg-40": lambda image: jpeg(image, 40),
    "half": _half,
    "h264-35": lambda image: h264(image, 35),
}


def degraded_copy(path: Path, degradation: str, frames: int, folder: Path) -> Path:
    """Write what serving would decode of ``path``, degraded, as a lossless file; return the file.

    Raises `MediaError` as `open_media` and its frames do.
    """
    with open_media(path, frames, Limits()) as media:
        decoded = list(media.frames())
        animated = media.info.media_type == "video"
    worse = [DEGRADATIONS[degradation](frame.rgb) for frame in decoded]
    if not animated:
        target = folder / "still.png"
        cv2.imwrite(str(target), cv2.cvtColor(worse[0], cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return target
    return _clip(decoded, worse, folder / "clip.mkv")


def _clip(frames: Sequence[Frame], pictures: Sequence[Image], target: Path) -> Path:
    """Write pictures at their frames' times; all get the first one's size."""
    height, width = pictures[0].shape[:2]
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264rgb", options={"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "rgb24"
        stream.codec_context.time_base = stream.time_base = _MILLISECOND
        for frame, picture in zip(frames, pictures, strict=True):
            if picture.shape[:2] != (height, width):
                picture = np.asarray(cv2.resize(picture, (width, height)), np.uint8)
            coded = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            coded.pts, coded.time_base = round(frame.timestamp_ms), _MILLISECOND
            container.mux(stream.encode(coded))
        container.mux(stream.encode(None))
    return target
