"""The frames worth showing, kept while a video is analysed, in bounded memory.

The video's duration is cut into equal bins; each bin keeps its most suspicious frame. So the best moments
are spread over time, rather than neighbours of one another, and a long video costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.contracts import FaceScore, Frame, Image
from detector.faces.halves import halved, reduced

_BINS = 16
_LONG_SIDE = 1280  # pixels of a kept frame
_FACES = 8  # per kept frame, the most suspicious ones


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame with its faces, most suspicious first. ``scale`` takes the file's pixels to its own."""

    picture: Image
    scale: float
    scores: tuple[FaceScore, ...]
    crops: tuple[Image, ...]


class Gallery:
    """Keeps at most one frame per bin."""

    def __init__(self, duration_ms: float) -> None:
        self._bin_ms = max(duration_ms, 1.0) / _BINS
        self._bins: dict[int, Kept] = {}

    def offer(self, frame: Frame, scores: Sequence[FaceScore], crops: Sequence[Image]) -> None:
        """Keep the frame if it is the most suspicious one of its bin so far."""
        if not scores:
            return
        order = sorted(range(len(scores)), key=lambda i: -scores[i].logit)[:_FACES]
        position = int(frame.timestamp_ms / self._bin_ms)
        current = self._bins.get(position)
        if current is not None and current.scores[0].logit >= scores[order[0]].logit:
            return
        height, width = frame.rgb.shape[:2]
        shown = (width * frame.scale[0], height * frame.scale[1])
        scale = min(1.0, _LONG_SIDE / max(shown))
        picture = frame.rgb
        size = (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale)))
        if size != (width, height):
            picture = reduced(halved(picture, min(size)), size)
        self._bins[position] = Kept(
            picture, scale, tuple(scores[i] for i in order), tuple(crops[i] for i in order)
        )

    def pick(self, followed: frozenset[int], count: int) -> list[tuple[Kept, int]]:
        """Return up to ``count`` kept frames with the position of the face to show, most suspicious first.

        ``followed`` are the indexes of the faces of the person whom the verdict follows; these come before
        others.
        """
        candidates = [
            (kept, position, score.index in followed)
            for kept in self._bins.values()
            for position, score in enumerate(kept.scores)
        ]
        candidates.sort(key=lambda c: (not c[2], -c[0].scores[c[1]].logit))
        chosen: list[tuple[Kept, int]] = []
        shown: set[int] = set()
        for kept, position, _ in candidates:
            if len(chosen) == count:
                break
            # One face per frame of a video; a still has one frame, and every face of it may be shown.
            if id(kept) in shown and len(self._bins) > 1:
                continue
            shown.add(id(kept))
            chosen.append((kept, position))
        return chosen
