"""Media as chats, sites and users change them: every decoded frame is changed before faces are detected.

A still is degraded as it is; of a video the frames that serving samples are, each on its own, and kept
without further loss in a clip with their times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from detector.contracts import Frame, Image, Limits, MediaType
from detector.media import open_media
from training.evaluation.worn import glasses, make_up
from training.samples.codecs import h264, jpeg

_MILLISECOND = Fraction(1, 1000)
_SCREEN, _GAMMA = 0.8, 1.1  # what a screenshot shows: a picture scaled by the viewer, its tones by the screen
_SENT_STILL, _SENT_VIDEO = 1600, 480  # pixels of the longer side of a still, the shorter one of a clip
# Colours of skin in Cr and Cb (Chai & Ngan, "Face segmentation using skin-color map", 1999).
_SKIN = ((133, 77), (173, 127))


@dataclass(frozen=True, slots=True)
class Degradation:
    """What is done to each decoded frame; ``authentic_alone`` where fakes are left as they are."""

    apply: Callable[[Image, MediaType], Image]
    authentic_alone: bool = False


def _scaled(image: Image, factor: float, filter_: int = cv2.INTER_AREA) -> Image:
    size = (max(1, int(image.shape[1] * factor)), max(1, int(image.shape[0] * factor)))
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=filter_), np.uint8)


def _screenshot(image: Image) -> Image:
    tones = (np.linspace(0.0, 1.0, 256) ** _GAMMA * 255.0).round().astype(np.uint8)
    return tones[_scaled(image, _SCREEN, cv2.INTER_LINEAR)]


def _sent(image: Image, media_type: MediaType) -> Image:
    """Return the picture as a messenger delivers it after it was forwarded once."""
    if media_type == "video":
        return h264(_scaled(image, min(1.0, _SENT_VIDEO / min(image.shape[:2]))), 28)
    return jpeg(jpeg(_scaled(image, min(1.0, _SENT_STILL / max(image.shape[:2]))), 70), 70)


def _beautified(image: Image) -> Image:
    """Return the picture with skin, told by its colour, smoothed as beauty filters smooth it."""
    low, high = (np.asarray(bound, np.uint8) for bound in _SKIN)
    colour = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)[..., 1:]
    skin = cv2.inRange(np.ascontiguousarray(colour), low, high)
    share = cv2.GaussianBlur(skin, (0, 0), 2.0)[..., None].astype(np.float32) / 255.0
    smooth = cv2.bilateralFilter(image, 9, 40.0, 7.0)
    return np.round(image * (1.0 - share) + smooth * share).astype(np.uint8)


def _grey(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


DEGRADATIONS: dict[str, Degradation] = {
    "jpeg-40": Degradation(lambda image, _: jpeg(image, 40)),
    "half": Degradation(lambda image, _: _scaled(image, 0.5)),
    "h264-35": Degradation(lambda image, _: h264(image, 35)),
    "screenshot": Degradation(lambda image, _: _screenshot(image)),
    "messenger": Degradation(_sent),
    "beauty filter": Degradation(lambda image, _: _beautified(image)),
    "black and white": Degradation(lambda image, _: _grey(image)),
    "glasses": Degradation(lambda image, _: glasses(image), authentic_alone=True),
    "make-up": Degradation(lambda image, _: make_up(image), authentic_alone=True),
}


def degraded_copy(path: Path, degradation: str, frames: int, folder: Path) -> Path:
    """Write what serving would decode of ``path``, degraded, as a lossless file; return the file.

    A video without a sound frame is returned as it is. Raises `MediaError` as `open_media` and its frames do.
    """
    with open_media(path, frames, Limits()) as media:
        decoded = list(media.frames())
        media_type = media.info.media_type
    if not decoded:
        return path
    worse = [DEGRADATIONS[degradation].apply(frame.rgb, media_type) for frame in decoded]
    if media_type == "image":
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
