"""PNG files of our own making are read by others, pixel for pixel."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from deepshield.reports.png import png
from detector.contracts import Image

pytestmark = pytest.mark.unit

_NOISE = np.random.default_rng(7).integers(0, 256, (97, 131, 3), np.uint8)


@pytest.mark.parametrize(
    "image",
    [_NOISE, _NOISE[:1], _NOISE[:, :1], _NOISE[:1, :1], _NOISE[::-2, ::3], np.zeros((480, 640, 3), np.uint8)],
    ids=["noise", "one row", "one column", "one pixel", "a view", "black"],
)
def test_readers_get_the_pixels_back(image: Image) -> None:
    data = png(image)
    Pillow.open(io.BytesIO(data)).verify()  # every chunk's checksum
    with Pillow.open(io.BytesIO(data)) as opened:
        opened.load()
        assert (opened.format, opened.mode) == ("PNG", "RGB")
        assert np.array_equal(np.asarray(opened), image)
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert read is not None
    assert np.array_equal(read, image)
