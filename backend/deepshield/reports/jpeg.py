"""JPEG files of what is shown, at a quality at which readers can look closely."""

from __future__ import annotations

import cv2

from detector.contracts import Image

# Hardly distinguishable, with colours at full resolution: what readers look at closely is not blurred anew.
_OPTIONS = [
    cv2.IMWRITE_JPEG_QUALITY,
    93,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
]


def jpeg(image: Image) -> bytes:
    """Return ``(H, W, 3) uint8`` RGB as a JPEG file. Raises OSError where it cannot be encoded."""
    done, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _OPTIONS)
    if not done:
        raise OSError("a picture could not be encoded")
    return encoded.tobytes()
