"""What size of face is looked for, and where; which faces are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from detector.contracts import CropSpec, Detection, Image, Limits
from detector.media import open_media
from detector.see import MOST_FACES, _detected, see, smallest_face


class Recorder:
    """A detector that notes what it is given and finds faces of one size."""

    name = "recorder"

    def __init__(self, size: float | None, confidence: float = 0.999, count: int = 1) -> None:
        self._size, self._confidence, self._count = size, confidence, count
        self.asked: list[tuple[int, float]] = []

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        self.asked.append((len(frames), round(smallest_px)))
        if self._size is None:
            return [[] for _ in frames]
        box = (10.0, 10.0, 10.0 + self._size, 10.0 + self._size)
        return [[Detection(box, self._confidence, None)] * self._count for _ in frames]


@pytest.mark.parametrize(
    ("pixels", "kind", "smallest"),
    [
        (640 * 480, "image", 40),
        (12_000_000, "image", 40),
        (96_000_000, "image", 80),
        (1920 * 1080, "video", 40),
        (3840 * 2160, "video", 80),
    ],
)
def test_the_smallest_face_is_in_pixels(pixels: int, kind: str, smallest: float) -> None:
    assert smallest_face(pixels, kind) == pytest.approx(smallest)  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "others"), [(None, 60), (200.0, 60), (45.0, 40)])
def test_large_frames_are_searched_closely_where_the_first_shows_small_faces(
    size: float | None, others: int
) -> None:
    detector = Recorder(size)
    frames = [np.zeros((1080, 1920, 3), np.uint8)] * 5
    assert len(_detected(detector, frames, 40.0)) == 5
    assert detector.asked == [(1, 40), (4, others)]


def test_small_frames_are_searched_alike() -> None:
    detector = Recorder(200.0)
    _detected(detector, [np.zeros((360, 640, 3), np.uint8)] * 3, 40.0)
    assert detector.asked == [(1, 40), (2, 40)]


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "still.png"
    Pillow.fromarray(np.full((120, 200, 3), 90, np.uint8)).save(path)
    return path


@pytest.mark.parametrize(("size", "confidence", "passes"), [(60.0, 0.999, 1), (60.0, 0.9, 6), (None, 0.0, 6)])
def test_turned_pictures_are_looked_at_while_no_clear_face_was_found(
    still: Path, size: float | None, confidence: float, passes: int
) -> None:
    detector = Recorder(size, confidence)
    with open_media(still, 1, Limits()) as media:
        seen = list(see(media, detector, CropSpec(size=32)))
    assert len(detector.asked) == passes
    assert len(seen[0].faces) == (size is not None)


def test_faces_beyond_the_largest_are_counted(still: Path) -> None:
    with open_media(still, 1, Limits()) as media:
        (seen,) = see(media, Recorder(60.0, count=MOST_FACES + 3), CropSpec(size=32))
    assert (len(seen.faces), seen.left_out, seen.smallest_px) == (MOST_FACES, 3, 40.0)
