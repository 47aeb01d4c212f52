"""Faces in media that lie on their side or stand on their head, and heads tilted too far."""

from __future__ import annotations

import cv2
import numpy as np

from detector.contracts import Detection, Detector, Floats, Image

# Degrees counterclockwise: most faces tilted by up to 30 degrees are found, so that these reach every tilt.
_TURNS = (90, 180, 270, 45, -45)
# In a turned picture a detector meets more chance likenesses than faces, among them faces on their side.
_CLEAR = 0.995
_LEAST_SHARE = 0.1  # of the shorter side: in a turned picture only who matters in it is looked for


def clear(found: list[list[Detection]]) -> bool:
    """Return whether some frame shows a face beyond doubt."""
    return any(face.confidence >= _CLEAR for faces in found for face in faces)


def detect_turned(detector: Detector, frames: list[Image], smallest_px: float) -> list[list[Detection]]:
    """Return each frame's clear faces at the turn that shows most, in the frames' own coordinates.

    Only faces of a tenth of the shorter side or more count. Landmarks keep their names, so that the left eye
    of a face upside down lies to the right.
    """
    smallest = max(smallest_px, _LEAST_SHARE * max(min(frame.shape[:2]) for frame in frames))
    best: list[list[Detection]] = [[] for _ in frames]
    for turn in _TURNS:
        matrices = [_matrix(frame, turn) for frame in frames]
        turned = [_turned(frame, matrix) for frame, matrix in zip(frames, matrices, strict=True)]
        found = [
            [_back(face, matrix, frame) for face in faces if face.confidence >= _CLEAR]
            for frame, matrix, faces in zip(frames, matrices, detector.detect(turned, smallest), strict=True)
        ]
        if _certainty(found) > _certainty(best):
            best = found
    return best


def _certainty(found: list[list[Detection]]) -> float:
    return sum(face.confidence for faces in found for face in faces)


def _matrix(frame: Image, degrees: float) -> Floats:
    """Return the ``(2, 3)`` matrix that turns a frame into the picture that holds all of it."""
    height, width = frame.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2.0, height / 2.0), degrees, 1.0), np.float64)
    sides = np.asarray((width, height), np.float64)
    matrix[:, 2] += (np.abs(matrix[:, :2]) @ sides - sides) / 2.0
    return matrix.astype(np.float32)


def _turned(frame: Image, matrix: Floats) -> Image:
    height, width = frame.shape[:2]
    size = np.rint(np.abs(matrix[:, :2]) @ np.asarray((width, height), np.float32)).astype(int).tolist()
    return np.asarray(cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)


def _back(face: Detection, matrix: Floats, frame: Image) -> Detection:
    """Take a face back to the frame; its box becomes the upright one of the same sides and middle."""
    height, width = frame.shape[:2]
    inverse = cv2.invertAffineTransform(matrix)
    x0, y0, x1, y1 = face.box
    x, y = (inverse @ ((x0 + x1) / 2.0, (y0 + y1) / 2.0, 1.0)).tolist()
    sides = (x1 - x0, y1 - y0)
    across, along = sides if abs(matrix[0, 0]) >= abs(matrix[0, 1]) else sides[::-1]
    box = (
        max(0.0, x - across / 2.0),
        max(0.0, y - along / 2.0),
        min(float(width), x + across / 2.0),
        min(float(height), y + along / 2.0),
    )
    landmarks = face.landmarks
    if landmarks is not None:
        landmarks = np.asarray(landmarks @ inverse[:, :2].T + inverse[:, 2], np.float32)
    return Detection(box, face.confidence, landmarks)
