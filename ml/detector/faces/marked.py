"""A face that somebody has pointed out: the box is theirs, and landmarks are looked for in it."""

from __future__ import annotations

import cv2
import numpy as np

from detector.contracts import Box, CropSpec, Detection, Detector, Floats, Image
from detector.faces.crop import crop_face, crop_matrix
from detector.faces.turned import detect_turned

# What is searched around the box: three of its longer sides, so that the face is 160 px large there.
_AROUND = CropSpec(size=480, margin=1.0, interpolation="cubic")
_SMALLEST_SHARE = 0.5  # of the box's longer side: what is smaller is another face
_SAME = 0.3  # intersection over union from which a face that is found is the one in the box


def marked_face(picture: Image, box: Box, detector: Detector) -> Detection:
    """Return the face in a box of ``picture`` as its detection.

    The box stays as it is. Landmarks and confidence are those of the face that ``detector`` finds in its
    place, upright or turned; where it finds none there are no landmarks, and the confidence is 0.
    """
    view = crop_face(picture, box, None, _AROUND)
    to_view = crop_matrix(box, None, _AROUND)
    place, smallest = _moved(box, to_view), _SMALLEST_SHARE * _AROUND.size / 3.0
    found = _in(place, detector.detect([view], smallest)[0])
    found = found or _in(place, detect_turned(detector, [view], smallest)[0])
    if found is None:
        return Detection(box, 0.0, None)
    landmarks = found.landmarks
    if landmarks is not None:
        back = cv2.invertAffineTransform(to_view)
        landmarks = np.asarray(landmarks @ back[:, :2].T + back[:, 2], np.float32)
    return Detection(box, found.confidence, landmarks)


def _moved(box: Box, matrix: Floats | np.ndarray) -> Box:
    (x0, y0), (x1, y1) = ((matrix @ (x, y, 1.0)).tolist() for x, y in (box[:2], box[2:]))
    return x0, y0, x1, y1


def _in(place: Box, found: list[Detection]) -> Detection | None:
    best = max(found, key=lambda one: _overlap(place, one.box), default=None)
    return best if best is not None and _overlap(place, best.box) >= _SAME else None


def _overlap(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a, b))
    return width * height / (areas - width * height)
