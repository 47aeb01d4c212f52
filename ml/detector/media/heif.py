"""What a HEIF or AVIF file says of its colours, and HEIF pictures at the depth in which they are stored."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile
from pillow_heif import open_heif

from detector.media.source import Source

_HEADERS = 1 << 16  # bytes in which the colours of a file are described


def coding(source: Source) -> tuple[int, int] | None:
    """Return transfer and primaries of the file's first colour box (ISO/IEC 14496-12, 12.1.5)."""
    source.seek(0)
    _, box, rest = source.read(_HEADERS).partition(b"colrnclx")
    return (int.from_bytes(rest[2:4], "big"), int.from_bytes(rest[:2], "big")) if box else None


def is_deep(image: ImageFile) -> bool:
    """Return whether a HEIF picture has more than eight bits, which Pillow's pictures do not hold."""
    return image.mode in ("RGB", "RGBA") and int(image.info.get("bit_depth", 8)) > 8


def deep_pixels(file: Any, factor: int) -> NDArray[np.uint16]:
    """Decode a HEIF file's picture of more than eight bits: ``(H, W, 3)``, turned, without alpha.

    ``factor`` reduces both sides, averaging over areas. Raises what the decoder raises for damage.
    """
    file.seek(0)
    opened = open_heif(file, convert_hdr_to_8bit=False)
    width, height = opened.size
    pixels = np.asarray(opened)[:, :width, :3]  # rows are padded
    if factor > 1:
        size = (max(1, width // factor), max(1, height // factor))
        pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(pixels, np.uint16)
