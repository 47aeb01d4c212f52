"""Stills that break off or are damaged on the way: what lies above is given, and the damage counted."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
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
from PIL.ExifTags import Base
from pillow_heif import from_pillow

from detector.contracts import ErrorCode, Limits
from detector.media import open_media, scans
from detector.media.budget import DecodeBudget
from detector.media.ends import ZeroEnded
from detector.media.scans import are_scans_sound
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


@pytest.mark.parametrize("kind", ["png", "webp", "lossless webp", "heic", "heic in tiles", "gif"])
def test_zeros_for_the_end_of_a_still_are_damage(kind: str, tmp_path: Path) -> None:
    whole = file_of(kind)
    (tmp_path / "a").write_bytes(whole[: int(0.7 * len(whole))].ljust(len(whole), b"\0"))
    assert decode(tmp_path / "a").damaged == 1


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_that_lacks_what_follows_its_pixels_lacks_none_of_these(
    lossless: bool, tmp_path: Path
) -> None:
    exif = Pillow.Exif()
    exif[Base.ImageDescription] = "x" * 999
    whole = written("WEBP", lossless=lossless, exif=exif)
    (tmp_path / "whole").write_bytes(whole)
    (tmp_path / "cut").write_bytes(whole[:-500])
    with open_media(tmp_path / "cut", 1, Limits()) as media:
        frames = list(media.frames())
        assert (media.damaged, media.incomplete) == (1, False)
    assert (frames[0].rgb == decode(tmp_path / "whole").frames[0].rgb).all()


def jpeg(**options: Any) -> bytes:
    return written("JPEG", quality=40, **options)


def holed(data: bytes, at: float, to: float, filled: bool = True) -> bytes:
    begin, end = int(at * len(data)), int(to * len(data))
    return data[:begin] + bytes(end - begin) * filled + data[end:]


DAMAGED: dict[str, Callable[[], bytes]] = {
    "zeros in the middle": lambda: holed(jpeg(), 0.4, 0.6),
    "zeros in a progressive one": lambda: holed(jpeg(progressive=True), 0.8, 0.95),
    "zeros before its end": lambda: (
        jpeg()[:-2][: len(jpeg()) // 2].ljust(len(jpeg()) - 2, b"\0") + b"\xff\xd9"
    ),
    "a piece left out": lambda: holed(jpeg(), 0.4, 0.6, filled=False),
    "rows left out between restart markers": lambda: holed(
        jpeg(restart_marker_rows=1), 0.4, 0.6, filled=False
    ),
    "an early end": lambda: jpeg()[: len(jpeg()) // 2] + b"\xff\xd9",
    "zeros in the first of two pictures": lambda: holed(jpeg(), 0.5, 0.99) + jpeg(),
}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("how", DAMAGED)
def test_damage_within_a_jpeg_is_counted(
    how: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large ones are decoded a second time only where there is doubt."""
    if large:
        monkeypatch.setattr(scans, "_SMALL", 0)
    (tmp_path / "a").write_bytes(DAMAGED[how]())
    with open_media(tmp_path / "a", 1, Limits()) as media:
        assert len(list(media.frames())) == 1
        assert (media.damaged, media.incomplete) == (1, True)


def odd_jpegs() -> Iterator[bytes]:
    """Yield sound JPEGs of many settings, and with much around their pixels that is odd."""
    for quality, subsampling in ((1, 0), (50, 1), (95, 2), (100, 0)):
        for mode in ("L", "RGB", "CMYK"):
            for options in ({}, {"progressive": True}, {"restart_marker_blocks": 3}, {"optimize": True}):
                yield written("JPEG", mode, quality=quality, subsampling=subsampling, **options)
    for factors in (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440):
        options = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factors, cv2.IMWRITE_JPEG_RST_INTERVAL, 5]
        yield cv2.imencode(".jpg", picture()[:157, :211], options)[1].tobytes()
    sound = jpeg()
    yield sound[:-2] + bytes(500) + sound[-2:]
    yield sound[:-2] + b"\xff" * 500 + sound[-2:]
    yield sound + sound[: len(sound) // 2]
    yield sound + bytes(9000)
    yield sound[:2] + b"\xff\xff\xe1\0\x40Exif\0\0II*\0" + b"\xff" * 54 + sound[2:]
    yield sound[:2] + b"\xff\xe1" + (8 + 900).to_bytes(2, "big") + b"Exif\0\0" + sound[:900] + sound[2:]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_no_sound_jpeg_is_called_damaged(tmp_path: Path) -> None:
    for number, data in enumerate(odd_jpegs()):
        (tmp_path / "a").write_bytes(data)
        with open_media(tmp_path / "a", 1, Limits()) as media:
            list(media.frames())
            assert (media.damaged, media.incomplete) == (0, False), number


def test_a_jpeg_that_lacks_its_end_alone_lacks_no_pixel(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(jpeg()[:-2])
    with open_media(tmp_path / "a", 1, Limits()) as media:
        list(media.frames())
        assert (media.damaged, media.incomplete) == (1, False)


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_a_jpeg_that_lacks_the_scans_with_its_detail_is_incomplete(end: bytes, tmp_path: Path) -> None:
    """Decoders make coarse blocks of the first scans, with an end or without; later ones only refine."""
    whole = jpeg(progressive=True)
    scans_at = [at for at in range(len(whole)) if whole[at : at + 2] == b"\xff\xda"]
    shown: list[tuple[int, bool]] = []
    for cut in (scans_at[1], scans_at[4], scans_at[5]):
        (tmp_path / "a").write_bytes(whole[:cut] + end)
        with open_media(tmp_path / "a", 1, Limits()) as media:
            assert len(list(media.frames())) == 1
            shown.append((media.damaged, media.incomplete))
    assert shown == [(1, True), (1, True), (int(not end), False)]


def test_of_codings_that_are_not_decoded_strictly_nothing_is_said(tmp_path: Path) -> None:
    for found, put in ((b"\xff\xc0", b"\xff\xc9"), (b"\xff\xda\0\x0c\x03", b"\xff\xda\0\x08\x01")):
        (tmp_path / "a").write_bytes(jpeg().replace(found, put, 1))
        with closing(Source(tmp_path / "a", Limits(), DecodeBudget(60.0))) as source:
            assert are_scans_sound(source, doubtful=True) is None


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
