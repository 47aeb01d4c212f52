"""Stills as phones, editors and chats write them: what is shown decides, not what surrounds it."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_factory import PATCHES, cornered, corners_of, number_of, numbered, patches, patches_of, png_chunk
from opened import code_of, decode
from PIL import Image as Pillow
from pillow_heif import from_pillow

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media.budget import DecodeBudget
from detector.media.ends import EndedJpeg
from detector.media.source import Source

HEIC_BRANDS = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"]


def heic(path: Path, picture: Any, **options: Any) -> Path:
    from_pillow(Pillow.fromarray(picture)).save(path, quality=90, **options)
    return path


def close(rgb: Any, most: float = 6.0) -> bool:
    return bool(np.abs(patches_of(rgb) - PATCHES).max() <= most)


@pytest.mark.parametrize("brand", HEIC_BRANDS)
def test_heic_of_any_brand_is_a_still(brand: bytes, tmp_path: Path) -> None:
    path = heic(tmp_path / "photo.jpg", patches())
    data = path.read_bytes()
    path.write_bytes(data[:8] + brand + data[12:])
    opened = decode(path)
    assert (opened.info.media_type, opened.info.format, opened.info.frame_count) == ("image", "heif", 1)
    assert close(opened.frames[0].rgb)


def test_a_turned_heic_is_turned_once(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = heic(tmp_path / "a.heic", cornered((96, 64)), exif=exif.tobytes())
    opened = decode(path)
    assert (opened.info.width, opened.info.height) == (64, 96)
    assert opened.frames[0].rgb.shape == (96, 64, 3)
    assert corners_of(opened.frames[0].rgb) == "brgx"


def test_avif(tmp_path: Path) -> None:
    Pillow.fromarray(patches()).save(tmp_path / "a", "AVIF", quality=90)
    opened = decode(tmp_path / "a")
    assert (opened.info.media_type, opened.info.format) == ("image", "avif")
    assert close(opened.frames[0].rgb)


@pytest.mark.parametrize("suffix", [".gif", ".avif"])
def test_pictures_that_move_are_sampled_over_time(suffix: str, tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(np.repeat(numbered(i)[:, :, None], 3, 2)) for i in range(20)]
    path = tmp_path / f"a{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=80)
    opened = decode(path, 8)
    assert (opened.info.media_type, opened.info.frame_count) == ("video", 20)
    assert opened.info.duration_ms == pytest.approx(1600, abs=2)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 8
    assert opened.times == [pytest.approx(80 * index, abs=2) for index in opened.indexes]


def test_a_still_gif_is_an_image(tmp_path: Path) -> None:
    Pillow.fromarray(patches()).convert("P", palette=Pillow.Palette.ADAPTIVE).save(tmp_path / "a.gif")
    opened = decode(tmp_path / "a.gif")
    assert opened.info.media_type == "image"
    assert close(opened.frames[0].rgb)


def test_gif_durations_that_browsers_take_for_mistakes_are_a_tenth_of_a_second(tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(numbered(i)) for i in range(3)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[10, 50, 20])
    assert decode(tmp_path / "a.gif").times == [0, 100, 150]


def jpeg(picture: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(picture).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.5, 0.9, 1.0])
def test_a_jpeg_without_its_end_is_given_as_far_as_it_goes(
    kept: float, progressive: bool, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    whole = jpeg(rng.integers(0, 256, (256, 256, 3), np.uint8), progressive=progressive)
    scan = whole.index(b"\xff\xda")
    cut = scan + int(kept * (len(whole) - 2 - scan))
    (tmp_path / "whole").write_bytes(whole)
    (tmp_path / "cut").write_bytes(whole[:cut])
    sound, damaged = decode(tmp_path / "whole"), decode(tmp_path / "cut")
    assert (sound.damaged, damaged.damaged) == (0, 1)
    rows = 256 if progressive and kept == 1.0 else int(256 * kept) - 24
    if not progressive or kept == 1.0:
        assert (sound.frames[0].rgb[:rows] == damaged.frames[0].rgb[:rows]).all()


def test_a_jpeg_that_ends_in_zeros_is_damaged(tmp_path: Path) -> None:
    whole = jpeg(np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8))
    (tmp_path / "a").write_bytes(whole[: -len(whole) // 3] + bytes(len(whole) // 3))
    assert decode(tmp_path / "a").damaged == 1


def test_a_jpeg_that_ends_in_its_headers_is_refused(tmp_path: Path) -> None:
    whole = jpeg(patches())
    for cut in (3, 20, 200, whole.index(b"\xff\xda") + 1):
        (tmp_path / "a").write_bytes(whole[:cut])
        assert code_of(tmp_path / "a") is ErrorCode.IMAGE_DECODE_ERROR, cut


def test_an_end_is_not_supplied_to_a_jpeg_whose_time_is_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(jpeg(patches()))
    budget = DecodeBudget(60)
    source = Source(tmp_path / "a", Limits(), budget)
    ended = EndedJpeg(source)
    ended.supply()
    source.seek(0, 2)
    assert ended.read(10) == b"\xff\xd9"
    budget.spent = 61
    assert (ended.read(10), source.failed) == (b"", True)
    source.close()


LONG = zlib.compress(b"history " * 300_000)
BESIDE = {
    "long text": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"history " * 300_000),
    "long packed text": png_chunk(b"zTXt", b"history\0\0" + LONG),
    "many texts": png_chunk(b"tEXt", b"a\0" + b"b" * 60_000) * 1200,
    "a wrong checksum in text": png_chunk(b"tEXt", b"a\0b")[:-1] + b"\0",
    "a wrong checksum in a profile": png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(b"x"))[:-1] + b"\0",
    "a profile that is none": png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(500_000))),
    "a large profile": png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(40_000_000), 1)),
    "a wrong checksum in Exif": png_chunk(b"eXIf", b"MM\0*")[:-1] + b"\0",
    "a chunk that nobody knows": png_chunk(b"quQu", b"x" * 100)[:-1] + b"\0",
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_beside_a_pngs_picture_does_not_decide(name: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(patches()).save(buffer, "PNG")
    data = buffer.getvalue()
    (tmp_path / "a").write_bytes(data[:33] + BESIDE[name] + data[33:])
    opened = decode(tmp_path / "a")
    assert (opened.frames[0].rgb == patches()).all()
    assert opened.damaged == 0


def test_a_wrong_checksum_in_a_pngs_pixels_does(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(patches()).save(buffer, "PNG")
    data = bytearray(buffer.getvalue())
    data[data.index(b"IDAT") + 20] ^= 1
    (tmp_path / "a").write_bytes(data)
    assert code_of(tmp_path / "a") is ErrorCode.IMAGE_DECODE_ERROR


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_still_that_is_too_large_for_one_frame_is_reduced(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(patches((192, 96))).save(path, exif=exif)
    opened = decode(path, max_pixels=96 * 48)
    frame = opened.frames[0]
    assert (opened.info.width, opened.info.height) == (96, 192)
    assert frame.rgb.shape == (96, 48, 3)
    assert frame.scale == (2.0, 2.0)
    assert close(np.rot90(frame.rgb), 12.0)


def test_a_picture_that_needs_more_memory_than_there_is_is_not_called_damaged(tmp_path: Path) -> None:
    for name, options in {"a.jpg": {"progressive": True}, "a.png": {}, "a.webp": {}, "a.avif": {}}.items():
        Pillow.fromarray(patches((640, 480))).save(tmp_path / name, **options)
        with pytest.raises(MediaError) as caught:
            decode(tmp_path / name, max_memory=1_000_000)
        assert caught.value.code is ErrorCode.SERVER_LIMIT
        assert caught.value.details["limit_mb"] == 0


def test_memory_that_runs_out_in_the_decoder_is_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    Pillow.fromarray(patches()).save(tmp_path / "a.webp")
    monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile.load", exhausted)
    assert code_of(tmp_path / "a.webp") is ErrorCode.SERVER_LIMIT


def test_sixteen_bits_and_cmyk_stay_right(tmp_path: Path) -> None:
    grey = np.full((64, 64), 40_000, np.uint16)
    Pillow.fromarray(grey).save(tmp_path / "deep.png")
    assert decode(tmp_path / "deep.png").frames[0].rgb[5, 5].tolist() == [156, 156, 156]
    Pillow.fromarray(patches()).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    assert close(decode(tmp_path / "cmyk.jpg").frames[0].rgb, 12.0)


def test_a_sequence_of_hevc_pictures_moves(tmp_path: Path) -> None:
    path = tmp_path / "a.heics"
    with av.open(str(path), "w", format="mov") as container:
        stream: Any = container.add_stream("libx265", rate=10, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(5):
            rgb = np.repeat(numbered(number)[:, :, None], 3, 2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    path.write_bytes(data[:8] + b"msf1" + data[12:])
    opened = decode(path)
    assert opened.info.format == "heif"
    assert [number_of(frame.rgb) for frame in opened.frames] == list(range(5))


def test_memory_of_one_still_serves_the_next(tmp_path: Path) -> None:
    Pillow.fromarray(patches()).resize((2400, 1800)).save(tmp_path / "a", "JPEG")
    decode(tmp_path / "a")
    core: Any = Pillow.core  # type: ignore[attr-defined]
    before = core.get_stats()
    assert 0 < before["blocks_cached"] <= 2
    decode(tmp_path / "a")
    after = core.get_stats()
    assert after["reused_blocks"] > before["reused_blocks"]
