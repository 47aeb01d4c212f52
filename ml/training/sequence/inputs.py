"""What a network over time sees of a burst, and how bursts are changed in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats
from training.sequence.bursts import LENGTH
from training.sequence.kept import Track

INPUTS: Mapping[str, tuple[str, ...]] = {
    "features and geometry": ("features", "geometry"),
    "geometry": ("geometry",),
    "features": ("features",),
    "shape": ("shape",),
    "changes and shape": ("changes", "shape"),
}
"""What of a burst is seen. Changes, geometry and shape are relative to its mean, so single frames tell none.

Shape is how the landmarks lie to one another: geometry without the head's motion.
"""

COMPONENTS = 64  # of the features that are kept
_FARTHEST = 8.0  # figures beyond it are cut
_OFFSET, _SPEED = 50.0, 100.0  # of geometry in shares of the face: what brings both to about 1


@dataclass(frozen=True, slots=True)
class Basis:
    """The principal components of features: `COMPONENTS` figures of spread 1 for each frame."""

    mean: Floats  # (C,)
    axes: Floats  # (C, COMPONENTS), divided by each component's spread

    def __call__(self, features: Floats) -> Floats:
        """Return ``(T, COMPONENTS)`` of features ``(T, C)``."""
        return np.asarray((features - self.mean) @ self.axes, np.float32)


def basis(tracks: Sequence[Track], rng: np.random.Generator, most: int = 1200) -> Basis:
    """Return the basis of some of the tracks' frames."""
    features = np.concatenate([track.features[::4] for track in tracks])
    if len(features) > most:
        features = features[rng.choice(len(features), most, replace=False)]
    mean = features.mean(0)
    _, spread, axes = np.linalg.svd(features - mean, full_matrices=False)
    several = min(COMPONENTS, len(spread))
    scaled = axes[:several] / (spread[:several, None] / np.sqrt(len(features)) + 1e-6)
    return Basis(np.asarray(mean, np.float32), np.asarray(scaled.T, np.float32))


@dataclass(frozen=True, slots=True)
class Motion:
    """One burst, or B of them in a first axis, as a network sees them before its figures are made."""

    features: Floats  # (..., LENGTH, COMPONENTS)
    points: Floats  # (..., LENGTH, 7, 2): five landmarks, the box's centre and size, in sides of the face


def motion(track: Track, of: Basis) -> Motion:
    """Return a track with its geometry in sides of the burst's mean face, around its mean centre.

    Shorter bursts are played forth and back.
    """
    left, top, right, bottom = track.boxes.T
    sides = np.stack([right - left, bottom - top], 1)
    side = float(sides.max(1).mean())
    centres = np.stack([left + right, top + bottom], 1) / 2.0
    middle = centres.mean(0)
    points = np.concatenate(
        [(track.landmarks - middle) / side, (centres - middle)[:, None] / side, sides[:, None] / side], 1
    )
    frames = len(points)
    order = np.arange(LENGTH) % max(1, 2 * frames - 2)
    order = np.where(order >= frames, 2 * frames - 2 - order, order)
    return Motion(of(track.features)[order], np.asarray(points, np.float32)[order])


def stacked(bursts: Sequence[Motion]) -> Motion:
    """Return B bursts as one."""
    return Motion(np.stack([one.features for one in bursts]), np.stack([one.points for one in bursts]))


def figures(bursts: Motion, parts: Sequence[str]) -> NDArray[np.float32]:
    """Return ``(B, LENGTH, D)`` figures of the parts of an entry of `INPUTS`, of B bursts."""
    features, landmarks = bursts.features, bursts.points[:, :, :5]
    points, shape = (
        some.reshape(*some.shape[:2], -1)
        for some in (bursts.points, landmarks - landmarks.mean(2, keepdims=True))
    )
    columns = {
        "features": (features,),
        "changes": (2.0 * _apart(features), 2.0 * _steps(features)),
        "geometry": (_OFFSET * _apart(points), _SPEED * _steps(points)),
        "shape": (_OFFSET * _apart(shape), _SPEED * _steps(shape)),
    }
    joined = np.concatenate([column for part in parts for column in columns[part]], 2)
    return np.asarray(np.clip(joined, -_FARTHEST, _FARTHEST), np.float32)


def as_authentic(bursts: Motion, rng: np.random.Generator) -> Motion:
    """Return B bursts as other circumstances would have left them.

    Frames are dropped, the camera shakes, faces are found less exactly. What is authentic stays so, and
    what is false, too: both classes go through it.
    """
    several = len(bursts.features)

    def some(share: float) -> NDArray[np.bool_]:
        return np.asarray(rng.random((several, 1)) < share)

    # Where a frame is missing the one before is shown.
    gone = (rng.random((several, LENGTH)) < rng.uniform(0.1, 0.5, (several, 1))) & some(0.4)
    gone[:, 0] = False
    order = np.maximum.accumulate(np.where(gone, 0, np.arange(LENGTH)), axis=1)
    order = np.where(some(0.3), order[:, ::-1], order)
    features = np.take_along_axis(bursts.features, order[..., None], 1)
    points = np.take_along_axis(bursts.points, order[..., None, None], 1)
    shake = rng.normal(0.0, 1.0, (several, LENGTH, 1, 2)).cumsum(1)
    far = (rng.uniform(0.0, 0.02, (several, 1)) * some(0.4))[..., None, None]
    points[:, :, :6] += far * (shake - shake.mean(1, keepdims=True))
    inexact = rng.uniform(0.0, 0.006, (several, 1, 1, 1))
    return Motion(features, np.asarray(points + inexact * rng.normal(size=points.shape), np.float32))


def as_fake(burst: Motion, other: Motion, rng: np.random.Generator) -> Motion:
    """Return an authentic burst in which time is broken, with another moment of the same clip at hand.

    One of: the face of another moment in this one's motion; frames in a wrong order, each near its place; a
    face that is renewed at a lower rate than the head moves; landmarks of mouth or eyes that follow another
    moment (kinematic inconsistency); motion that is smoother than a person's.
    """
    kind = int(rng.integers(5))
    if kind == 0:
        return replace(burst, features=other.features)
    if kind == 1:
        order = np.argsort(np.arange(LENGTH) + rng.uniform(0.0, rng.uniform(2.0, 5.0), LENGTH))
        return Motion(burst.features[order], burst.points[order])
    if kind == 2:
        every = int(rng.integers(2, 5))
        return replace(burst, features=burst.features[np.arange(LENGTH) // every * every])
    if kind == 3:
        part = slice(3, 5) if rng.random() < 0.6 else slice(0, 2)
        points = burst.points.copy()
        moved = other.points[:, part] - other.points[:, part].mean(0)
        points[:, part] = points[:, part].mean(0) + moved
        return replace(burst, points=points)
    return Motion(_smooth(burst.features), _smooth(burst.points))


def _apart(values: Floats) -> Floats:
    return np.asarray(values - values.mean(1, keepdims=True), np.float32)


def _steps(values: Floats) -> Floats:
    return np.diff(values, axis=1, prepend=values[:, :1])


def _smooth(values: Floats) -> Floats:
    """Return a mean over five frames, the first and last one repeated at the ends."""
    padded = np.concatenate([values[:1]] * 2 + [values] + [values[-1:]] * 2)
    return np.asarray(np.mean([padded[i : i + len(values)] for i in range(5)], 0), np.float32)
