"""The frames worth showing, kept while a video is analysed, in bounded memory.

The video's duration is cut into equal bins; each bin keeps its most suspicious frame. So the best moments
are spread over time, rather than neighbours of one another, and a long video costs no more than a short one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from detector.contracts import CropSpec, FaceScore, Frame, Image
from detector.faces.crop import crop_face, square_side
from detector.faces.halves import halved, reduced

_BINS = 16
_LONG_SIDE = 1280  # pixels of a kept frame
_FACES = 8  # per kept frame, the most suspicious ones
_LARGEST_FACE = 768  # pixels of the side of a kept face
_FACES_PIXELS = 3 * _LARGEST_FACE**2  # of a kept frame's faces together


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame with its faces, most suspicious first. ``scale`` takes the file's pixels to its own."""

    picture: Image
    scale: float
    scores: tuple[FaceScore, ...]
    crops: tuple[Image, ...]
    faces: tuple[Image, ...]  # what the crops show, at the size that it has in the frame


Pick = tuple[Kept, int]
"""A kept frame, and the position of a face in it."""


class Gallery:
    """Keeps at most one frame per bin."""

    def __init__(self, duration_ms: float, spec: CropSpec) -> None:
        self._spec = spec
        self._bin_ms = max(duration_ms, 1.0) / _BINS
        self._bins: dict[int, Kept] = {}

    def offer(self, frame: Frame, scores: Sequence[FaceScore], crops: Sequence[Image]) -> None:
        """Keep the frame if it is the most suspicious one of its bin so far; frames come in any order."""
        if not scores:
            return
        order = sorted(range(len(scores)), key=lambda i: -scores[i].logit)[:_FACES]
        position = int(frame.timestamp_ms / self._bin_ms)
        current = self._bins.get(position)
        if current is not None and current.scores[0].logit >= scores[order[0]].logit:
            return
        picture, scale = shown(frame, _LONG_SIDE)
        most = min(_LARGEST_FACE, int(math.sqrt(_FACES_PIXELS / len(order))))
        self._bins[position] = Kept(
            picture,
            scale,
            tuple(scores[i] for i in order),
            tuple(crops[i] for i in order),
            tuple(self._face(frame, scores[i], most) for i in order),
        )

    def pick(self, letters: Mapping[int, str], followed: str | None, count: int) -> list[Pick]:
        """Return up to ``count`` kept frames with the position of the face to show.

        ``letters`` says whose each face is, by its index in the file. Everybody has a moment first, as far
        as the count goes; the rest are of the person whom the verdict follows, then of others. Of a video's
        frame one face is shown, unless somebody is in no other. They come in that order of persons, the
        most suspicious of each first.
        """
        known = [
            (kept, position)
            for _, kept in sorted(self._bins.items(), key=lambda item: item[0])
            for position, score in enumerate(kept.scores)
            if score.index in letters
        ]

        def letter(pick: Pick) -> str:
            return letters[_score(pick).index]

        def order(pick: Pick) -> tuple[bool, float]:
            return letter(pick) != followed, -_score(pick).logit

        known.sort(key=order)
        chosen: list[Pick] = []
        for person in list(dict.fromkeys(letter(pick) for pick in known))[:count]:
            own = [pick for pick in known if letter(pick) == person]
            chosen.append(next((pick for pick in own if self._is_free(pick, chosen)), own[0]))
        for pick in known:
            if len(chosen) < count and self._is_free(pick, chosen):
                chosen.append(pick)
        return sorted(chosen, key=order)

    def _is_free(self, pick: Pick, chosen: Sequence[Pick]) -> bool:
        """Return whether it is not shown yet, nor its frame; a still has one frame for all of its faces."""
        kept, position = pick
        if len(self._bins) == 1:
            return all(position != other for _, other in chosen)
        return all(kept is not other for other, _ in chosen)

    def _face(self, frame: Frame, score: FaceScore, most: int) -> Image:
        x, y = frame.scale
        x0, y0, x1, y1 = score.face.box
        box = (x0 / x, y0 / y, x1 / x, y1 / y)
        marks = score.face.landmarks
        if marks is not None:
            marks = (marks / (x, y)).astype(marks.dtype)
        size = max(1, min(most, round(square_side(box, self._spec))))
        return crop_face(frame.rgb, box, marks, replace(self._spec, size=size))


def shown(frame: Frame, long_side: int) -> tuple[Image, float]:
    """Return a frame as displayed, sides of at most ``long_side``, and its pixels per pixel of the file."""
    height, width = frame.rgb.shape[:2]
    displayed = (width * frame.scale[0], height * frame.scale[1])
    scale = min(1.0, long_side / max(displayed))
    size = (max(1, round(displayed[0] * scale)), max(1, round(displayed[1] * scale)))
    if size == (width, height):
        return frame.rgb, scale
    return reduced(halved(frame.rgb, min(size)), size), scale


def _score(pick: Pick) -> FaceScore:
    kept, position = pick
    return kept.scores[position]
