"""Stills that break off or are damaged on the way: what lies above is given, and the damage counted."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from media_factory import number_of, numbered
from opened import code_of, decode
from PIL import Image as Pillow
from pillow_heif import from_pillow

from detector.contracts import ErrorCode, Limits
from detector.media.budget import DecodeBudget
from detector.media.ends import ZeroEnded
from detector.media.source import Source

SIDE = 256
BLOCKS = 64  # rows that a decoder works on together


def picture() -> Any:
    """Return ``(256, 256, 3)`` smooth noise, of which every row takes about as many bytes."""
    noise = np.random.default_rng(0).integers(0, 256, (SIDE // 4, SIDE // 4, 3), np.uint8)
    return cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def written(form: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(picture()).convert(mode).save(buffer, form, **options)
    return buffer.getvalue()


def gif(interlace: int) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(picture()).quantize(64, Pillow.Quantize.FASTOCTREE).save(
        buffer, "GIF", interlace=interlace
    )
    return buffer.getvalue()


def heic(**options: Any) -> bytes:
    buffer = io.BytesIO()
    from_pillow(Pillow.fromarray(picture())).save(buffer, quality=80, **options)
    return buffer.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "png": lambda: written("PNG"),
    "png with alpha": lambda: written("PNG", "RGBA"),
    "webp": lambda: written("WEBP", quality=80),
    "lossless webp": lambda: written("WEBP", lossless=True),
    "avif": lambda: written("AVIF", quality=80),
    "heic": heic,
    "heic in tiles": lambda: heic(tile_size=64),
    "gif": lambda: gif(interlace=0),
}


@cache
def file_of(kind: str) -> bytes:
    return KINDS[kind]()


@pytest.mark.parametrize("kind", KINDS)
def test_a_still_that_breaks_off_is_given_as_far_as_it_goes(kind: str, tmp_path: Path) -> None:
    whole = file_of(kind)
    (tmp_path / "whole").write_bytes(whole)
    (tmp_path / "cut").write_bytes(whole[: int(0.75 * len(whole))])
    sound, cut = decode(tmp_path / "whole"), decode(tmp_path / "cut")
    assert (sound.damaged, cut.damaged) == (0, 1)
    assert (sound.info.width, sound.info.height) == (cut.info.width, cut.info.height)
    rows = int(0.75 * SIDE) - BLOCKS
    apart = np.abs(sound.frames[0].rgb[:rows].astype(int) - cut.frames[0].rgb[:rows])
    assert apart.max() <= 3
    assert (sound.frames[0].rgb[-8:] != cut.frames[0].rgb[-8:]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_still_that_breaks_off_in_its_headers_is_refused(kind: str, tmp_path: Path) -> None:
    whole = file_of(kind)
    for kept in (20, 40):
        (tmp_path / "a").write_bytes(whole[:kept])
        assert code_of(tmp_path / "a") is ErrorCode.IMAGE_DECODE_ERROR, kept


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_a_whole_still_is_no_damage(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(file_of(kind) + b"\0\1\0\0free" + b"junk " * 10)
    assert decode(tmp_path / "a").damaged == 0


def test_a_png_is_given_down_to_the_damage(tmp_path: Path) -> None:
    data = bytearray(written("PNG"))
    data[len(data) // 2] ^= 0x55
    (tmp_path / "a").write_bytes(data)
    opened = decode(tmp_path / "a")
    assert opened.damaged == 1
    rows = SIDE // 2 - 16
    assert (opened.frames[0].rgb[:rows] == picture()[:rows]).all()


def test_passes_over_an_interlaced_picture_are_no_picture(tmp_path: Path) -> None:
    whole = gif(interlace=1)
    (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
    assert code_of(tmp_path / "a") is ErrorCode.IMAGE_DECODE_ERROR


@pytest.mark.parametrize("form", ["WEBP", "GIF"])
def test_an_animation_that_breaks_off_ends_with_its_last_sound_picture(form: str, tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(np.repeat(numbered(i)[:, :, None], 3, 2)) for i in range(8)]
    buffer = io.BytesIO()
    options = {"lossless": True} if form == "WEBP" else {}
    pictures[0].save(buffer, form, save_all=True, append_images=pictures[1:], duration=80, **options)
    (tmp_path / "a").write_bytes(buffer.getvalue()[:-40])
    opened = decode(tmp_path / "a")
    assert [number_of(frame.rgb) for frame in opened.frames] == list(range(7))
    assert (opened.planned, opened.damaged) == (8, 1)


def test_scans_beyond_number_end_with_the_time(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Pillow.new("RGB", (4000, 3000)).save(buffer, "JPEG", progressive=True, quality=10)
    data = buffer.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    (tmp_path / "a").write_bytes(data[:-2] + last * 2000 + data[-2:])
    begun = time.monotonic()
    assert code_of(tmp_path / "a", decode_seconds=1.0) is ErrorCode.DECODE_TIMEOUT
    assert time.monotonic() - begun < 10.0


def test_a_stated_size_is_not_filled_without_bound(tmp_path: Path) -> None:
    path = tmp_path / "stated.webp"
    with path.open("wb") as file:
        file.write(b"RIFF" + (200 << 20).to_bytes(4, "little") + b"WEBP")
        file.truncate(30 << 20)
    with closing(Source(path, Limits(), DecodeBudget(60.0))) as source:
        ended = ZeroEnded(source, "webp")
        assert ended.is_whole()
        assert len(ended.read()) == 30 << 20
