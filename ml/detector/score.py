"""Crops to each trace's logits and class-activation maps, and pooled features, in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from detector.contracts import CropSpec, Face, FaceScore, Floats, Image
from detector.networks import Network
from detector.preprocess import normalise

_BATCH = 16  # crops per call: larger batches are no faster on a CPU and cost memory


class Scores(NamedTuple):
    """The network's outputs for N crops and T traces; ``maps[i, t].sum() + bias[t] == logits[i, t]``."""

    logits: Floats  # (N, T)
    maps: Floats  # (N, T, h, w), unrectified
    features: Floats  # (N, C): the last feature map's mean over its cells, which the classifier weighs


def score_crops(network: Network, crops: list[Image], spec: CropSpec) -> Scores:
    """Score ``(S, S, 3)`` crops.

    A trace's map is Grad-CAM at the last feature map in closed form (see `runtimes.torch.Scorer`): it costs
    one dot product per cell, and no backward pass.
    """
    if not crops:
        return Scores(*(np.zeros((0, *(1,) * axes), np.float32) for axes in (1, 3, 1)))
    parts = [
        Scores(*network.run(normalise(crops[i : i + _BATCH], spec))) for i in range(0, len(crops), _BATCH)
    ]
    return Scores(*(np.concatenate(outputs) for outputs in zip(*parts, strict=True)))


def score_faces(
    network: Network, faces: Sequence[Face], crops: list[Image], spec: CropSpec
) -> list[FaceScore]:
    """Score faces by their crops, in the same order."""
    logits, maps, features = score_crops(network, crops, spec)
    return [
        FaceScore(face, tuple(of_face), cams, pooled)
        for face, of_face, cams, pooled in zip(faces, logits.tolist(), maps, features, strict=True)
    ]
