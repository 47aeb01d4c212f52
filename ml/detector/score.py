"""Crops to logits, class-activation maps and pooled features, in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detector.contracts import CropSpec, Face, FaceScore, Floats, Image
from detector.networks import Network
from detector.preprocess import normalise

_BATCH = 16  # crops per call: larger batches are no faster on a CPU and cost memory


class Scores(NamedTuple):
    """The network's outputs for N crops; ``maps[i].sum() + bias == logits[i]``."""

    logits: Floats  # (N,)
    maps: Floats  # (N, h, w), unrectified
    features: Floats  # (N, C): the last feature map's mean over its cells, which the classifier weighs


def score_crops(network: Network, crops: list[Image], spec: CropSpec) -> Scores:
    """Score ``(S, S, 3)`` crops.

    The map is Grad-CAM at the last feature map in closed form (see `runtimes.torch.Scorer`): it costs one
    dot product per cell, and no backward pass.
    """
    if not crops:
        return Scores(np.zeros(0, np.float32), np.zeros((0, 1, 1), np.float32), np.zeros((0, 1), np.float32))
    parts = [
        Scores(*network.run(normalise(crops[i : i + _BATCH], spec))) for i in range(0, len(crops), _BATCH)
    ]
    return Scores(*(np.concatenate(outputs) for outputs in zip(*parts, strict=True)))


def score_faces(
    network: Network, faces: Sequence[Face], crops: list[Image], spec: CropSpec
) -> list[FaceScore]:
    """Score faces by their crops, in the same order."""
    logits, maps, features = score_crops(network, crops, spec)
    return [FaceScore(*one) for one in zip(faces, logits.tolist(), maps, features, strict=True)]
