"""Donor faces for each photograph: similar mesh, similar skin, another person.

The idea of nearest neighbours in landmark space is Li et al., "Face X-ray for More General Face Forgery
Detection", CVPR 2020, section 3.2; skin tone is added so that the seam is not a plain step in colour.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from detector.contracts import Floats
from training.photographs.masks import OVAL, hull_mask
from training.photographs.pack import Indices, Photo

DONORS = 8  # kept per photograph
_TONE_WEIGHT = (
    0.004  # face widths per Lab unit: 25 units of tone weigh as a tenth of the face's width in shape
)


def find_donors(
    photos: list[Photo], identities: NDArray[np.str_], validation: NDArray[np.bool_], count: int
) -> Indices:
    """Return ``(N, count)`` rows of other people on the same side of the split, nearest first.

    With too few candidates rows repeat; a photograph without any is its own donor.
    """
    features = np.stack([_features(photo) for photo in photos])
    donors = np.repeat(np.arange(len(photos))[:, None], count, axis=1)
    for side in (False, True):
        rows = np.flatnonzero(validation == side)
        if not len(rows):
            continue
        wanted = min(len(rows), count * 3)
        _, near = cKDTree(features[rows]).query(features[rows], k=wanted)
        for row, neighbours in zip(rows, rows[near.reshape(len(rows), wanted)], strict=True):
            others = neighbours[identities[neighbours] != identities[row]][:count]
            if len(others):
                donors[row] = np.resize(others, count)
    return donors


def _features(photo: Photo) -> Floats:
    centred = photo.mesh - photo.mesh.mean(axis=0)
    shape = centred[list(OVAL)] / np.sqrt((centred**2).sum(axis=1).mean())
    tone = cv2.mean(cv2.cvtColor(photo.rgb, cv2.COLOR_RGB2LAB), hull_mask(photo.mesh, photo.rgb.shape[:2]))[
        :3
    ]
    root = np.sqrt(len(OVAL))  # so that the distance over all points is their mean distance
    return np.concatenate([shape.ravel() / root, np.asarray(tone) * _TONE_WEIGHT]).astype(np.float32)
