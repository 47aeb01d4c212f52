"""Faces in media that lie on their side or stand on their head, for which no tag says so."""

from __future__ import annotations

import numpy as np

from detector.contracts import Detection, Detector, Floats, Image

_TURNS = (1, 2, 3)  # quarter turns counterclockwise
# In a turned picture a detector meets more chance likenesses than faces, among them faces on their side.
_CLEAR = 0.995
_LEAST_SHARE = 0.1  # of the shorter side: in a turned picture only who matters in it is looked for


def clear(found: list[list[Detection]]) -> bool:
    """Return whether some frame shows a face beyond doubt."""
    return any(face.confidence >= _CLEAR for faces in found for face in faces)


def detect_turned(detector: Detector, frames: list[Image], smallest_px: float) -> list[list[Detection]]:
    """Return each frame's clear faces at the quarter turn that shows most, in the frames' own coordinates.

    Only faces of a tenth of the shorter side or more count. Landmarks keep their names, so that the left eye
    of a face upside down lies to the right.
    """
    smallest = max(smallest_px, _LEAST_SHARE * max(min(frame.shape[:2]) for frame in frames))
    best: list[list[Detection]] = [[] for _ in frames]
    for turn in _TURNS:
        pictures = [np.ascontiguousarray(np.rot90(frame, turn)) for frame in frames]
        found = [
            [_back(face, frame, turn) for face in faces if face.confidence >= _CLEAR]
            for frame, faces in zip(frames, detector.detect(pictures, smallest), strict=True)
        ]
        if sum(map(len, found)) > sum(map(len, best)):
            best = found
    return best


def _back(face: Detection, frame: Image, turn: int) -> Detection:
    corners = np.asarray(face.box, np.float32).reshape(2, 2)
    x0, y0, x1, y1 = np.sort(_unturned(corners, frame, turn), axis=0).ravel().tolist()
    landmarks = None if face.landmarks is None else _unturned(face.landmarks, frame, turn)
    return Detection((x0, y0, x1, y1), face.confidence, landmarks)


def _unturned(points: Floats, frame: Image, turn: int) -> Floats:
    """Take points ``(N, 2)`` of a frame turned by ``turn`` quarters back to the frame."""
    height, width = frame.shape[:2]
    x, y = points.T
    at = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turn]
    return np.stack(at, axis=1).astype(np.float32)
