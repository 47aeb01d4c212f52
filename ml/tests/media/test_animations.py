"""Animated PNG and WebP are videos: numbered pictures with their own times."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_factory import numbered, png, png_chunk
from opened import decode, require_sound
from PIL import Image as Pillow
from PIL.ExifTags import Base

from detector.contracts import ErrorCode, MediaError
from detector.media.stills import StillDecoder

SUFFIXES = [".png", ".webp"]


def animate(path: Path, total: int, durations: int | Sequence[int] = 40, **options: Any) -> Path:
    pictures = [Pillow.fromarray(np.repeat(numbered(i)[:, :, None], 3, 2)) for i in range(total)]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=durations, lossless=True, **options
    )
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("total", [2, 12, 32, 33, 80])
def test_numbered_pictures(total: int, suffix: str, tmp_path: Path) -> None:
    opened = decode(animate(tmp_path / f"moving{suffix}", total))
    require_sound(opened)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == opened.planned == min(total, 32)
    assert opened.times == pytest.approx([40.0 * index for index in opened.indexes])
    info = opened.info
    assert (info.media_type, info.frame_count) == ("video", total)
    assert info.duration_ms == pytest.approx(40 * total)
    assert (info.width, info.height, info.format) == (96, 64, suffix[1:])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_times_are_those_of_each_picture(suffix: str, tmp_path: Path) -> None:
    durations = [40, 500, 40, 1000, 20, 300, 40, 40]
    opened = decode(animate(tmp_path / f"moving{suffix}", 8, durations))
    assert opened.numbers == list(range(8))
    assert opened.times == pytest.approx([float(sum(durations[:i])) for i in range(8)])
    assert opened.info.duration_ms == pytest.approx(sum(durations))
    few = decode(tmp_path / f"moving{suffix}", 3)
    assert few.numbers == few.indexes
    assert len(few.frames) <= 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_duration_means_a_tenth_of_a_second(suffix: str, tmp_path: Path) -> None:
    opened = decode(animate(tmp_path / f"moving{suffix}", 5, 0))
    assert opened.times == pytest.approx([0, 100, 200, 300, 400])


def test_a_png_delay_without_a_denominator_is_in_hundredths(tmp_path: Path) -> None:
    path = animate(tmp_path / "moving.png", 3, 40)
    data = path.read_bytes()
    made, at = data[:8], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if name == b"fcTL":
            content = content[:20] + bytes((0, 7, 0, 0)) + content[24:]
        made += png_chunk(name, content)
        at += 12 + size
    path.write_bytes(made)
    assert decode(path).times == pytest.approx([0, 70, 140])


def test_chunks_of_odd_length_in_a_webp(tmp_path: Path) -> None:
    path = animate(tmp_path / "moving.webp", 4, 40, icc_profile=b"not a profile")
    assert b"ICCP\x0d\0\0\0" in path.read_bytes()
    assert decode(path).times == pytest.approx([0, 40, 80, 120])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_picture_is_a_still(suffix: str, tmp_path: Path) -> None:
    opened = decode(animate(tmp_path / f"still{suffix}", 1))
    assert opened.numbers == [0]
    assert (opened.info.media_type, opened.info.duration_ms) == ("image", 0.0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_picture_is_decoded_once_and_none_after_the_last_wanted(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = animate(tmp_path / f"moving{suffix}", 60)
    loaded: list[int] = []
    load = StillDecoder._load

    def counting(self: StillDecoder, index: int) -> None:
        loaded.append(index)
        load(self, index)

    monkeypatch.setattr(StillDecoder, "_load", counting)
    opened = decode(path, 4)
    assert loaded == list(range(opened.indexes[-1] + 1))
    assert len(loaded) < 60


def test_a_stand_in_picture_of_a_png_is_not_part_of_the_animation(tmp_path: Path) -> None:
    path = animate(tmp_path / "moving.png", 6, [40] * 5, default_image=True)
    opened = decode(path)
    assert opened.numbers == [1, 2, 3, 4, 5]
    assert opened.indexes == [0, 1, 2, 3, 4]
    assert opened.info.frame_count == 5
    assert opened.info.duration_ms == pytest.approx(200)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_transparent_pictures_are_laid_over_white(suffix: str, tmp_path: Path) -> None:
    pictures = []
    for i in range(4):
        rgba = np.zeros((64, 96, 4), np.uint8)
        rgba[:, 24 * i : 24 * i + 24] = (200, 30, 30, 255)
        rgba[0] = rgba[-1] = rgba[:, 0] = rgba[:, -1] = (200, 30, 30, 255)  # every picture fills the canvas
        pictures.append(Pillow.fromarray(rgba))
    path = tmp_path / f"moving{suffix}"
    options: dict[str, Any] = {"disposal": 1} if suffix == ".png" else {}
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=100, lossless=True, exact=True, **options
    )
    opened = decode(path)
    assert len(opened.frames) == 4
    for i, frame in enumerate(opened.frames):
        red = (frame.rgb == (200, 30, 30)).all(2)
        assert red[:, 24 * i : 24 * i + 24].all()
        assert (frame.rgb[~red] == 255).all()
        assert (~red).sum() > 64 * 60


def cut(path: Path, at: int) -> Path:
    path.write_bytes(path.read_bytes()[:at])
    return path


def test_an_animated_png_that_breaks_off_gives_what_is_whole(tmp_path: Path) -> None:
    path = animate(tmp_path / "moving.png", 20)
    opened = decode(cut(path, int(path.stat().st_size * 0.6)), 64)
    assert opened.numbers == opened.indexes
    assert 5 <= len(opened.frames) < opened.planned < 20
    assert opened.damaged == 1


def test_no_picture_of_those_planned_is_an_error(tmp_path: Path) -> None:
    path = animate(tmp_path / "moving.png", 40)
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"fdAT", at + 1)) >= 0:  # all but the first picture
        data[at + 8 : at + 16] = bytes(8)
    path.write_bytes(data)
    assert decode(path, 64).numbers == [0]
    with pytest.raises(MediaError) as caught:
        decode(path, 1)
    assert caught.value.code == ErrorCode.IMAGE_DECODE_ERROR


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize("kept", [0.25, 0.45, 0.65, 0.85, 0.98])
def test_an_animated_webp_that_breaks_off_gives_what_is_whole(
    kept: float, filled: bool, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    pictures = [Pillow.fromarray(rng.integers(0, 256, (96, 96, 3), np.uint8)) for _ in range(10)]
    path = tmp_path / "moving.webp"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40, lossless=True)
    whole = path.read_bytes()
    data = whole[: int(kept * len(whole))]
    path.write_bytes(data.ljust(len(whole), b"\0") if filled and kept < 0.9 else data)
    opened = decode(path)
    number = int(kept * 10)
    assert opened.indexes == list(range(number))
    assert opened.damaged == 1
    assert all((frame.rgb == np.asarray(pictures[frame.index])).all() for frame in opened.frames)


def test_an_animated_webp_that_breaks_off_behind_its_pictures_gives_all(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[Base.ImageDescription] = "x" * 999
    path = tmp_path / "moving.webp"
    pictures = [Pillow.fromarray(np.full((33, 33, 3), 40 * i, np.uint8)) for i in range(5)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40, lossless=True, exif=exif)
    opened = decode(cut(path, path.stat().st_size - 500))
    assert (opened.indexes, opened.damaged) == ([0, 1, 2, 3, 4], 1)


SOURCE, OVER = 0, 1
NONE, BACKGROUND, PREVIOUS = 0, 1, 2


@pytest.mark.parametrize("dispose", [NONE, BACKGROUND, PREVIOUS])
@pytest.mark.parametrize("blend", [SOURCE, OVER])
@pytest.mark.parametrize("alpha", [255, 100])
def test_pictures_of_a_png_lie_over_one_another_as_they_ask(
    blend: int, dispose: int, alpha: int, tmp_path: Path
) -> None:
    """Two patches, one after the other, on a red ground: the first is taken away as ``dispose`` says."""
    green, blue = (0, 200, 0, alpha), (0, 0, 200, alpha)
    drawn = [((0, 0, 32, 24), (220, 0, 0, 255), SOURCE, NONE)]
    drawn += [((4, 4, 12, 12), green, blend, dispose), ((10, 8, 16, 12), blue, blend, NONE)]
    chunks, number = [png_chunk(b"acTL", struct.pack(">II", 3, 0))], 0
    canvas, shown = np.zeros((24, 32, 4)), []
    for (x, y, width, height), colour, laid, after in drawn:
        control = struct.pack(">IIIIIHHBB", number, width, height, x, y, 1, 10, after, laid)
        rows = zlib.compress((b"\0" + bytes(colour) * width) * height)
        pixels = (b"fdAT", struct.pack(">I", number + 1) + rows) if number else (b"IDAT", rows)
        chunks += [png_chunk(b"fcTL", control), png_chunk(*pixels)]
        number += 2 if number else 1
        before, part = canvas.copy(), canvas[y : y + height, x : x + width]
        opacity = colour[3] / 255
        light = np.array([*colour[:3], 255]) * opacity  # the canvas holds light that its opacity has weakened
        part[:] = light + part * (1 - opacity if laid == OVER else 0)
        shown.append(canvas[:, :, :3] + 255 - canvas[:, :, 3:])
        if after == BACKGROUND:
            part[:] = 0
        elif after == PREVIOUS:
            canvas = before
    path = tmp_path / "a.png"
    path.write_bytes(png(32, 24, *chunks, colour=6))
    for frame, expected in zip(decode(path).frames, shown, strict=True):
        assert np.abs(frame.rgb - expected).max() <= 3
