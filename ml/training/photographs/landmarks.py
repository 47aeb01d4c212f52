"""A face mesh of 468 points per face, for the masks of pseudo-fakes.

The network is MediaPipe Face Mesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular
Video on Mobile GPUs", 2019). Its file is read out of mediapipe's installed wheel, which is never imported.
"""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import cv2
import numpy as np

from detector.contracts import Box, Floats, Image

POINTS = 468
_INPUT = 192  # pixels, the network's square input
_ENLARGE = 1.5  # region of interest over face box, MediaPipe's face_detection_front_detection_to_roi
_EYES = (33, 263)  # outer corners: the subject's right eye, which is left in the image, and the other


class MeshUnavailableError(Exception):
    """The mediapipe wheel, or the mesh network inside it, is not installed."""


class FaceMesh:
    """The mesh network behind one call."""

    def __init__(self) -> None:
        self._network = cv2.dnn.readNetFromTFLite(str(_model_file()))
        self._outputs = self._network.getUnconnectedOutLayersNames()

    def locate(self, image: Image, box: Box, eyes: Floats) -> tuple[Floats, float]:
        """Return the mesh ``(468, 2)`` in the image's pixels and the network's face probability.

        ``eyes`` ``(2, 2)`` are the eye centres, the image's left one first. The second pass looks at the
        region that the first pass's own points give, as MediaPipe does from one video frame to the next.
        """
        centre, side = _region(np.asarray([box[:2], box[2:]], np.float32))
        points, _ = self._pass(image, centre, side, eyes)
        centre, side = _region(points)
        return self._pass(image, centre, side, points[list(_EYES)])

    def _pass(self, image: Image, centre: Floats, side: float, eyes: Floats) -> tuple[Floats, float]:
        dx, dy = (eyes[1] - eyes[0]).tolist()
        to_region = _similarity(centre, side, math.atan2(dy, dx))
        region = cv2.warpAffine(image, to_region, (_INPUT, _INPUT), flags=cv2.INTER_LINEAR)
        self._network.setInput(cv2.dnn.blobFromImage(region, 1.0 / 255.0))
        answers = sorted(self._network.forward(self._outputs), key=np.size)
        flag, mesh = answers[0].item(), answers[-1].reshape(POINTS, 3)[:, :2]
        inverse = cv2.invertAffineTransform(to_region)
        points = mesh @ inverse[:, :2].T + inverse[:, 2]
        return points.astype(np.float32), 1.0 / (1.0 + math.exp(-flag))


def _model_file() -> Path:
    spec = importlib.util.find_spec("mediapipe")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "modules" / "face_landmark" / "face_landmark.tflite"
        if file.is_file():
            return file
    raise MeshUnavailableError(
        "the face mesh comes with the mediapipe wheel: pip install --no-deps mediapipe"
    )


def _region(points: Floats) -> tuple[Floats, float]:
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2.0, float((high - low).max()) * _ENLARGE


def _similarity(centre: Floats, side: float, angle: float) -> Floats:
    """Return the ``(2, 3)`` transform from image pixels to the turned square region's pixels."""
    scale = _INPUT / side
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    linear = np.asarray([[cosine, sine], [-sine, cosine]], np.float32)
    shift = _INPUT / 2.0 - linear @ centre
    return np.concatenate([linear, shift[:, None]], axis=1).astype(np.float32)
