"""A file's sampled frames with their faces and crops: what serving scores, and what training measures on."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count, islice, pairwise
from typing import TypeVar

import numpy as np

from detector.contracts import (
    SMALLEST_FACE_PX,
    CropSpec,
    Detection,
    Detector,
    Face,
    Frame,
    Image,
    Mark,
    MediaType,
)
from detector.faces.crop import crop_face, make_face
from detector.faces.follow import EVERY, Follower
from detector.faces.marked import marked_face
from detector.faces.turned import clear_faces, detect_turned, joined, settled
from detector.media import Media
from detector.prefetch import prefetched
from detector.stopwatch import Stopwatch

T = TypeVar("T")

_BATCH_PIXELS = 8 * 1920 * 1080  # pixels of the frames that go through the detector together
_BATCH_FRAMES = 8
_AHEAD_PIXELS = 4 * 1920 * 1080  # pixels of the frames decoded ahead: the decoder seldom waits

_MOST_PORTRAITS = 8  # faces of a frame, beyond which portraits would need much memory
MOST_FACES = 256  # of a frame, the largest ones: bounds time and memory
# Pixels of a picture in which the smallest faces are looked for; in a larger one they grow with its sides.
_SEARCHED_STILL, _SEARCHED_VIDEO = 24_000_000, 1920 * 1080
# The same for a video's frames from which no smaller face is to be expected: a quarter of the time at 1080p.
_SEARCHED_COARSELY = 960 * 540
# The same for a still's turned copies: five of them then cost about twice as much as the picture itself.
_SEARCHED_TURNED = 3_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A sampled frame, its faces, largest first, and of each face the ``(S, S, 3)`` crop to score."""

    frame: Frame
    faces: tuple[Face, ...]
    crops: tuple[Image, ...]
    smallest_px: float = SMALLEST_FACE_PX  # the smallest face looked for wherever this frame was searched
    left_out: int = 0  # faces beyond the `MOST_FACES` largest

    @property
    def pixels(self) -> int:
        """How many pixels the frame has."""
        return _pixels(self.frame)


def see(
    media: Media, detector: Detector, spec: CropSpec, watch: Stopwatch | None = None
) -> Generator[Seen, None, None]:
    """Yield the sampled frames in order of time, with memory that does not grow with the duration.

    Of frames of one shot that are close in time every fourth is searched for faces, and in those between
    the faces are followed (`faces.follow`). As long as no clear face was found in a shot, faces are looked
    for in turned copies as well, of its first frame and every fourth of a batch and, where one of them shows
    some, of all. Those of a still are looked at unless its faces say that it is upright.
    Another thread decodes ahead, but for large frames. Samples and faces are numbered from 0 through the
    file. ``watch`` measures the stages "waiting_for_frames", "face_detection" and, for cropping,
    "inference". Raises `MediaError` when nothing decodes. Close the generator before ``media``.
    """
    watch = watch or Stopwatch()
    with closing(_decoded_ahead(media)) as ahead:
        frames = watch.waiting("waiting_for_frames", ahead)
        yield from see_frames(frames, media.info.media_type, detector, spec, watch)


def see_mark(
    media: Media, mark: Mark, detector: Detector, spec: CropSpec, watch: Stopwatch
) -> Generator[Seen, None, None]:
    """Yield the one frame of ``media``, which was opened at the mark's instant, with the marked face.

    Raises `MediaError` when the frame does not decode.
    """
    for frame in watch.waiting("waiting_for_frames", media.frames()):
        x, y = frame.scale
        x0, y0, x1, y1 = mark.box
        with watch("face_detection"):
            found = marked_face(frame.rgb, (x0 / x, y0 / y, x1 / x, y1 / y), detector)
        with watch("inference"):
            seen = _seen(frame, 0, [(0, found)], spec)
        yield seen


def see_frames(
    frames: Iterator[Frame], media_type: MediaType, detector: Detector, spec: CropSpec, watch: Stopwatch
) -> Generator[Seen, None, None]:
    """Yield a file's frames with their faces and crops, as `see` does."""
    samples, indexes, follower = count(), count(), Follower(detector)
    turning = _Turning(detector, media_type)
    for group in batches(frames, _pixels):
        smallest = max(smallest_face(_pixels(frame), media_type) for frame in group)
        coarse = max(smallest, _coarse(group))
        with watch("face_detection"):
            detections = follower.find(group, smallest, coarse)
            detections, turned_from = turning.look(group, detections, follower.cuts, coarse)
            smallest = max(follower.from_px, turned_from)
        for frame, found in zip(group, detections, strict=True):
            with watch("inference"):
                largest = zip(indexes, found[:MOST_FACES])  # noqa: B905 - endless
                seen = _seen(frame, next(samples), largest, spec)
            yield replace(seen, smallest_px=smallest, left_out=len(found[MOST_FACES:]))


def _decoded_ahead(media: Media) -> Generator[Frame, None, None]:
    """Yield the frames, decoded ahead by another thread unless they are so large that each goes alone."""
    if media.info.width * media.info.height > _BATCH_PIXELS:
        yield from media.frames()
    else:
        pixels = max(1, media.info.width * media.info.height)
        yield from prefetched(media.frames(), max(2, min(_BATCH_FRAMES, _AHEAD_PIXELS // pixels)))


def smallest_face(pixels: int, media_type: MediaType) -> float:
    """Return the size in pixels from which faces are looked for in a picture of so many pixels."""
    return _smallest_in(pixels, _SEARCHED_STILL if media_type == "image" else _SEARCHED_VIDEO)


def _smallest_in(pixels: int, searched: int) -> float:
    return SMALLEST_FACE_PX * math.sqrt(max(1.0, pixels / searched))


def _coarse(frames: Sequence[Frame]) -> float:
    """Return the size from which faces are looked for in frames in which no smaller one is to be expected."""
    return _smallest_in(min(map(_pixels, frames)), _SEARCHED_COARSELY)


def _smallest_turned(frame: Frame) -> float:
    """Return the size from which faces are looked for in turned copies of a still."""
    return _smallest_in(_pixels(frame), _SEARCHED_TURNED)


class _Turning:
    """Looks for faces in turned copies of the frames of a file that may show them on their side."""

    def __init__(self, detector: Detector, media_type: MediaType) -> None:
        self._detector, self._still = detector, media_type == "image"
        self._upright = False  # whether a video's running shot has shown a clear face without being turned

    def look(
        self, frames: Sequence[Frame], found: list[list[Detection]], cuts: Collection[int], coarse: float
    ) -> tuple[list[list[Detection]], float]:
        """Return each frame's faces, ``found`` or those of turned copies, and the least size of these.

        ``cuts`` are the frames that begin a shot; ``coarse`` is the size from which a video's turned copies
        are searched. The size is 0 where no copy was looked at.
        """
        if self._still:
            lying = [] if self._settled(frames, found) else list(range(len(frames)))
            asked, smallest = lying, max(map(_smallest_turned, frames))
        else:
            lying = self._lying(found, cuts)
            asked, smallest = [i for i in lying if i in cuts or i % EVERY == 0], coarse
        if not lying:
            return found, 0.0
        turned = self._turned(frames, asked, lying, smallest)
        return [_clearer(faces, turned.get(i, [])) for i, faces in enumerate(found)], smallest

    def _settled(self, frames: Sequence[Frame], found: list[list[Detection]]) -> bool:
        return all(
            settled(self._detector, frame.rgb, faces) for frame, faces in zip(frames, found, strict=True)
        )

    def _lying(self, found: list[list[Detection]], cuts: Collection[int]) -> list[int]:
        """Return the frames of a group in shots that have shown no clear face."""
        starts = sorted({0, *cuts})
        lying: list[int] = []
        for start, end in pairwise([*starts, len(found)]):
            goes_on = self._upright and start not in cuts
            self._upright = goes_on or any(map(clear_faces, found[start:end]))
            lying += [] if self._upright else range(start, end)
        return lying

    def _turned(
        self, frames: Sequence[Frame], asked: list[int], lying: list[int], smallest: float
    ) -> dict[int, list[Detection]]:
        """Look for faces in turned copies of the frames that are ``asked``, and if one shows some, of all
        that are ``lying``."""
        found = detect_turned(self._detector, [frames[i].rgb for i in asked], smallest)
        if any(found) and len(asked) < len(lying):
            asked, found = lying, detect_turned(self._detector, [frames[i].rgb for i in lying], smallest)
        return dict(zip(asked, found, strict=True))


def _clearer(upright: list[Detection], turned: list[Detection]) -> list[Detection]:
    """Return the faces of a frame: those of turned copies count where they are more than the clear ones."""
    return joined(upright, turned) if clear_faces(turned) > clear_faces(upright) else upright


def batches(items: Iterator[T], pixels: Callable[[T], int]) -> Iterator[list[T]]:
    """Group items, of ``pixels`` each, so that a group's pixels stay bounded, but for a single large item."""
    for first in items:
        together = max(1, min(_BATCH_FRAMES, _BATCH_PIXELS // pixels(first)))
        yield [first, *islice(items, together - 1)]


def _seen(frame: Frame, sample: int, found: Iterable[tuple[int, Detection]], spec: CropSpec) -> Seen:
    found = list(found)
    few = len(found) <= _MOST_PORTRAITS
    faces = tuple(make_face(frame, sample, index, detection, few) for index, detection in found)
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
