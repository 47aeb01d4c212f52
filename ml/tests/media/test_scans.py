"""Which signs in a JPEG's bytes have its coded pixels decoded a second time, strictly."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from detector.contracts import Limits
from detector.media.budget import DecodeBudget
from detector.media.scans import are_scans_sound
from detector.media.source import Source

_SCAN, _END = b"\xff\xda", b"\xff\xd9"


def jpeg(side: int, **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def large() -> bytes:
    """Of more bytes than are decoded again without a sign, with a restart after every row of blocks."""
    data = jpeg(1024, restart_marker_rows=1)
    assert len(data) > 600_000
    return data


def sound(data: bytes, folder: Path) -> bool | None:
    path = folder / "picture.jpg"
    path.write_bytes(data)
    source = Source(path, Limits(), DecodeBudget(60.0))
    try:
        return are_scans_sound(source, doubtful=False)
    finally:
        source.close()


def test_a_large_picture_is_decoded_again_only_for_a_sign_within_its_pixels(
    large: bytes, tmp_path: Path
) -> None:
    middle = large.index(b"\xff\xd3", len(large) // 2)
    begin, end = large.index(_SCAN), large.index(_END)
    assert sound(large, tmp_path) is None
    assert sound(large + b"\xff\x05" + bytes(64) + b"\xff\xd6\xff\xd1", tmp_path) is None, "after its end"
    without_a_restart = large[: middle - 2000] + large[large.index(b"\xff\xd4", middle) :]
    stray = large[: middle + 50] + b"\xff\x05" + large[middle + 52 :]
    blank = large[: middle + 100] + bytes(64) + large[middle + 164 :]
    for sign in (without_a_restart, stray, blank, large[:end]):
        assert sound(sign, tmp_path) is not None
    assert sound(blank, tmp_path) is False
    comment = b"\xff\xfe\x00\x44" + bytes(66)
    assert sound(large[:begin] + comment + large[begin:], tmp_path) is None


def test_a_picture_of_more_scans_than_an_encoder_makes_is_not_decoded_and_those_after_it_do_not_count(
    tmp_path: Path,
) -> None:
    small = jpeg(64, progressive=True)
    end = small.index(_END)
    assert sound(small + 100 * _SCAN, tmp_path) is True
    assert sound(small[:end] + 100 * _SCAN + small[end:], tmp_path) is None
