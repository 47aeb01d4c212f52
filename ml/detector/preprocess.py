"""Crop to network input: the only normalisation code, built from the bundle's `CropSpec`."""

from __future__ import annotations

import numpy as np

from detector.contracts import CropSpec, Floats, Image


def normalise(crops: list[Image], spec: CropSpec) -> Floats:
    """Return ``(N, 3, S, S) float32``: RGB scaled to [0, 1], then ``(x - mean) / std`` per channel.

    ``crops`` are ``(S, S, 3) uint8`` with ``S == spec.size``; another size raises ValueError, because
    a crop that `faces.crop_face` did not make must not be scored silently.
    """
    expected = (spec.size, spec.size, 3)
    for crop in crops:
        if crop.shape != expected or crop.dtype != np.uint8:
            raise ValueError(f"crop is {crop.shape} {crop.dtype}, the bundle's are {expected} uint8")
    if not crops:
        return np.zeros((0, 3, spec.size, spec.size), np.float32)
    # One multiply-add on the stacked batch: x/255 - mean over std, with the constants folded.
    scale = (1.0 / (255.0 * np.asarray(spec.std, np.float64))).astype(np.float32)
    shift = (-np.asarray(spec.mean, np.float64) / np.asarray(spec.std, np.float64)).astype(np.float32)
    batch = np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32, order="C")
    batch *= scale[:, None, None]
    batch += shift[:, None, None]
    return batch
