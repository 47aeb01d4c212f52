"""Faces in media that lie on their side or stand on their head, and heads tilted too far."""

from __future__ import annotations

import cv2
import numpy as np

from detector.contracts import SMALLEST_FACE_PX, CropSpec, Detection, Detector, Floats, Image
from detector.faces.crop import crop_face, tilt
from detector.ruling import SURE_FACE

# Degrees counterclockwise: most faces tilted by up to 30 degrees are found, so that these reach every tilt.
_TURNS = (90, 180, 270, 45, -45)
_QUARTERS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}
# In a turned picture a detector meets more chance likenesses than faces, among them faces on their side.
_CLEAR = 0.995
_ENOUGH_PX = SMALLEST_FACE_PX  # of the smallest face looked for; pictures are reduced to it before turning
_SAME = 0.3  # share of the smaller of two boxes from which they are one face
# What is turned of a face that is asked whether it is upright: three of its sides, so that it is 80 px large.
_AROUND = CropSpec(size=240, margin=1.0)
_MOST_ASKED = 8  # faces of a picture
_LEVEL = 20.0  # degrees; faces that look upright in a picture turned by 45 degrees are tilted further
_FACE_LYING = 0.9  # score after a quarter turn, which upright faces hardly have
_MOST_CANVAS = 4.0  # times the picture's area: what holds a long strip at 45 degrees has no bound


def clear(found: list[list[Detection]]) -> bool:
    """Return whether some frame shows a face beyond doubt."""
    return any(map(clear_faces, found))


def clear_faces(found: list[Detection]) -> int:
    """Return how many faces of a picture are beyond doubt, be it turned or not."""
    return sum(face.confidence >= _CLEAR for face in found)


def settled(detector: Detector, picture: Image, found: list[Detection]) -> bool:
    """Return whether a picture's faces say that it is upright: most of them are sure, or none when turned.

    Of a group upside down some look upright, now and then one beyond doubt, but not most; and what looks so
    is a face the right way up as well. Up to eight clear faces that are not sure are asked, if they decide.
    """
    missing = len(found) // 2 + 1 - sum(face.confidence >= SURE_FACE for face in found)
    asked = [face for face in found if _CLEAR <= face.confidence < SURE_FACE][:_MOST_ASKED]
    if not 0 < missing <= len(asked):
        return missing <= 0
    return missing <= sum(_upright(detector, picture, face) for face in asked)


def _upright(detector: Detector, picture: Image, face: Detection) -> bool:
    """Return whether a face's eyes are about level and a quarter turn, any of the three, makes it none."""
    if face.landmarks is None or abs(tilt(face.landmarks)) >= _LEVEL:
        return False
    place = crop_face(picture, face.box, None, _AROUND)
    seen = detector.detect([_quarter_turned(place, turn) for turn in _QUARTERS])
    return all(one.confidence < _FACE_LYING for faces in seen for one in faces if _is_in_middle(one))


def _is_in_middle(face: Detection) -> bool:
    """Return whether it is what a view was cut around; the mirror images at a picture's edges are not."""
    x0, y0, x1, y1 = face.box
    middle = _AROUND.size / 2.0
    return x0 < middle < x1 and y0 < middle < y1


def detect_turned(detector: Detector, frames: list[Image], smallest_px: float) -> list[list[Detection]]:
    """Return each frame's clear faces at the turn that shows most, in the frames' own coordinates.

    Faces are looked for from ``smallest_px`` up. Pictures more than about six times as long as wide are
    not looked at aslant. Landmarks keep their names, so that the left eye of a face upside down lies to
    the right.
    """
    share = min(1.0, _ENOUGH_PX / smallest_px)
    reduced = [_reduced(frame, share) for frame in frames]
    best: list[list[Detection]] = [[] for _ in frames]
    for turn in _TURNS:
        matrices = [_matrix(frame, turn) for frame in reduced]
        if not all(_fits(frame, matrix) for frame, matrix in zip(reduced, matrices, strict=True)):
            continue
        turned = [_turned(frame, matrix, turn) for frame, matrix in zip(reduced, matrices, strict=True)]
        searched = detector.detect(turned, smallest_px * share)
        found = [
            [_back(face, matrix, frame) for face in faces if face.confidence >= _CLEAR]
            for frame, matrix, faces in zip(reduced, matrices, searched, strict=True)
        ]
        if _certainty(found) > _certainty(best):
            best = found
    return [
        [_enlarged(face, frame, small) for face in faces]
        for faces, frame, small in zip(best, frames, reduced, strict=True)
    ]


def joined(upright: list[Detection], turned: list[Detection]) -> list[Detection]:
    """Return a frame's faces, the largest first: those of turned copies, and the others beside them."""
    beside = [face for face in upright if all(_shared(face, other) < _SAME for other in turned)]
    return sorted([*turned, *beside], key=_area, reverse=True)


def _shared(one: Detection, other: Detection) -> float:
    """Return the share of the smaller box that lies in the other."""
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = one.box, other.box
    across, along = min(ax1, bx1) - max(ax0, bx0), min(ay1, by1) - max(ay0, by0)
    return max(0.0, across) * max(0.0, along) / max(1.0, min(_area(one), _area(other)))


def _area(face: Detection) -> float:
    x0, y0, x1, y1 = face.box
    return (x1 - x0) * (y1 - y0)


def _reduced(frame: Image, share: float) -> Image:
    if share == 1.0:
        return frame
    height, width = (max(1, round(side * share)) for side in frame.shape[:2])
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _enlarged(face: Detection, frame: Image, reduced: Image) -> Detection:
    """Take a face of the reduced frame back to the frame."""
    x, y = frame.shape[1] / reduced.shape[1], frame.shape[0] / reduced.shape[0]
    x0, y0, x1, y1 = face.box
    landmarks = None if face.landmarks is None else np.asarray(face.landmarks * (x, y), np.float32)
    return Detection((x0 * x, y0 * y, x1 * x, y1 * y), face.confidence, landmarks)


def _certainty(found: list[list[Detection]]) -> float:
    return sum(face.confidence for faces in found for face in faces)


def _matrix(frame: Image, degrees: float) -> Floats:
    """Return the ``(2, 3)`` matrix that turns a frame into the picture that holds all of it."""
    height, width = frame.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2.0, height / 2.0), degrees, 1.0), np.float64)
    sides = np.asarray((width, height), np.float64)
    matrix[:, 2] += (np.abs(matrix[:, :2]) @ sides - sides) / 2.0
    return matrix.astype(np.float32)


def _size(frame: Image, matrix: Floats) -> tuple[int, int]:
    """Return width and height of the picture that holds all of the turned frame."""
    height, width = frame.shape[:2]
    across, along = (
        np.rint(np.abs(matrix[:, :2]) @ np.asarray((width, height), np.float32)).astype(int).tolist()
    )
    return across, along


def _fits(frame: Image, matrix: Floats) -> bool:
    """Return whether what holds the turned frame is not much larger than the frame."""
    across, along = _size(frame, matrix)
    return bool(across * along <= _MOST_CANVAS * frame.shape[0] * frame.shape[1])


def _turned(frame: Image, matrix: Floats, degrees: int) -> Image:
    if degrees in _QUARTERS:  # exact, and of any length: OpenCV's remap ends at 32,767 pixels a side
        return _quarter_turned(frame, degrees)
    return np.asarray(cv2.warpAffine(frame, matrix, _size(frame, matrix), flags=cv2.INTER_LINEAR), np.uint8)


def _quarter_turned(frame: Image, degrees: int) -> Image:
    return np.asarray(cv2.rotate(frame, _QUARTERS[degrees]), np.uint8)


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
