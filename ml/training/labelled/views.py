"""A stored crop to the network's view: reduced to a given size, then one augmentation, whatever its class."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from detector.contracts import Box, CropSpec, Image
from detector.faces.crop import crop_face
from training.labelled.pack import Stored
from training.samples.augment import AugmentConfig, Plan, draw
from training.samples.codecs import jpeg, webp

LABELLED_AUGMENT = AugmentConfig(
    scale=(0.86, 1.14),
    shift=0.04,
    resize=0.0,
    blur=0.15,
    noise=0.2,
    jpeg=0.5,
    h264=0.35,
    polish=0.2,
    colour_reach=2.4,
)
"""The history that every crop of either class goes through beside being reduced; its reach stays inside a
stored crop. Colours go far, since generated stills are brighter and more even than authentic ones
(`shortcuts`)."""

_WEBP = 0.25  # probability of a further WebP
_WEBP_QUALITY = (50, 96)


def face_box(stored: Stored) -> Box:
    """Return the box of the face in its stored crop: a square around the middle."""
    side = stored.rgb.shape[0]
    low, high = (side - stored.face_px) / 2.0, (side + stored.face_px) / 2.0
    return low, low, high, high


def reduction(box: Box, size: int, augment: AugmentConfig, rng: np.random.Generator) -> Plan:
    """Draw a plan that reduces the face at ``box`` to ``size`` pixels; a smaller face stays as it is."""
    longer = max(box[2] - box[0], box[3] - box[1])
    return dataclasses.replace(draw(box, augment, rng), resize=min(1.0, size / longer))


def view(
    stored: Stored, size: int, spec: CropSpec, augment: AugmentConfig, rng: np.random.Generator
) -> Image:
    """Return the network's view ``(S, S, 3)`` of a labelled crop under a plan of its own."""
    plan = reduction(face_box(stored), size, augment, rng)
    return plan.apply(with_webp(stored.rgb, rng), spec)


def with_webp(image: Image, rng: np.random.Generator) -> Image:
    """Return the picture, in one of four cases after a further WebP."""
    if rng.random() >= _WEBP:
        return image
    return webp(image, int(rng.integers(*_WEBP_QUALITY)))


def evened(stored: Stored, size: int, quality: int, spec: CropSpec) -> Image:
    """Return serving's view after the face was reduced to ``size`` pixels and kept as JPEG."""
    scale = min(1.0, size / stored.face_px)
    side = max(8, round(stored.rgb.shape[0] * scale))
    small = jpeg(
        np.asarray(cv2.resize(stored.rgb, (side, side), interpolation=cv2.INTER_AREA), np.uint8), quality
    )
    return crop_face(small, face_box(Stored(small, side * stored.face_px / stored.rgb.shape[0])), None, spec)
