"""Bursts of consecutive frames of a clip, and the one face that is followed through each of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from detector.contracts import Box, Detector, Floats, Image
from detector.media.colour import Turns, frame_to_rgb

BURSTS, LENGTH = 4, 16
"""Bursts of a clip unless fewer are asked for, and frames of each."""

SHORTEST = 8  # frames of one face, below which a burst tells too little of how it moves
_SECONDS = 20.0  # of a clip that bursts are spread over
_LARGEST = 960  # pixels of a frame's longer side; larger ones are reduced

Region = tuple[float, float, float, float]
"""The part of every frame that counts: x, y, width and height in pixels, or all in shares of the frame."""


@dataclass(frozen=True, slots=True)
class Burst:
    """One face in T consecutive frames, all of one size."""

    pictures: list[Image]
    seconds: Floats  # (T,), from the start of the clip
    boxes: Floats  # (T, 4): left, top, right, bottom in pixels
    landmarks: Floats  # (T, 5, 2)

    @property
    def place(self) -> Box:
        """The mean box, by which crops are cut: the detector's own jitter does not move them."""
        left, top, right, bottom = self.boxes.mean(0).tolist()
        return left, top, right, bottom


def starts(frames: int, most: int = BURSTS) -> list[tuple[int, int]]:
    """Return first frame and length of the bursts of a clip of so many frames, spread evenly over it."""
    length = min(LENGTH, frames)
    if length < SHORTEST:
        return []
    several = min(most, frames // length)
    if several == 1:
        return [((frames - length) // 2, length)]
    return [(round(place * (frames - length) / (several - 1)), length) for place in range(several)]


def read_bursts(
    path: Path, region: Region | None, detector: Detector, most: int = BURSTS
) -> tuple[float, list[Burst]]:
    """Return the clip's frames per second, and the bursts in which a face is followed for `SHORTEST` frames.

    The largest face of a burst's first frame is followed. Raises av.FFmpegError for a file that cannot be
    decoded.
    """
    rate, several = _decoded(path, region, most)
    found = (_followed(pictures, seconds, detector) for pictures, seconds in several)
    return rate, [burst for burst in found if burst is not None]


def _decoded(
    path: Path, region: Region | None, most: int
) -> tuple[float, list[tuple[list[Image], list[float]]]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 25)
        frames = stream.frames or sum(1 for _ in container.decode(stream))
    planned = starts(min(frames, round(rate * _SECONDS)), most)
    taken: list[tuple[list[Image], list[float]]] = [([], []) for _ in planned]
    scaler, turns = VideoReformatter(), Turns()
    last = max((first + length for first, length in planned), default=0)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for number, frame in enumerate(itertools.islice(container.decode(stream), last)):
            for (first, length), (pictures, seconds) in zip(planned, taken, strict=True):
                if first <= number < first + length:
                    pictures.append(_shown(frame_to_rgb(frame, 1.0, scaler, turns=turns), region))
                    seconds.append(number / rate if frame.time is None else float(frame.time))
    return rate, taken


def _shown(rgb: Image, region: Region | None) -> Image:
    height, width = rgb.shape[:2]
    if region is not None:
        unit = (width, height) if max(region) <= 1.0 else (1, 1)
        left, top = round(region[0] * unit[0]), round(region[1] * unit[1])
        rgb = rgb[top : top + round(region[3] * unit[1]), left : left + round(region[2] * unit[0])]
    share = _LARGEST / max(rgb.shape[:2])
    if share < 1.0:
        rgb = np.asarray(cv2.resize(rgb, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(rgb)


def _followed(pictures: list[Image], seconds: list[float], detector: Detector) -> Burst | None:
    """Follow from frame to frame until the face is lost, or another frame size begins."""
    if len(pictures) < SHORTEST or not (there := detector.detect(pictures[:1])[0]):
        return None
    faces = [there[0]]
    for picture in pictures[1:]:
        if picture.shape != pictures[0].shape:
            break
        near = detector.follow([picture], [[faces[-1].box]])[0]
        if not near:
            break
        face = min(near, key=lambda one: _distance(one.box, faces[-1].box))
        if _distance(face.box, faces[-1].box) > faces[-1].size_px:
            break
        faces.append(face)
    if len(faces) < SHORTEST:
        return None
    return Burst(
        pictures[: len(faces)],
        np.asarray(seconds[: len(faces)], np.float32),
        np.asarray([face.box for face in faces], np.float32),
        np.asarray([face.landmarks for face in faces], np.float32),
    )


def _distance(one: Box, other: Box) -> float:
    return float(np.hypot(one[0] + one[2] - other[0] - other[2], one[1] + one[3] - other[1] - other[3])) / 2.0
