"""Where faces are looked for in a video's sampled frames: everywhere in some, in the others near known ones.

Searching a whole frame costs several times as much as finding faces again near where they are expected. So
within a shot whose sampled frames are close in time only every fourth is searched. In a frame between two
searched ones a face is expected on the line between its places in them, or where the only one that has it
has it, and large faces are found anywhere. A frame in which an expected face is missing is searched after
all. The middle of such a gap comes first: what turns there is then expected on two shorter lines, and is lost
in fewer frames (`python -m benchmarks.following`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from detector.contracts import Box, Detection, Detector, Floats, Frame, Image
from detector.faces.bars import without_bars
from detector.faces.tracks import signature
from detector.faces.turned import clear_faces

Found = list[Detection]

EVERY = 4  # sampled frames of a shot per searched one
# From this many sampled frames after one that was searched for small faces, the last of a group is.
_CLOSELY_EVERY = 7
_APART_MS = 1000.0  # between sampled frames beyond which each of them is searched
# Least likeness of two frames' colours within a shot. Of neighbouring sampled frames of 20 labelled videos
# all but the cuts lie above 0.95, of frames of different videos 2 % above 0.9.
_SAME_SHOT = 0.93
# The same of their coarse structure, once clear faces are lost: a picture that is turned keeps its colours.
_SAME_STRUCTURE = 0.6
_BINS = 6  # of each colour channel
_GROWTH = 2.0  # of a face's size between two searched frames, beyond which it is another face
_NEAR = 1.5  # sizes from the place where a face is expected, within which it is found again


@dataclass(frozen=True, slots=True)
class _Look:
    """What of a frame says whether it continues the one before."""

    time: float
    shape: tuple[int, ...]
    colours: Floats
    structure: Floats


class Follower:
    """Finds the faces of a video's sampled frames, which come in groups in order of time."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._last: list[tuple[_Look, Found]] = []  # the last frame of the group before, if there is one
        self._unsearched = 0  # frames since one was searched for small faces
        self._small = False  # whether it had some
        # Structure of the running shot's last frame with a clear face, until clear faces are lost with it.
        self._upright: Floats | None = None
        self.cuts: list[int] = []
        """Positions in the latest group at which the picture becomes another one, or the file begins, or
        clear faces are lost with the structure that the picture had, as where a camera is turned."""
        self.from_px = 0.0
        """The size from which faces were looked for in every searched frame of the latest group."""

    def find(self, frames: Sequence[Frame], smallest_px: float, coarse_px: float) -> list[Found]:
        """Return each frame's faces, largest first.

        The first frame of a shot and about one in eight are searched for faces from ``smallest_px``, the
        others only from ``coarse_px`` unless one of the former, before or after, has one that is smaller.
        Of several shots that start in a group, those at its first frame and the last one count.
        """
        before = len(self._last)  # 0 or 1; positions below count from that frame on
        looks = [look for look, _ in self._last]
        looks += [
            _Look(one.timestamp_ms, one.rgb.shape, _colours(one.rgb), signature(one.rgb)) for one in frames
        ]
        pictures = dict(enumerate((frame.rgb for frame in frames), before))
        starts = _starts(looks)
        searched = [i for i in _searched(starts, len(looks)) if i >= before]
        closely = self._closely([i for i in starts if i >= before], before, len(looks) - 1)
        found = {i: faces for i, (_, faces) in enumerate(self._last)}
        found |= self._search(pictures, closely, smallest_px)
        small = [any(face.size_px < coarse_px for face in found[i]) for i in closely]
        usual_px = smallest_px if self._small or any(small) else coarse_px
        self._small = small[-1] if small else self._small
        self.from_px = smallest_px if set(searched) <= set(closely) else usual_px
        found |= self._search(pictures, [i for i in searched if i not in found], usual_px)
        while middles := _middles(found):
            places = {i: _expected(i, looks, found) for i in middles}
            found |= self._follow(pictures, places, smallest_px)
            lost = [i for i, expected in places.items() if not _all_there(expected, found[i])]
            found |= self._search(pictures, lost, usual_px)
        self._last = [(looks[-1], found[len(looks) - 1])]
        self.cuts = [
            i - before
            for i in pictures
            if self._begins(i == 0 or not _alike(looks[i - 1], looks[i]), looks[i], found[i])
        ]
        return [found[i] for i in pictures]

    def _begins(self, cut: bool, look: _Look, faces: Found) -> bool:
        """Return whether a frame begins a shot or has lost the faces of its own; asked in order of time."""
        if clear_faces(faces):
            self._upright = look.structure
            return cut
        lost = self._upright is not None and float(look.structure @ self._upright) < _SAME_STRUCTURE
        self._upright = None if cut or lost else self._upright
        return cut or lost

    def _closely(self, starts: list[int], first: int, last: int) -> list[int]:
        """Return the positions of a group, from ``first`` to ``last``, to search for small faces."""
        closely = sorted({i for i in starts if i == first} | set(starts[-1:]))
        since = last - closely[-1] if closely else self._unsearched + last - first + 1
        if since >= _CLOSELY_EVERY:
            closely.append(last)
            since = 0
        self._unsearched = since
        return closely

    def _search(self, pictures: Mapping[int, Image], which: list[int], smallest: float) -> dict[int, Found]:
        if not which:
            return {}
        found = self._detector.detect([pictures[i] for i in which], smallest)
        return dict(zip(which, found, strict=True))

    def _follow(
        self, pictures: Mapping[int, Image], places: Mapping[int, list[Box]], smallest: float
    ) -> dict[int, Found]:
        if not places:
            return {}
        found = self._detector.follow([pictures[i] for i in places], list(places.values()), smallest)
        return dict(zip(places, found, strict=True))


def _starts(looks: list[_Look]) -> list[int]:
    """Return the positions at which shots start, the first one included."""
    cuts = (i for i, (one, other) in enumerate(pairwise(looks), 1) if not _continues(one, other))
    return [0, *cuts]


def _searched(starts: list[int], count: int) -> list[int]:
    """Return the positions to search: both ends of each shot and of the group, and every fourth between."""
    ends = sorted({*starts, *(i - 1 for i in starts if i), count - 1})
    inner = (i for a, b in pairwise(ends) for i in range(a + EVERY, b, EVERY))
    return sorted({*ends, *inner})


def _middles(found: Mapping[int, Found]) -> list[int]:
    """Return the middle of each gap between positions whose faces are known; none is left in the end."""
    return [(a + b) // 2 for a, b in pairwise(sorted(found)) if b - a > 1]


def _continues(one: _Look, other: _Look) -> bool:
    """Return whether two frames belong to one shot, close in time."""
    return other.time - one.time <= _APART_MS and _alike(one, other)


def _alike(one: _Look, other: _Look) -> bool:
    """Return whether two frames may belong to one shot, however far apart in time."""
    return one.shape == other.shape and float(one.colours @ other.colours) >= _SAME_SHOT


def _colours(picture: Image) -> Floats:
    """Return the square roots of the shares of a picture's colours: what moves within it changes little.

    Bars at the edges are left out: their share would make any two pictures alike. The product of two such
    vectors is 1 for the same shares and 0 for no common colour (Bhattacharyya, 1943).
    """
    # Averaging over all of a frame's pixels would take longer than following its faces.
    some = cv2.resize(picture, (256, 144), interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(some, (64, 36), interpolation=cv2.INTER_AREA)
    inside = without_bars(small).astype(np.uint8)
    counts = cv2.calcHist([small], [0, 1, 2], inside, [_BINS] * 3, [0, 256] * 3)
    # A colour near the edge of a bin counts for its neighbours as well.
    smooth = cv2.GaussianBlur(counts.reshape(_BINS, -1), (3, 1), 0.0).ravel()
    return np.asarray(np.sqrt(smooth / smooth.sum()), np.float32)


def _expected(position: int, looks: list[_Look], found: Mapping[int, Found]) -> list[Box]:
    """Return where faces are expected in a frame between two whose faces are known."""
    left = max(i for i in found if i < position)
    right = min(i for i in found if i > position)
    times = [looks[i].time for i in (left, position, right)]
    share = (times[1] - times[0]) / max(1e-6, times[2] - times[0])
    pairs, alone = _paired(found[left], found[right])
    return [
        *(_between(one.box, other.box, share) for one, other in pairs),
        *(face.box for face in alone),
    ]


def _between(one: Box, other: Box, share: float) -> Box:
    x0, y0, x1, y1 = ((1.0 - share) * a + share * b for a, b in zip(one, other, strict=True))
    return x0, y0, x1, y1


def _paired(left: Found, right: Found) -> tuple[list[tuple[Detection, Detection]], Found]:
    """Pair the faces of two frames, the nearest first; return the rest as well."""
    ways = sorted(
        (_away(one.box, other.box), i, j)
        for i, one in enumerate(left)
        for j, other in enumerate(right)
        if 1.0 / _GROWTH <= one.size_px / other.size_px <= _GROWTH
    )
    partner = _partners(ways)
    alone = [one for i, one in enumerate(left) if i not in partner]
    alone += [other for j, other in enumerate(right) if j not in partner.values()]
    return [(left[i], right[j]) for i, j in partner.items()], alone


def _all_there(places: list[Box], faces: Found) -> bool:
    """Return whether each place has a face of its own near it."""
    ways = sorted((_away(at, face.box), i, j) for i, at in enumerate(places) for j, face in enumerate(faces))
    return len(_partners([way for way in ways if way[0] <= _NEAR])) == len(places)


def _partners(ways: Sequence[tuple[float, int, int]]) -> dict[int, int]:
    """Pair the one with the other of distance, one and other, nearest first; each has one partner at most."""
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in ways:
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    return partner


def _away(one: Box, other: Box) -> float:
    """Return the distance of two boxes' middles, in sides of the smaller one."""
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = one, other
    side = max(1.0, min(max(ax1 - ax0, ay1 - ay0), max(bx1 - bx0, by1 - by0)))
    return math.hypot(ax0 + ax1 - bx0 - bx1, ay0 + ay1 - by0 - by1) / 2.0 / side
