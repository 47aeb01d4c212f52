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
    "features": ("features",),
    "changes of features": ("changes",),
    "geometry": ("geometry",),
    "features and geometry": ("features", "geometry"),
    "changes and geometry": ("changes", "geometry"),
}
"""What of a burst is seen. Changes and geometry are relative to its mean, so single frames tell none."""

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


def basis(tracks: Sequence[Track], rng: np.random.Generator, most: int = 3000) -> Basis:
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
    """A burst as a network sees it before its figures are made, T frames."""

    features: Floats  # (T, COMPONENTS)
    points: Floats  # (T, 7, 2): five landmarks, centre and size of the box, in mean sides of the face


def motion(track: Track, of: Basis) -> Motion:
    """Return a track with its geometry in sides of the burst's mean face, around its mean centre."""
    left, top, right, bottom = track.boxes.T
    sides = np.stack([right - left, bottom - top], 1)
    side = float(sides.max(1).mean())
    centres = np.stack([left + right, top + bottom], 1) / 2.0
    middle = centres.mean(0)
    points = np.concatenate(
        [(track.landmarks - middle) / side, (centres - middle)[:, None] / side, sides[:, None] / side], 1
    )
    return Motion(of(track.features), np.asarray(points, np.float32))


def figures(burst: Motion, parts: Sequence[str]) -> NDArray[np.float32]:
    """Return ``(LENGTH, D)`` figures of the parts of an entry of `INPUTS`.

    Short bursts are played back and forth.
    """
    frames = len(burst.features)
    order = np.arange(LENGTH) % max(1, 2 * frames - 2)
    order = np.where(order >= frames, 2 * frames - 2 - order, order)
    features, points = burst.features[order], burst.points[order].reshape(LENGTH, -1)
    columns = {
        "features": (features,),
        "changes": (2.0 * (features - features.mean(0)), 2.0 * _steps(features)),
        "geometry": (_OFFSET * (points - points.mean(0)), _SPEED * _steps(points)),
    }
    joined = np.concatenate([column for part in parts for column in columns[part]], 1)
    return np.asarray(np.clip(joined, -_FARTHEST, _FARTHEST), np.float32)


def as_authentic(burst: Motion, rng: np.random.Generator) -> Motion:
    """Return the burst as other circumstances would have left it.

    Frames are dropped, the camera shakes, faces are found less exactly. What is authentic stays so, and
    what is false, too: both classes go through it.
    """
    frames = len(burst.features)
    order = np.arange(frames)
    if rng.random() < 0.4:
        order = _dropped(frames, rng)
    if rng.random() < 0.3:
        order = order[::-1]
    points = burst.points[order].copy()
    if rng.random() < 0.4:
        shake = rng.normal(0.0, rng.uniform(0.0, 0.02), (frames, 1, 2)).cumsum(0)
        points[:, :6] += shake - shake.mean(0)
    points += rng.normal(0.0, rng.uniform(0.0, 0.006), points.shape)
    return Motion(burst.features[order], np.asarray(points, np.float32))


def as_fake(burst: Motion, other: Motion, rng: np.random.Generator) -> Motion:
    """Return an authentic burst in which time is broken, with another moment of the same clip at hand.

    One of: the face of another moment in this one's motion; frames in a wrong order, each near its place; a
    face that is renewed at a lower rate than the head moves; landmarks of mouth or eyes that follow another
    moment (kinematic inconsistency); motion that is smoother than a person's.
    """
    frames = len(burst.features)
    kind = int(rng.integers(5))
    if kind == 0:
        return replace(burst, features=_fitted(other.features, frames))
    if kind == 1:
        order = np.argsort(np.arange(frames) + rng.uniform(0.0, rng.uniform(2.0, 5.0), frames))
        return Motion(burst.features[order], burst.points[order])
    if kind == 2:
        every = int(rng.integers(2, 5))
        return replace(burst, features=burst.features[np.arange(frames) // every * every])
    if kind == 3:
        points, theirs = burst.points.copy(), _fitted(other.points, frames)
        part = slice(3, 5) if rng.random() < 0.6 else slice(0, 2)
        points[:, part] += (theirs[:, part] - theirs[:, part].mean(0)) - (
            points[:, part] - points[:, part].mean(0)
        )
        return replace(burst, points=points)
    return Motion(_smooth(burst.features), _smooth(burst.points))


def _steps(values: Floats) -> Floats:
    return np.diff(values, axis=0, prepend=values[:1])


def _dropped(frames: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return an order in which some frames are missing and the one before is shown in their place."""
    gone = rng.random(frames) < rng.uniform(0.1, 0.5)
    gone[0] = False
    return np.maximum.accumulate(np.where(gone, 0, np.arange(frames)))


def _fitted(values: Floats, frames: int) -> Floats:
    return values[np.arange(frames) % len(values)]


def _smooth(values: Floats) -> Floats:
    """Return a mean over five frames, fewer at both ends."""
    padded = np.concatenate([values[:1]] * 2 + [values] + [values[-1:]] * 2)
    return np.asarray(np.mean([padded[i : i + len(values)] for i in range(5)], 0), np.float32)
