"""The same person across sampled frames, by position, size and appearance.

Sampled frames are up to seconds apart, so a face may be anywhere; within a shot position is a hint, across a
cut it is none, and two people who swap places must be distinguished by their appearance. Faces are therefore
assigned to persons by an optimal matching (Kuhn, 1955) whose cost is mainly appearance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Face, Floats, Image
from detector.faces.bars import without_bars
from detector.faces.crop import tilt

# Appearance distances above LOOSE are another person even in the same place; up to STRICT a person is
# recognised anywhere, also after a cut. 95 % of pairs of one person lie below STRICT, 95 % of pairs of two
# people above it (`python -m benchmarks.appearance`).
STRICT = 0.12
LOOSE = 0.24
_RECENT = 4  # appearances of a person that a face is compared with
_PLACE_COST = 0.06  # of being a face's width away or more, within one shot
_STRUCTURE, _LENGTH = 256, 328  # values of an appearance: of its coarse structure, and all
_LYING = 60.0  # degrees of tilt from which a face is turned before it is compared
_SAME_SHOT = 0.6  # correlation of two frames from which they are held to be one shot


def link(faces: Sequence[Face], signatures: Sequence[Floats]) -> list[list[int]]:
    """Group faces into persons; returns lists of positions in ``faces``, each in order of time.

    ``signatures[s]`` is `signature` of sampled frame ``s``. Two faces of one frame are never one person.
    Persons come in order of first appearance, from the left within a frame.
    """
    by_sample: dict[int, list[int]] = {}
    for i, face in enumerate(faces):
        by_sample.setdefault(face.sample, []).append(i)
    persons = _Persons(faces, signatures)
    for _, here in sorted(by_sample.items()):
        here.sort(key=lambda i: faces[i].box[0])
        looks = np.stack([appearance(_righted(faces[i])) for i in here])
        matched = _match(persons.costs(here, looks))
        for row, (i, look) in enumerate(zip(here, looks, strict=True)):
            persons.add(matched.get(row), i, look)
    return persons.faces


class _Persons:
    """Those found so far. A frame's faces are compared with all at once, since a crowd has many pairs."""

    def __init__(self, faces: Sequence[Face], signatures: Sequence[Floats]) -> None:
        self.faces: list[list[int]] = []  # of each person, in order of time
        # The latest looks of each person; at first one look several times.
        self._looks: Floats = np.empty((8, _RECENT, _LENGTH), np.float32)
        self._boxes = np.asarray([face.box for face in faces], np.float64).reshape(-1, 4)
        self._sizes = np.maximum(1.0, np.asarray([face.size_px for face in faces], np.float64))
        self._samples = np.asarray([face.sample for face in faces], np.intp)
        self._signatures = np.asarray(signatures, np.float32)

    def costs(self, here: Sequence[int], looks: Floats) -> NDArray[np.floating[Any]]:
        """Return what it costs that face ``here[row]`` is person ``column``: infinite where it cannot be."""
        if not self.faces:
            return np.empty((len(here), 0), np.float32)
        last = np.asarray([mine[-1] for mine in self.faces])
        now = np.asarray(here)
        known = self._looks[: len(last)].reshape(-1, _LENGTH)
        unlike = distances(looks, known).reshape(len(now), len(last), _RECENT).min(axis=2)
        alike = self._signatures[self._samples[last]] @ self._signatures[self._samples[now[0]]]
        away = np.where(alike >= _SAME_SHOT, self._away(now[:, None], last[None, :]), 1.0)
        limit = STRICT + (LOOSE - STRICT) * (1.0 - away)
        return np.where(unlike <= limit, unlike + _PLACE_COST * away, np.inf)

    def add(self, person: int | None, face: int, look: Floats) -> None:
        """Add a face to a person, or to a new one."""
        if person is None:
            person = len(self.faces)
            if person == len(self._looks):
                self._looks = np.concatenate([self._looks, np.empty_like(self._looks)])
            self.faces.append([])
            self._looks[person] = look
        else:
            self._looks[person, len(self.faces[person]) % _RECENT] = look
        self.faces[person].append(face)

    def _away(self, faces: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.float64]:
        """0 where faces lie in one place at one size, 1 from a face's width or twice the size on."""
        ax0, ay0, ax1, ay1 = np.moveaxis(self._boxes[faces], -1, 0)
        bx0, by0, bx1, by1 = np.moveaxis(self._boxes[others], -1, 0)
        width = np.maximum(1.0, ((ax1 - ax0) + (bx1 - bx0)) / 2.0)
        shift = np.hypot((ax0 + ax1 - bx0 - bx1) / 2.0, (ay0 + ay1 - by0 - by1) / 2.0) / width
        growth = np.abs(np.log2(self._sizes[faces] / self._sizes[others]))
        return np.asarray(np.minimum(1.0, np.maximum(shift, growth)))


def letter(position: int) -> str:
    """Name a person by their order of appearance: A, B, ..., Z, AA, AB, ..."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def signature(frame: Image) -> Floats:
    """Return a frame's coarse picture, ``(16 * 9,)``, of mean 0 and norm 1: it changes at a cut.

    Cells that bars at the edges reach into are 0, and the others are of mean 0 by themselves: bars would make
    any two pictures alike.
    """
    # 20 x 20 pixels of a cell are enough; averaging over all of a large frame takes milliseconds.
    some = cv2.resize(frame, (320, 180), interpolation=cv2.INTER_NEAREST)
    cells = cv2.cvtColor(cv2.resize(some, (16, 9), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).ravel()
    inside = without_bars(some[2::5, 2::5]).reshape(9, 4, 16, 4).all(axis=(1, 3)).ravel()
    if inside.all() or not inside.any():
        return _unit(cells)
    signed = np.zeros(cells.shape, np.float32)
    signed[inside] = _unit(cells[inside])
    return signed


def appearance(thumbnail: Image) -> Floats:
    """Describe a face's looks: coarse structure and a hue-saturation histogram, each of norm 1."""
    grey = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2GRAY)
    structure = _unit(cv2.resize(cv2.GaussianBlur(grey, (0, 0), 2.0), (16, 16), interpolation=cv2.INTER_AREA))
    hsv = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2HSV)
    histogram = cv2.calcHist([hsv], [0, 1], None, [12, 6], [0, 180, 0, 256]).ravel()
    histogram = np.sqrt(histogram / max(1.0, float(histogram.sum())))
    return np.concatenate([structure, histogram]).astype(np.float32)


def _righted(face: Face) -> Image:
    """Return a face's thumbnail, turned by quarters where the face lies or stands on its head."""
    tilted = 0.0 if face.landmarks is None else tilt(face.landmarks)
    if abs(tilted) < _LYING:
        return face.thumbnail
    return np.ascontiguousarray(np.rot90(face.thumbnail, round(tilted / 90.0)))


def distance(a: Floats, b: Floats) -> float:
    """Return how unlike two appearances are, 0 to about 1: the mean of the two parts' cosine distances."""
    return float(distances(a[None], b[None])[0, 0])


def distances(some: Floats, others: Floats) -> Floats:
    """Return `distance` of each of ``(N, 328)`` appearances from each of ``(M, 328)``, as ``(N, M)``."""
    structure = some[:, :_STRUCTURE] @ others[:, :_STRUCTURE].T
    colour = some[:, _STRUCTURE:] @ others[:, _STRUCTURE:].T
    return np.asarray(0.25 * (1.0 - structure) + 0.5 * (1.0 - colour), np.float32)


def _match(costs: NDArray[np.floating[Any]]) -> dict[int, int]:
    possible = np.isfinite(costs)
    if not possible.any():
        return {}
    # Most pairs of a crowd cannot be one person; whole rows and columns of them are left out.
    rows, columns = (np.flatnonzero(possible.any(axis=axis)) for axis in (1, 0))
    # Imported here: a still or a lone face needs no matching, and SciPy takes longer to import than to run.
    from scipy.optimize import linear_sum_assignment

    some = np.where(possible, costs, 1e3)[np.ix_(rows, columns)]
    pairs = [(rows[r], columns[c]) for r, c in zip(*linear_sum_assignment(some), strict=True)]
    return {int(row): int(column) for row, column in pairs if possible[row, column]}


def _unit(grey: NDArray[Any]) -> Floats:
    centred = grey.astype(np.float32).ravel()
    centred -= centred.mean()
    norm = float(np.linalg.norm(centred))
    return centred / norm if norm > 1e-6 else centred
