"""Crops to logits and class-activation maps, in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.contracts import CropSpec, Face, FaceScore, Floats, Image
from detector.networks import Network
from detector.preprocess import normalise

_BATCH = 16  # crops per call: larger batches are no faster on a CPU and cost memory


def score_crops(network: Network, crops: list[Image], spec: CropSpec) -> tuple[Floats, Floats]:
    """Return logits ``(N,)`` and unrectified maps ``(N, h, w)``; ``maps[i].sum() + bias == logits[i]``.

    The map is Grad-CAM at the last feature map in closed form (see `runtimes.torch.Scorer`): it costs one
    dot product per cell, and no backward pass.
    """
    if not crops:
        return np.zeros(0, np.float32), np.zeros((0, 1, 1), np.float32)
    parts = [network.run(normalise(crops[i : i + _BATCH], spec)) for i in range(0, len(crops), _BATCH)]
    return np.concatenate([logits for logits, _ in parts]), np.concatenate([maps for _, maps in parts])


def score_faces(
    network: Network, faces: Sequence[Face], crops: list[Image], spec: CropSpec
) -> list[FaceScore]:
    """Score faces by their crops, in the same order."""
    logits, maps = score_crops(network, crops, spec)
    return [FaceScore(*one) for one in zip(faces, logits.tolist(), maps, strict=True)]
