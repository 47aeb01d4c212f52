"""A file's sampled frames with their faces and crops: what serving scores, and what training measures on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import TypeVar

import numpy as np

from detector.contracts import CropSpec, Detection, Detector, Face, Frame, Image
from detector.faces.crop import crop_face, make_face
from detector.media import Media
from detector.prefetch import prefetched
from detector.stopwatch import Stopwatch

T = TypeVar("T")

_BATCH_PIXELS = 16_000_000  # pixels of the frames that go through the detector together
_BATCH_FRAMES = 8
_AHEAD = 2  # frames decoded ahead


@dataclass(frozen=True, slots=True)
class Seen:
    """A sampled frame, its faces, largest first, and of each face the ``(S, S, 3)`` crop to score."""

    frame: Frame
    faces: tuple[Face, ...]
    crops: tuple[Image, ...]

    @property
    def pixels(self) -> int:
        """How many pixels the frame has."""
        return _pixels(self.frame)


def see(
    media: Media, detector: Detector, spec: CropSpec, watch: Stopwatch | None = None
) -> Generator[Seen, None, None]:
    """Yield the sampled frames in order of time, with memory that does not grow with the duration.

    Another thread decodes ahead. Samples and faces are numbered from 0 through the file. ``watch`` measures
    the stages "waiting_for_frames", "face_detection" and, for cropping, "inference". Raises `MediaError` when
    no frame decodes. Close the generator before ``media``.
    """
    watch = watch or Stopwatch()
    samples, indexes = count(), count()
    with closing(prefetched(media.frames(), _AHEAD)) as ahead:
        for frames in batches(watch.waiting("waiting_for_frames", ahead), _pixels):
            with watch("face_detection"):
                detections = detector.detect([frame.rgb for frame in frames])
            for frame, found in zip(frames, detections, strict=True):
                with watch("inference"):
                    seen = _seen(frame, next(samples), zip(indexes, found), spec)  # noqa: B905 - endless
                yield seen


def batches(items: Iterator[T], pixels: Callable[[T], int]) -> Iterator[list[T]]:
    """Group items, of ``pixels`` each, so that a group's pixels stay bounded, but for a single large item."""
    for first in items:
        together = max(1, min(_BATCH_FRAMES, _BATCH_PIXELS // pixels(first)))
        yield [first, *islice(items, together - 1)]


def _seen(frame: Frame, sample: int, found: Iterable[tuple[int, Detection]], spec: CropSpec) -> Seen:
    faces = tuple(make_face(frame, sample, index, detection) for index, detection in found)
    crops = tuple(crop_face(frame.rgb, one.box, one.landmarks, spec) for one in faces)
    return Seen(frame, tuple(_displayed(one, frame.scale) for one in faces), crops)


def _displayed(face: Face, scale: tuple[float, float]) -> Face:
    """Bring a face's place from the frame's own pixels to those of the file as displayed."""
    if scale == (1.0, 1.0):
        return face
    x, y = scale
    x0, y0, x1, y1 = face.box
    marks = None if face.landmarks is None else (face.landmarks * np.array(scale)).astype(np.float32)
    return replace(face, box=(x * x0, y * y0, x * x1, y * y1), landmarks=marks)


def _pixels(frame: Frame) -> int:
    height, width, _ = frame.rgb.shape
    return int(height * width)
