"""The same person across sampled frames, by position, size and appearance.

Sampled frames are up to seconds apart, so a face may be anywhere; within a shot position is a hint, across a
cut it is none, and two people who swap places must be distinguished by their appearance. Faces are therefore
assigned to persons by an optimal matching (Kuhn, 1955) whose cost is mainly appearance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Face, Floats, Image

# Appearance distances above LOOSE are another person even in the same place; up to STRICT a person is
# recognised anywhere, also after a cut. 95 % of pairs of one person lie below STRICT, 95 % of pairs of two
# people above it (`python -m benchmarks.appearance`).
STRICT = 0.12
LOOSE = 0.24
_RECENT = 4  # appearances of a person that a face is compared with
_PLACE_COST = 0.06  # of being a face's width away or more, within one shot
_SAME_SHOT = 0.6  # correlation of two frames from which they are held to be one shot


@dataclass(slots=True)
class _Person:
    faces: list[int] = field(default_factory=list)
    looks: list[Floats] = field(default_factory=list)


def link(faces: Sequence[Face], signatures: Sequence[Floats]) -> list[list[int]]:
    """Group faces into persons; returns lists of positions in ``faces``, each in order of time.

    ``signatures[s]`` is `signature` of sampled frame ``s``. Two faces of one frame are never one person.
    Persons come in order of first appearance, from the left within a frame.
    """
    persons: list[_Person] = []
    for sample in sorted({face.sample for face in faces}):
        here = sorted(
            (i for i, face in enumerate(faces) if face.sample == sample), key=lambda i: faces[i].box[0]
        )
        looks = [appearance(faces[i].thumbnail) for i in here]
        costs = np.asarray(
            [
                [_cost(faces[i], look, person, faces, signatures) for person in persons]
                for i, look in zip(here, looks, strict=True)
            ]
        ).reshape(len(here), len(persons))
        matched = _match(costs)
        for row, i in enumerate(here):
            if row in matched:
                person = persons[matched[row]]
            else:
                person = _Person()
                persons.append(person)
            person.faces.append(i)
            person.looks.append(looks[row])
    return [person.faces for person in persons]


def letter(position: int) -> str:
    """Name a person by their order of appearance: A, B, ..., Z, AA, AB, ..."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def signature(frame: Image) -> Floats:
    """Return a frame's coarse picture, ``(16 * 9,)``, of mean 0 and norm 1: it changes at a cut."""
    # 20 x 20 pixels of a cell are enough; averaging over all of a large frame takes milliseconds.
    some = cv2.resize(frame, (320, 180), interpolation=cv2.INTER_NEAREST)
    return _unit(cv2.cvtColor(cv2.resize(some, (16, 9), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY))


def appearance(thumbnail: Image) -> Floats:
    """Describe a face's looks: coarse structure and a hue-saturation histogram, each of norm 1."""
    grey = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2GRAY)
    structure = _unit(cv2.resize(cv2.GaussianBlur(grey, (0, 0), 2.0), (16, 16), interpolation=cv2.INTER_AREA))
    hsv = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2HSV)
    histogram = cv2.calcHist([hsv], [0, 1], None, [12, 6], [0, 180, 0, 256]).ravel()
    histogram = np.sqrt(histogram / max(1.0, float(histogram.sum())))
    return np.concatenate([structure, histogram]).astype(np.float32)


def distance(a: Floats, b: Floats) -> float:
    """Return how unlike two appearances are, 0 to about 1: the mean of the two parts' cosine distances."""
    structure, colour = float(a[:256] @ b[:256]), float(a[256:] @ b[256:])
    return 0.5 * (1.0 - structure) * 0.5 + 0.5 * (1.0 - colour)


def _cost(
    face: Face, look: Floats, person: _Person, faces: Sequence[Face], signatures: Sequence[Floats]
) -> float:
    last = faces[person.faces[-1]]
    unlike = min(distance(look, other) for other in person.looks[-_RECENT:])
    same_shot = float(signatures[face.sample] @ signatures[last.sample]) >= _SAME_SHOT
    away = _away(face, last) if same_shot else 1.0
    limit = STRICT + (LOOSE - STRICT) * (1.0 - away)
    return unlike + _PLACE_COST * away if unlike <= limit else np.inf


def _away(face: Face, last: Face) -> float:
    """0 where the faces lie in one place at one size, 1 from a face's width or twice the size on."""
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = face.box, last.box
    width = max(1.0, ((ax1 - ax0) + (bx1 - bx0)) / 2.0)
    shift = np.hypot((ax0 + ax1 - bx0 - bx1) / 2.0, (ay0 + ay1 - by0 - by1) / 2.0) / width
    growth = abs(np.log2(max(1.0, face.size_px) / max(1.0, last.size_px)))
    return float(min(1.0, max(shift, growth)))


def _match(costs: Floats) -> dict[int, int]:
    if costs.size == 0 or not np.isfinite(costs).any():
        return {}
    # Imported here: a still or a lone face needs no matching, and SciPy takes longer to import than to run.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.where(np.isfinite(costs), costs, 1e3))
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if np.isfinite(costs[r, c])}


def _unit(grey: NDArray[Any]) -> Floats:
    centred = grey.astype(np.float32).ravel()
    centred -= centred.mean()
    norm = float(np.linalg.norm(centred))
    return centred / norm if norm > 1e-6 else centred
