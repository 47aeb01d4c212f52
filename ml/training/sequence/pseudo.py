"""Pseudo-fakes in time: bursts of authentic footage in which a face is changed as makers of fakes change it.

Single frames of them may look right; what differs is how they follow one another. Blending whose parameters
drift is after "Generalizing Deepfake Video Detection with Plug-and-Play: Video-Level Blending and
Spatiotemporal Adapter Tuning" (Yan et al., CVPR 2025); blending drawn anew for each frame stands for swaps
that are made frame by frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats, Image
from training.samples.blend import compose
from training.samples.codecs import h264_frames
from training.sequence.bursts import Burst

Part = Literal["face", "mouth", "eyes"]
Kind = Callable[[Burst, Burst, np.random.Generator], Burst]
"""Makes a burst of one, with another moment of the same clip at hand."""

_AROUND = 0.5  # of a burst's mean box: what is kept beyond each side of it
_COLOURS, _MOVES = slice(0, 6), slice(6, 10)
# Largest changes: gain and offset of each channel (levels), shift (of the eyes' distance), growth, turn
# (radians).
_LARGEST = np.asarray([0.05] * 3 + [5.0] * 3 + [0.05, 0.05, 0.04, 0.04], np.float32)


def near(burst: Burst) -> Burst:
    """Return the burst with the neighbourhood of the face alone, its pixels unchanged."""
    left, top, right, bottom = burst.place
    room = _AROUND * max(right - left, bottom - top)
    height, width = burst.pictures[0].shape[:2]
    x0, y0 = max(0, int(left - room)), max(0, int(top - room))
    x1, y1 = min(width, int(right + room) + 1), min(height, int(bottom + room) + 1)
    corner = np.asarray([x0, y0], np.float32)
    return replace(
        burst,
        pictures=[np.ascontiguousarray(picture[y0:y1, x0:x1]) for picture in burst.pictures],
        boxes=burst.boxes - np.tile(corner, 2),
        landmarks=burst.landmarks - corner,
    )


def blended(steady: bool) -> Kind:
    """Return the kind that blends a changed copy of each frame into it, as parameters drift or jump."""

    def make(burst: Burst, _: Burst, rng: np.random.Generator) -> Burst:
        part: Part = "face" if rng.random() < 0.6 else "mouth"
        size, strength = rng.uniform(0.9, 1.15), rng.uniform(0.6, 1.0)
        changes = drift(len(burst.pictures), rng) if steady else jumps(len(burst.pictures), rng)
        pictures = []
        for picture, marks, change in zip(burst.pictures, burst.landmarks, changes, strict=True):
            mask = part_mask(picture.shape[:2], marks, part, size) * np.float32(strength)
            pictures.append(compose(_changed(picture, marks, change), picture, mask))
        return replace(burst, pictures=pictures)

    return make


def other_mouth(burst: Burst, other: Burst, rng: np.random.Generator) -> Burst:
    """Put in the mouth of another moment, frame by frame, as lip-sync does; its corners move with it."""
    donor = other if other is not burst else _backwards(burst)
    size = rng.uniform(0.9, 1.2)
    pictures, landmarks = [], burst.landmarks.copy()
    for place, (picture, marks) in enumerate(zip(burst.pictures, burst.landmarks, strict=True)):
        theirs = place % len(donor.pictures)
        moved, matrix = _onto(donor.pictures[theirs], donor.landmarks[theirs], marks, picture.shape[:2])
        mask = part_mask(picture.shape[:2], marks, "mouth", size)
        pictures.append(compose(_toned(moved, picture, mask), picture, mask))
        corners = donor.landmarks[theirs, 3:] @ matrix[:, :2].T + matrix[:, 2]
        landmarks[place, 3:] = corners
    return replace(burst, pictures=pictures, landmarks=landmarks)


def held(part: Part) -> Kind:
    """Return the kind that shows a part of an earlier frame while the head moves on.

    Eyes stay those of the first frame. A face is renewed every second to fourth frame, as by a generator
    with a lower rate than the clip.
    """

    def make(burst: Burst, _: Burst, rng: np.random.Generator) -> Burst:
        every = len(burst.pictures) if part == "eyes" else int(rng.integers(2, 5))
        pictures = []
        for place, (picture, marks) in enumerate(zip(burst.pictures, burst.landmarks, strict=True)):
            kept = place - place % every
            moved = _onto(burst.pictures[kept], burst.landmarks[kept], marks, picture.shape[:2])[0]
            mask = part_mask(picture.shape[:2], marks, part, 1.0)
            pictures.append(compose(moved, picture, mask) if kept != place else picture)
        return replace(burst, pictures=pictures)

    return make


def compressed(burst: Burst, _: Burst, rng: np.random.Generator) -> Burst:
    """Return the burst as a low rate of H.264 leaves it, half of them in few pixels; authentic as before."""
    pictures = burst.pictures
    height, width = pictures[0].shape[:2]
    if rng.random() < 0.5:
        share = rng.uniform(0.4, 0.8)
        size = (max(16, round(width * share)), max(16, round(height * share)))
        pictures = [
            np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.uint8) for one in pictures
        ]
    pictures = h264_frames(pictures, int(rng.integers(26, 38)))
    pictures = [np.asarray(cv2.resize(one, (width, height)), np.uint8) for one in pictures]
    return replace(burst, pictures=pictures)


FAKES: Mapping[str, Kind] = {
    "drifting blend": blended(steady=True),
    "blend of each frame": blended(steady=False),
    "mouth of another moment": other_mouth,
    "eyes held": held("eyes"),
    "face held": held("face"),
}
"""Kinds of pseudo-fakes, which are made of the pixels."""

AUTHENTIC: Mapping[str, Kind] = {"compressed": compressed}
"""Changes after which footage is as authentic as before."""


def drift(frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return changes ``(T, 10)`` that move on slowly: a line and a slow wave of each."""
    time = np.linspace(0.0, 1.0, frames, dtype=np.float32)[:, None]
    base, slope, wave = rng.uniform(-1.0, 1.0, (3, 10)).astype(np.float32)
    turns, phase = rng.uniform(0.3, 1.5, 10), rng.uniform(0.0, 2.0 * np.pi, 10)
    moving = base + slope * (time - 0.5) + 0.5 * wave * np.sin(2.0 * np.pi * turns * time + phase)
    return np.asarray(moving * _LARGEST, np.float32)


def jumps(frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return changes ``(T, 10)`` around one that stays, each frame's drawn apart from the others'."""
    base = rng.uniform(-1.0, 1.0, 10)
    return np.asarray((0.6 * base + 0.4 * rng.uniform(-1.0, 1.0, (frames, 10))) * _LARGEST, np.float32)


def part_mask(shape: tuple[int, ...], landmarks: Floats, part: Part, size: float) -> Floats:
    """Return a soft mask ``(H, W) float32`` in [0, 1] of a part of the face that five landmarks place."""
    eyes, mouth = landmarks[:2].mean(0), landmarks[3:].mean(0)
    apart = max(4.0, float(np.linalg.norm(landmarks[1] - landmarks[0])))
    tall = max(4.0, float(np.linalg.norm(mouth - eyes)))
    turn = float(np.degrees(np.arctan2(*(landmarks[1] - landmarks[0])[::-1])))
    centre, axes = {
        "face": ((eyes + mouth) / 2.0, (0.95 * apart, 1.15 * tall)),
        "mouth": (mouth, (0.62 * apart, 0.42 * tall)),
        "eyes": (eyes, (0.85 * apart, 0.3 * tall)),
    }[part]
    mask = np.zeros(shape[:2], np.uint8)
    x, y = centre.tolist()
    cv2.ellipse(mask, ((x, y), (2.0 * size * axes[0], 2.0 * size * axes[1]), turn), 255, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.12 * apart)
    return np.asarray(soft, np.float32) / np.float32(255.0)


def _changed(picture: Image, landmarks: Floats, change: NDArray[np.float32]) -> Image:
    """Return the picture in other colours and moved a little around the face."""
    gain, offset = 1.0 + change[_COLOURS][:3], change[_COLOURS][3:]
    right, down, growth, turn = change[_MOVES].tolist()
    apart = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    x, y = landmarks.mean(0).tolist()
    matrix = cv2.getRotationMatrix2D((x, y), np.degrees(turn), 1.0 + growth)
    matrix[:, 2] += (right * apart, down * apart)
    coloured = np.clip(picture * gain + offset, 0.0, 255.0).astype(np.uint8)
    return np.asarray(
        cv2.warpAffine(coloured, matrix, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def _onto(
    picture: Image, theirs: Floats, ours: Floats, shape: tuple[int, ...]
) -> tuple[Image, NDArray[np.float64]]:
    """Return a picture moved so that eyes and nose lie on ``ours``, and the ``(2, 3)`` similarity."""
    matrix, _ = cv2.estimateAffinePartial2D(theirs[:3], ours[:3], method=cv2.LMEDS)
    if matrix is None:
        matrix = np.eye(2, 3)
    moved = cv2.warpAffine(picture, matrix, shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8), np.asarray(matrix, np.float64)


def _toned(source: Image, target: Image, mask: Floats) -> Image:
    """Return the source with the target's mean colour under the mask."""
    weight = mask[..., None]
    total = max(1e-6, float(weight.sum()))
    shift = ((target.astype(np.float32) - source) * weight).sum((0, 1)) / total
    return np.clip(source + shift, 0.0, 255.0).astype(np.uint8)


def _backwards(burst: Burst) -> Burst:
    return replace(burst, pictures=burst.pictures[::-1], landmarks=burst.landmarks[::-1])
