"""Candidate boxes of a batch of frames, and which of them are left out for lying on others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """K boxes of all frames of a batch, in pixels of the working copy."""

    frame: NDArray[np.int64]  # (K,)
    boxes: Floats  # (K, 4)
    scores: Floats  # (K,)
    offsets: Floats  # (K, 4), regressed corrections in shares of the box's sides

    def __getitem__(self, keep: NDArray[np.int64]) -> Candidates:
        """Return those at some positions, in that order."""
        return Candidates(self.frame[keep], self.boxes[keep], self.scores[keep], self.offsets[keep])

    def corrected(self, inclusive: float) -> Candidates:
        """Apply the offsets; ``inclusive`` is 1 where sides count both end pixels (R- and O-Net)."""
        sides = np.tile(self.boxes[:, 2:] - self.boxes[:, :2] + inclusive, 2)
        return replace(self, boxes=self.boxes + self.offsets * sides)

    def squared(self) -> Candidates:
        """Grow each box to a square around its centre."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        centre = self.boxes[:, :2] + sides / 2.0
        half = sides.max(axis=1, keepdims=True) / 2.0
        return replace(self, boxes=np.concatenate([centre - half, centre + half], axis=1))


def merged(levels: list[Candidates]) -> Candidates:
    """Return all candidates as one."""
    if not levels:
        empty = np.zeros((0, 4), np.float32)
        return Candidates(np.zeros(0, np.int64), empty, np.zeros(0, np.float32), empty)
    return Candidates(
        np.concatenate([level.frame for level in levels]),
        np.concatenate([level.boxes for level in levels]),
        np.concatenate([level.scores for level in levels]),
        np.concatenate([level.offsets for level in levels]),
    )


def suppress(candidates: Candidates, threshold: float) -> NDArray[np.int64]:
    """Non-maximum suppression by intersection over union within each frame; return what is kept."""
    if not len(candidates.scores):
        return np.zeros(0, np.int64)
    sides = candidates.boxes[:, 2:] - candidates.boxes[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        np.concatenate([candidates.boxes[:, :2], sides], axis=1).tolist(),
        candidates.scores.tolist(),
        candidates.frame.tolist(),
        0.0,
        threshold,
    )
    return np.asarray(kept, np.int64).ravel()


def suppress_nested(candidates: Candidates, threshold: float) -> NDArray[np.int64]:
    """Drop boxes that lie mostly inside a better one of their frame: overlap over the smaller box's area."""
    boxes, kept = candidates.boxes, []
    areas = (boxes[:, 2:] - boxes[:, :2] + 1.0).prod(axis=1)
    order = np.argsort(-candidates.scores, kind="stable")
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        sides = (
            np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2]) + 1.0
        )
        shared = np.maximum(sides, 0.0).prod(axis=1) / np.minimum(areas[best], areas[rest])
        order = rest[(shared <= threshold) | (candidates.frame[rest] != candidates.frame[best])]
    return np.asarray(kept, np.int64)


def apart(candidates: Candidates, faces: Candidates, most: float) -> NDArray[np.int64]:
    """Return which candidates neither are one of the ``faces`` of their frame nor lie within one.

    Those overlap a face by an IoU above ``most``, or by more than half of their own area.
    """
    one, other = candidates.boxes[:, None], faces.boxes[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.maximum(sides, 0.0).prod(axis=2)
    own = (one[..., 2:] - one[..., :2]).prod(axis=2)
    both = own + (other[..., 2:] - other[..., :2]).prod(axis=2) - shared
    taken = (shared > most * both) | (shared > 0.5 * own)
    taken &= candidates.frame[:, None] == faces.frame[None]
    return np.flatnonzero(~taken.any(axis=1))
