"""A second JPEG compression is found in photographs, and none where there was none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import skimage.data
from PIL import Image, ImageDraw

from deepshield.provenance.credentials import Trust
from deepshield.provenance.reading import read_provenance

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(skimage.data.astronaut())


def saved(image: Image.Image, quality: int, **how: object) -> bytes:
    made = io.BytesIO()
    image.save(made, "JPEG", quality=quality, **how)
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def found(content: bytes, tmp_path: Path) -> bool | None:
    path = tmp_path / "file"
    path.write_bytes(content)
    encoding = read_provenance(path, Trust.of([])).encoding
    return None if encoding is None else encoding.compressed_before


@pytest.mark.parametrize(("first", "second"), [(60, 75), (75, 90), (85, 95)])
@pytest.mark.parametrize(
    "how", [{}, {"progressive": True}, {"subsampling": 0}], ids=["usual", "progressive", "444"]
)
def test_a_second_compression_of_better_quality_is_found(
    photo: Image.Image, tmp_path: Path, first: int, second: int, how: dict[str, object]
) -> None:
    assert found(saved(opened(saved(photo, first)), second, **how), tmp_path) is True
    assert found(saved(opened(saved(photo.convert("L"), first)), second), tmp_path) is True


@pytest.mark.parametrize("quality", [55, 75, 90, 98])
def test_one_compression_is_not_taken_for_two(photo: Image.Image, tmp_path: Path, quality: int) -> None:
    assert found(saved(photo, quality), tmp_path) is False
    reduced = opened(saved(photo, 60)).resize((400, 400))
    assert found(saved(reduced, quality), tmp_path) is not True, "other blocks than those of the first time"


def test_nothing_is_said_of_drawings_small_pictures_and_other_formats(
    photo: Image.Image, tmp_path: Path
) -> None:
    drawing = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(drawing).multiline_text((20, 20), "Some words\n" * 20, fill="black")
    small, png = photo.resize((40, 40)), io.BytesIO()
    photo.save(png, "PNG")
    for content in (
        saved(opened(saved(drawing, 60)), 90),
        saved(opened(saved(small, 60)), 90),
        png.getvalue(),
    ):
        assert found(content, tmp_path) is None


def test_a_picture_that_breaks_off_keeps_what_else_is_known(photo: Image.Image, tmp_path: Path) -> None:
    whole = saved(photo, 90)
    path = tmp_path / "file"
    path.write_bytes(whole[: len(whole) // 3])
    encoding = read_provenance(path, Trust.of([])).encoding
    assert encoding is not None
    assert (encoding.jpeg_quality, encoding.compressed_before) == (90, None)
