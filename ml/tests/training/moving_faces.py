"""Bursts and clips that several tests need: a dotted square as a face, and tracks without any pixels."""

from __future__ import annotations

import numpy as np

from detector.contracts import Box, Detection, Image
from training.sequence.bursts import Burst
from training.sequence.kept import Clip, Row, Track

MARKS = np.asarray([(0.3, 0.35), (0.7, 0.35), (0.5, 0.55), (0.35, 0.75), (0.65, 0.75)], np.float32)


class BrightSquares:
    """A face detector that takes the bright pixels of a frame for one face."""

    name = "bright"

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        return [self._found(frame) for frame in frames]

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = 40.0
    ) -> list[list[Detection]]:
        return self.detect(frames)

    def _found(self, frame: Image) -> list[Detection]:
        rows, columns = np.nonzero(frame[..., 1] > 150)
        if not len(rows):
            return []
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        corner, side = np.asarray(box[:2]), box[2] - box[0]
        return [Detection(box, 1.0, np.asarray(corner + MARKS * side, np.float32))]


def burst(frames: int = 10, seed: int = 0) -> Burst:
    """Return a burst of noise that gets brighter; its face of 80 px moves to the right by 2 px a frame."""
    noise = np.random.default_rng(seed).integers(40, 215, (160, 200, 3)).astype(np.uint8)
    corners = np.asarray([(40.0 + 2.0 * t, 40.0) for t in range(frames)], np.float32)
    boxes = np.concatenate([corners, corners + 80.0], 1)
    pictures = [np.roll(noise, 2 * t, axis=1) + np.uint8(3 * t) for t in range(frames)]
    return Burst(pictures, np.arange(frames, dtype=np.float32) / 25.0, boxes, corners[:, None] + 80.0 * MARKS)


def track(rng: np.random.Generator, jitter: float, kind: str = "", frames: int = 12) -> Track:
    """Return a track that moves slowly; landmarks jump by ``jitter`` pixels, features tell nothing."""
    corners = 100.0 + rng.normal(0.0, 0.5, (frames, 2)).cumsum(0)
    landmarks = corners[:, None] + 80.0 * MARKS + rng.normal(0.0, jitter, (frames, 5, 2))
    return Track(
        kind,
        rng.normal(size=(frames, 80)).astype(np.float32),
        rng.normal(size=(frames, 2)).astype(np.float32),
        np.zeros((0, 2), np.float32),
        np.concatenate([corners, corners + 80.0], 1).astype(np.float32),
        landmarks.astype(np.float32),
        np.arange(frames, dtype=np.float32) / 25.0,
    )


def clips(sources: int = 8, each: int = 4) -> list[Clip]:
    """Return authentic clips and fakes whose landmarks jump, of as many sources each."""
    rng = np.random.default_rng(0)
    made = []
    for source in range(sources):
        for place in range(each):
            for fake in (False, True):
                name = f"{'fake' if fake else 'real'}-{source}"
                row = Row(
                    f"{name}-{place}.mp4", fake, name, f"{name}-{place}", f"maker-{source}" if fake else ""
                )
                tracks = [track(rng, 3.0 if fake else 0.3) for _ in range(2)]
                made.append(Clip(row, 25.0, tuple(tracks)))
    return made
