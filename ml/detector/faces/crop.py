"""The only cropping code in the repository: training and serving cut faces with the same function."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Box, CropSpec, Detection, Face, Floats, Frame, Image

THUMBNAIL = 64
PORTRAIT = 160
# Tilt of the eyes, degrees, from which a face is levelled under any alignment: scorers see few tilted faces
# in training, and the further authentic ones are tilted the higher they score (`python -m benchmarks.tilt`).
LEVEL_FROM = 12.0
CROP_VERSIONS = frozenset({"square-1"})

_ENLARGE = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}


def crop_face(image: Image, box: Box, landmarks: Floats | None, spec: CropSpec) -> Image:
    """Cut a square around a face: ``(S, S, 3) uint8``, ``S == spec.size``.

    Version "square-1": the square's side is the box's longer side times ``1 + 2 margin``, its centre the
    box's. What lies outside the image mirrors it, so that the border is no constant that a network could
    learn. The square is turned until the eyes are level: under the alignment "eyes" always, under "none"
    where they are tilted by `LEVEL_FROM` degrees or more. Reducing averages over areas, enlarging uses
    ``spec.interpolation``.
    """
    centre, side, degrees = _geometry(box, landmarks, spec)
    if degrees:
        image, centre = _turned(image, centre, side, degrees)
    return _resize(_square(image, centre, side), spec.size, _ENLARGE[spec.interpolation])


def crop_matrix(box: Box, landmarks: Floats | None, spec: CropSpec) -> NDArray[np.float64]:
    """Return the ``(2, 3)`` similarity that takes frame coordinates to those of `crop_face`'s result."""
    centre, side, degrees = _geometry(box, landmarks, spec)
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, degrees, spec.size / side), np.float64)
    matrix[:, 2] += spec.size / 2.0 - np.asarray(centre)
    return matrix


def crop_corners(box: Box, landmarks: Floats | None, spec: CropSpec) -> tuple[tuple[float, float], ...]:
    """Return the corners of `crop_face`'s square in frame coordinates, clockwise from its top left."""
    back = cv2.invertAffineTransform(crop_matrix(box, landmarks, spec))
    corners = [(0.0, 0.0), (spec.size, 0.0), (spec.size, spec.size), (0.0, spec.size)]
    return tuple((float(x), float(y)) for x, y in (back @ (*corner, 1.0) for corner in corners))


def square_side(box: Box, spec: CropSpec) -> float:
    """Return the side in pixels of the square that `crop_face` cuts."""
    return _geometry(box, None, spec)[1]


def tilt(landmarks: Floats) -> float:
    """Return by how many degrees the line of the eyes is turned clockwise from level."""
    dx, dy = (landmarks[1] - landmarks[0]).tolist()
    return math.degrees(math.atan2(dy, dx))


def make_face(frame: Frame, sample: int, index: int, detection: Detection, portrait: bool = False) -> Face:
    """Attach to a detection what later steps need of its pixels; ``index`` is the face's in the file."""
    thumbnail, large = (
        crop_face(frame.rgb, detection.box, None, CropSpec(size=size, margin=0.0)) if wanted else None
        for size, wanted in ((THUMBNAIL, True), (PORTRAIT, portrait))
    )
    assert thumbnail is not None
    return Face(
        index=index,
        sample=sample,
        frame_index=frame.index,
        timestamp_ms=frame.timestamp_ms,
        box=detection.box,
        confidence=detection.confidence,
        landmarks=detection.landmarks,
        size_px=detection.size_px,
        sharpness=sharpness(thumbnail),
        thumbnail=thumbnail,
        portrait=large,
    )


def sharpness(thumbnail: Image) -> float:
    """Share of the face's contrast that is fine detail, 0 to about 1, at the thumbnail's 64 px.

    Standard deviation of the Laplacian over that of the luma, so neither exposure nor size matters much;
    a face that is blurred, or enlarged from a few pixels, comes out low.
    """
    grey = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = float(grey.std())
    return float(cv2.Laplacian(grey, cv2.CV_32F, ksize=1).std()) / (contrast + 4.0)


def _geometry(box: Box, landmarks: Floats | None, spec: CropSpec) -> tuple[tuple[float, float], float, float]:
    x0, y0, x1, y1 = box
    side = max(x1 - x0, y1 - y0, 1.0) * (1.0 + 2.0 * spec.margin)
    degrees = 0.0
    if landmarks is not None:
        tilted = tilt(landmarks)
        degrees = tilted if spec.alignment == "eyes" or abs(tilted) >= LEVEL_FROM else 0.0
    return ((x0 + x1) / 2.0, (y0 + y1) / 2.0), side, degrees


def _square(image: Image, centre: tuple[float, float], side: float) -> Image:
    height, width = image.shape[:2]
    pixels = max(1, round(side))
    left, top = round(centre[0] - side / 2.0), round(centre[1] - side / 2.0)
    pad_left, pad_top = max(0, -left), max(0, -top)
    pad_right, pad_bottom = max(0, left + pixels - width), max(0, top + pixels - height)
    inner = image[max(0, top) : top + pixels, max(0, left) : left + pixels]
    if not (pad_left or pad_top or pad_right or pad_bottom):
        return inner
    mirrored = cv2.copyMakeBorder(inner, pad_top, pad_bottom, pad_left, pad_right, cv2.BORDER_REFLECT)
    return np.asarray(mirrored, np.uint8)


def _turned(
    image: Image, centre: tuple[float, float], side: float, degrees: float
) -> tuple[Image, tuple[float, float]]:
    # Only the neighbourhood that the turned square can reach is warped, at the original resolution.
    reach = side * math.sqrt(2.0)
    patch = _square(image, centre, reach)
    inside = (centre[0] - round(centre[0] - reach / 2.0), centre[1] - round(centre[1] - reach / 2.0))
    # Boxes count edges of pixels, warping counts their middles.
    matrix = cv2.getRotationMatrix2D((inside[0] - 0.5, inside[1] - 0.5), degrees, 1.0)
    turned = cv2.warpAffine(
        patch, matrix, patch.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(turned, np.uint8), inside


def _resize(image: Image, size: int, enlarge: int) -> Image:
    flag = cv2.INTER_AREA if image.shape[0] > size else enlarge
    return np.ascontiguousarray(cv2.resize(image, (size, size), interpolation=flag), np.uint8)
