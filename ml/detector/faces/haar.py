"""OpenCV's Haar cascade (Viola & Jones, 2001): the fallback detector, needing no network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from detector.contracts import SMALLEST_FACE_PX, Box, Detection, Image

_LONG_SIDE = 960  # of the working copy, pixels, unless small faces ask for more
_SMALLEST = 24.0  # the cascade's window, pixels


class Haar:
    """A `contracts.Detector` without landmarks; finds upright frontal faces only."""

    name = "haar"

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(
            str(Path(cv2.__file__).parent / "data/haarcascade_frontalface_default.xml")
        )
        if self._cascade.empty():
            raise RuntimeError("OpenCV ships no frontal-face cascade")

    def detect(self, frames: list[Image], smallest_px: float = SMALLEST_FACE_PX) -> list[list[Detection]]:
        """Return each frame's faces, largest first."""
        return [self._detect(frame, smallest_px) for frame in frames]

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = SMALLEST_FACE_PX
    ) -> list[list[Detection]]:
        """Return what `detect` does: the cascade has no cheaper way."""
        return self.detect(frames, smallest_px)

    def _detect(self, frame: Image, smallest_px: float) -> list[Detection]:
        height, width = frame.shape[:2]
        scale = min(1.0, max(_LONG_SIDE / max(height, width), _SMALLEST / smallest_px))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.equalizeHist(
            cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        )
        smallest = smallest_px * scale
        boxes, _, levels = self._cascade.detectMultiScale3(
            grey,
            scaleFactor=1.1,
            minNeighbors=6,
            minSize=(round(smallest), round(smallest)),
            outputRejectLevels=True,
        )
        found = [
            Detection(
                box=(x / scale, y / scale, min((x + w) / scale, width), min((y + h) / scale, height)),
                # The cascade's margin has no scale of its own; faces lie around 2 to 8.
                confidence=float(1.0 / (1.0 + np.exp(-np.ravel(levels)[i]))),
                landmarks=None,
            )
            for i, (x, y, w, h) in enumerate(boxes)
        ]
        return sorted(found, key=lambda face: -face.size_px)
