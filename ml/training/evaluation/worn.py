"""Glasses and make-up drawn on a picture's faces along their mesh, to see what they do to authentic ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from detector.contracts import Detector, Floats, Image
from detector.model import open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.photographs.landmarks import FaceMesh

# Vertex numbers of MediaPipe's canonical face mesh.
_LENSES = ((33, 133, 105), (362, 263, 334))  # both corners of an eye, and the middle of its brow
_BRIDGE = (133, 168, 362)
_TEMPLES = ((33, 127), (263, 356))
_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
_BETWEEN_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
_LIDS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 190, 56, 28, 27, 29, 30, 247, 130),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 414, 286, 258, 257, 259, 260, 467, 359),
)
_CHEEKS = (50, 280)

_FRAME, _LIPSTICK, _SHADOW, _ROUGE = (38, 32, 30), (168, 32, 58), (96, 66, 88), (206, 96, 98)
_TINT = 0.12  # of a lens
_CERTAIN = 0.9  # confidence of a face that is drawn on


def glasses(image: Image) -> Image:
    """Return the picture with glasses on every face that is clearly one."""
    return _drawn(image, _glasses)


def make_up(image: Image) -> Image:
    """Return the picture with lipstick, eye shadow and rouge on every face that is clearly one."""
    return _drawn(image, _make_up)


@cache
def _finders() -> tuple[Detector, FaceMesh]:
    return open_detector("mtcnn", OnnxRuntime()), FaceMesh()


def _drawn(image: Image, draw: Callable[[Image, Floats], Image]) -> Image:
    detector, mesh = _finders()
    for face in detector.detect([image])[0]:
        if face.landmarks is not None and face.confidence >= _CERTAIN:
            image = draw(image, mesh.locate(image, face.box, face.landmarks[:2])[0])
    return image


def _glasses(image: Image, mesh: Floats) -> Image:
    apart = float(np.linalg.norm(mesh[133] - mesh[362]) + np.linalg.norm(mesh[33] - mesh[263])) / 2.0
    thick = max(1, round(0.045 * apart))
    lenses, frame = np.zeros(image.shape[:2], np.uint8), np.zeros(image.shape[:2], np.uint8)
    for outer, inner, brow in _LENSES:
        middle = (mesh[outer] + mesh[inner]) / 2.0
        (dx, dy), height = (mesh[inner] - mesh[outer]).tolist(), float(np.linalg.norm(mesh[brow] - middle))
        half = (0.85 * float(np.hypot(dx, dy)), 0.8 * height)
        ellipse = (_point(middle), (round(half[0]), round(half[1])), float(np.degrees(np.arctan2(dy, dx))))
        cv2.ellipse(lenses, *ellipse, 0, 360, 255, -1, cv2.LINE_AA)
        cv2.ellipse(frame, *ellipse, 0, 360, 255, thick, cv2.LINE_AA)
    for line in (_BRIDGE, *_TEMPLES):
        points = np.round(mesh[list(line)]).astype(np.int32)
        cv2.polylines(frame, [points], False, 255, thick, cv2.LINE_AA)
    return _mixed(_mixed(image, lenses, _FRAME, _TINT), frame, _FRAME, 1.0)


def _make_up(image: Image, mesh: Floats) -> Image:
    unit = float(np.linalg.norm(mesh[33] - mesh[263]))
    lips = _filled(image, mesh, _LIPS) & ~_filled(image, mesh, _BETWEEN_LIPS)
    lids, cheeks = np.zeros_like(lips), np.zeros_like(lips)
    for lid in _LIDS:
        lids |= _filled(image, mesh, lid)
    for cheek in _CHEEKS:
        cv2.circle(cheeks, _point(mesh[cheek]), round(0.22 * unit), 255, -1)
    for mask, colour, strength, soft in (
        (lips, _LIPSTICK, 0.5, 0.02),
        (lids, _SHADOW, 0.45, 0.03),
        (cheeks, _ROUGE, 0.25, 0.12),
    ):
        blurred = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.5, soft * unit)), np.uint8)
        image = _mixed(image, blurred, colour, strength)
    return image


def _filled(image: Image, mesh: Floats, outline: tuple[int, ...]) -> Image:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(mesh[list(outline)]).astype(np.int32)], 255)
    return mask


def _mixed(image: Image, mask: Image, colour: tuple[int, int, int], strength: float) -> Image:
    share = mask[..., None].astype(np.float32) * (strength / 255.0)
    return np.round(image * (1.0 - share) + np.asarray(colour, np.float32) * share).astype(np.uint8)


def _point(place: Floats) -> tuple[int, int]:
    x, y = np.round(place).astype(int).tolist()
    return x, y
