"""Known colours come back: matrices, ranges, depths, alpha, grey and profiles."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from media_factory import (
    MATRICES,
    PATCHES,
    Bytes,
    Clip,
    grey_frame,
    patches,
    patches_of,
    png,
    png_chunk,
    yuv_frame,
)
from opened import decode
from PIL import Image as Pillow
from PIL import ImageCms

from detector.media import colour

CODES = 4  # how far a colour may be off after limited range, subsampling and compression, in 8-bit codes
SD, HD = (192, 96), (1280, 720)


# The wheel's libvpx writes 8 bits only.
ENCODED = [("h264", "yuv420p"), ("h264", "yuv444p"), ("h264", "yuv420p10le"), ("hevc", "yuv420p")]
ENCODED += [("hevc", "yuv420p10le"), ("vp9", "yuv420p"), ("av1", "yuv420p"), ("av1", "yuv420p10le")]


def video_of_patches(matrix: str, full_range: bool, pixels: str, codec: str, tagged: bool, size: Any) -> Clip:
    picture = yuv_frame(patches(size), pixels, matrix, full_range)
    quality = {"h264": {"crf": "4"}, "hevc": {"crf": "4"}, "vp9": {"crf": "4"}, "av1": {"crf": "4"}}
    return Clip(
        codec=codec,
        frames=2,
        size=size,
        pixels=pixels,
        picture=lambda _: picture,
        matrix=MATRICES[matrix][2] if tagged else None,
        full_range=full_range if tagged else None,
        encoder_options=quality.get(codec, {}),
    )


def error_of(clip: Clip, path: Path) -> float:
    read = patches_of(decode(clip.write(path), 1).frames[0].rgb)
    return float(np.abs(read - PATCHES).max())


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize(("codec", "pixels"), ENCODED)
def test_tagged_video(codec: str, pixels: str, matrix: str, full_range: bool, tmp_path: Path) -> None:
    clip = video_of_patches(matrix, full_range, pixels, codec, True, SD)
    assert error_of(clip, tmp_path / "clip.mp4") <= CODES


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
@pytest.mark.parametrize("full_range", [False, True])
def test_tags_are_found_in_other_containers(suffix: str, full_range: bool, tmp_path: Path) -> None:
    clip = video_of_patches("bt601", full_range, "yuv420p", "h264", True, SD)
    assert error_of(clip, tmp_path / f"clip{suffix}") <= CODES


@pytest.mark.parametrize(("matrix", "size"), [("bt601", SD), ("bt601", (720, 576)), ("bt709", HD)])
@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_untagged_video_is_taken_for_what_its_size_suggests(
    matrix: str, size: Any, codec: str, tmp_path: Path
) -> None:
    clip = video_of_patches(matrix, False, "yuv420p", codec, False, size)
    assert error_of(clip, tmp_path / "clip.mp4") <= CODES


def test_the_wrong_matrix_or_range_would_be_seen() -> None:
    frame = yuv_frame(patches(), "yuv444p", "bt709")
    right, wrong = (colour.frame_to_rgb(_tagged(frame, tag), 1.0) for tag in (1, 6))
    assert np.abs(patches_of(right) - PATCHES).max() <= CODES
    assert np.abs(patches_of(wrong) - PATCHES).max() > 3 * CODES


def _tagged(frame: Any, matrix: int) -> Any:
    frame.colorspace = matrix
    frame.color_range = 1
    return frame


def test_a_kept_scaler_follows_changes_of_size_format_and_tags() -> None:
    scaler = VideoReformatter()
    for size in (SD, (96, 192), SD):
        for pixels in ("yuv420p", "yuv444p", "yuv420p10le"):
            for matrix in ("bt601", "bt709"):
                frame = _tagged(yuv_frame(patches(size), pixels, matrix), MATRICES[matrix][2])
                rgb = colour.frame_to_rgb(frame, 1.0, scaler)
                assert rgb.shape[:2] == (size[1], size[0])
                assert np.abs(patches_of(rgb) - PATCHES).max() <= CODES
                assert (frame.colorspace, frame.color_range) == (MATRICES[matrix][2], 1), (
                    "the frame is not changed"
                )


def test_odd_sizes(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(20, 230, 98).astype(np.uint8), (66, 1))
    clip = Clip(codec="mpeg4", frames=1, size=(97, 65), picture=lambda _: grey_frame(ramp[:65, :97]))
    rgb = decode(clip.write(tmp_path / "clip.mkv")).frames[0].rgb
    assert rgb.shape == (65, 97, 3)


def test_grey_video(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(16, 235, 192).astype(np.uint8), (96, 1))
    clip = Clip(frames=1, size=SD, pixels="gray", picture=lambda _: _grey(ramp), full_range=True)
    rgb = decode(clip.but(encoder_options={"crf": "4"}).write(tmp_path / "clip.mp4")).frames[0].rgb
    assert np.abs(rgb.astype(int) - ramp[:, :, None]).max() <= CODES


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_grey_of_limited_range_is_stretched(codec: str, tmp_path: Path) -> None:
    """The decoder of HEVC, unlike that of H.264, gives grey frames, which the scaler takes for full range."""
    luma = np.tile(np.linspace(16, 235, 192).astype(np.uint8), (96, 1))
    clip = Clip(codec=codec, frames=1, size=SD, pixels="gray", picture=lambda _: _grey(luma))
    rgb = decode(clip.but(full_range=False, encoder_options={"crf": "4"}).write(tmp_path / "a.mp4"))
    shown = rgb.frames[0].rgb.astype(float)
    assert np.abs(shown - (luma[:, :, None] - 16.0) * 255 / 219).max() <= CODES


@pytest.mark.parametrize("used", [False, True])
def test_a_transparent_video_is_laid_over_white(used: bool, tmp_path: Path) -> None:
    """And one whose fourth channel is never set, as in old files of 32 bits, is not."""
    rgba = np.dstack((patches(SD), np.zeros(SD[::-1], np.uint8)))
    rgba[:, SD[0] // 2 :, 3] = 255 * used
    with av.open(str(tmp_path / "a.mov"), "w") as container:
        stream: Any = container.add_stream("qtrle", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SD, "argb"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgba, "rgba").reformat(format="argb")))
        container.mux(stream.encode(None))
    wanted = PATCHES.astype(float).reshape(2, 4, 3)
    if used:
        wanted[:, :2] = 255
    assert np.abs(patches_of(decode(tmp_path / "a.mov").frames[0].rgb) - wanted.reshape(8, 3)).max() <= CODES


@pytest.mark.parametrize("full_range", [False, True])
def test_colours_as_differences_of_green_and_orange(full_range: bool, tmp_path: Path) -> None:
    r, g, b = np.moveaxis(patches(SD) / 255.0, 2, 0)
    y, cg, co = (r + 2 * g + b) / 4, (2 * g - r - b) / 4, (r - b) / 2  # ITU-T H.273, matrix coefficients 8
    if full_range:
        planes = [255 * y, 128 + 255 * cg, 128 + 255 * co]
    else:
        planes = [16 + 219 * y, 128 + 224 * cg, 128 + 224 * co]
    coded = np.rint(np.stack(planes)).clip(0, 255).astype(np.uint8)
    clip = Clip(frames=1, size=SD, pixels="yuv444p", matrix=8, full_range=full_range)
    clip = clip.but(
        picture=lambda _: av.VideoFrame.from_ndarray(coded, format="yuv444p"), encoder_options={"crf": "4"}
    )
    assert error_of(clip, tmp_path / "a.mp4") <= CODES


def _grey(luma: Bytes) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(luma, format="gray")


# ---- stills


def still(path: Path) -> Bytes:
    opened = decode(path)
    assert (opened.info.media_type, opened.info.duration_ms, opened.info.frame_count) == ("image", 0.0, 1)
    (frame,) = opened.frames
    assert (opened.info.width, opened.info.height) == frame.rgb.shape[1::-1]
    assert (frame.index, frame.timestamp_ms) == (0, 0.0)
    return frame.rgb


@pytest.mark.parametrize(
    ("suffix", "options", "codes"),
    [
        (".jpg", {"quality": 98, "subsampling": 0}, 3),
        (".jpg", {"quality": 95, "subsampling": 2, "progressive": True}, 4),
        (".png", {}, 0),
        (".webp", {"lossless": True}, 0),
        (".webp", {"quality": 95}, 8),
    ],
)
def test_colour_stills(suffix: str, options: dict[str, Any], codes: int, tmp_path: Path) -> None:
    path = tmp_path / f"still{suffix}"
    Pillow.fromarray(patches()).save(path, **options)
    assert np.abs(patches_of(still(path)) - PATCHES).max() <= codes
    assert decode(path).info.format == decode(path).info.codec == {".jpg": "jpeg"}.get(suffix, suffix[1:])


def ramp() -> Bytes:
    return np.tile(np.arange(256, dtype=np.uint8), (16, 1))


def test_grey_stills(tmp_path: Path) -> None:
    for name in ("grey.png", "grey.jpg"):
        Pillow.fromarray(ramp()).save(tmp_path / name, quality=100)
        assert np.abs(still(tmp_path / name).astype(int) - ramp()[:, :, None]).max() <= 1


def test_black_and_white(tmp_path: Path) -> None:
    bits = ramp() > 100
    Pillow.fromarray(bits).save(tmp_path / "bits.png")
    assert np.array_equal(still(tmp_path / "bits.png"), np.repeat(bits[:, :, None] * np.uint8(255), 3, 2))


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    wide = np.tile(np.linspace(0, 65535, 512).astype(np.uint16), (16, 1))
    assert cv2.imwrite(str(tmp_path / "wide.png"), wide)
    assert np.abs(still(tmp_path / "wide.png").astype(float) - wide[:, :, None] / 257.0).max() <= 0.5


def test_a_transparent_grey_of_sixteen_bits_is_white(tmp_path: Path) -> None:
    rows = b"".join(b"\0" + struct.pack(">64H", *[20_000] * 32, *[20_001] * 32) for _ in range(48))
    path = tmp_path / "a.png"
    pixels = png_chunk(b"IDAT", zlib.compress(rows))
    path.write_bytes(png(64, 48, png_chunk(b"tRNS", struct.pack(">H", 20_000)), pixels, bits=16, colour=0))
    rgb = still(path)
    assert rgb[24, 10].tolist() == [255] * 3
    assert rgb[24, 50].tolist() == [78] * 3


@pytest.mark.parametrize(("gamma", "others", "decides"), [(1.0, b"", True), (1.0, b"sRGB", False)])
def test_the_gamma_of_a_png_decides_where_nothing_else_does(
    gamma: float, others: bytes, decides: bool, tmp_path: Path
) -> None:
    shown = patches()
    light = (shown / 255.0 + 0.055) / 1.055
    stored = np.rint(255 * np.where(shown <= 10, shown / 255 / 12.92, light**2.4) ** gamma).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in stored)
    said = png_chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))
    if others:
        said += png_chunk(others, b"\0")
    path = tmp_path / "a.png"
    path.write_bytes(png(*SD, said, png_chunk(b"IDAT", zlib.compress(rows))))
    wanted = PATCHES if decides else patches_of(stored)
    assert np.abs(patches_of(still(path)) - wanted).max() <= 6  # steps of light in eight bits


def test_sixteen_bits_of_colour(tmp_path: Path) -> None:
    wide = patches().astype(np.uint16)[:, :, ::-1] * 257
    assert cv2.imwrite(str(tmp_path / "wide.png"), wide)
    assert np.abs(patches_of(still(tmp_path / "wide.png")) - PATCHES).max() <= 1


def test_palettes(tmp_path: Path) -> None:
    Pillow.fromarray(patches()).quantize(16).save(tmp_path / "palette.png")
    assert np.abs(patches_of(still(tmp_path / "palette.png")) - PATCHES).max() <= 1


def test_cmyk_as_adobe_stores_it(tmp_path: Path) -> None:
    Pillow.fromarray(patches()).convert("CMYK").save(tmp_path / "print.jpg", quality=98)
    # Without a profile the conversion is the plain one of browsers: near, and above all not inverted.
    assert np.abs(patches_of(still(tmp_path / "print.jpg")) - PATCHES).max() <= 6


def over_white(rgb: Bytes, alpha: Bytes) -> Any:
    share = alpha[:, :, None] / 255.0
    return rgb * share + 255.0 * (1 - share)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_alpha_is_laid_over_white(suffix: str, tmp_path: Path) -> None:
    rgb = patches((256, 64))
    alpha = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    path = tmp_path / f"alpha{suffix}"
    Pillow.fromarray(np.dstack([rgb, alpha])).save(path, lossless=True, exact=True)
    assert np.abs(still(path) - over_white(rgb, alpha)).max() <= 1
    assert (still(path)[:, 0] == 255).all(), "what is quite transparent does not show its colour"


def test_grey_with_alpha(tmp_path: Path) -> None:
    grey, alpha = ramp(), np.repeat(np.arange(16, dtype=np.uint8)[:, None] * 17, 256, 1)
    Pillow.merge("LA", (Pillow.fromarray(grey), Pillow.fromarray(alpha))).save(tmp_path / "alpha.png")
    expected = over_white(np.repeat(grey[:, :, None], 3, 2), alpha)
    assert np.abs(still(tmp_path / "alpha.png") - expected).max() <= 1


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_one_transparent_colour(mode: str, tmp_path: Path) -> None:
    image = Pillow.fromarray(patches()).convert(mode)
    key = image.getpixel((0, 0))
    image.save(tmp_path / "key.png", transparency=key)
    keyed = np.asarray(image)[:, :, None] if mode != "RGB" else np.asarray(image)
    transparent = (keyed == np.array(key)).all(2) if mode != "1" else np.asarray(image) == bool(key)
    expected = np.where(transparent[:, :, None], 255, np.asarray(image.convert("RGB")))
    assert transparent.any()
    assert np.array_equal(still(tmp_path / "key.png"), expected)


def test_palette_with_several_transparencies(tmp_path: Path) -> None:
    image = Pillow.fromarray(patches()).quantize(8)
    image.save(tmp_path / "palette.png", transparency=bytes([0, 128, *([255] * 6)]))
    indexes = np.asarray(image)
    alpha = np.array([0, 128, *([255] * 6)], np.uint8)[indexes]
    expected = over_white(np.asarray(image.convert("RGB")), alpha)
    assert np.abs(still(tmp_path / "palette.png") - expected).max() <= 1


# ---- profiles


def swapped_profile() -> bytes:
    """Return an sRGB profile whose red and blue primaries change places: red pixels mean blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    at = {bytes(profile[i : i + 4]): i + 4 for i in range(132, 132 + 12 * count, 12)}
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    profile[red : red + 8], profile[blue : blue + 8] = profile[blue : blue + 8], profile[red : red + 8]
    return bytes(profile)


@pytest.mark.parametrize(
    ("suffix", "mode"), [(".png", "RGB"), (".jpg", "RGB"), (".webp", "RGB"), (".png", "RGBA"), (".png", "P")]
)
def test_embedded_profiles_are_applied(suffix: str, mode: str, tmp_path: Path) -> None:
    image = Pillow.new("RGB", (64, 64), (200, 40, 20))
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    path = tmp_path / f"profiled{suffix}"
    image.save(path, icc_profile=swapped_profile(), quality=98, lossless=True)
    red, _, blue = still(path)[32, 32].astype(int)
    assert (red, blue) == (pytest.approx(20, abs=12), pytest.approx(200, abs=12))


def grey_profile(gamma: float) -> bytes:
    """Build a grey profile (ICC.1:2010) whose curve is a power."""
    curve = b"curv" + bytes(4) + (1).to_bytes(4, "big") + round(gamma * 256).to_bytes(2, "big") + bytes(2)
    white = b"XYZ " + bytes(4) + b"".join(round(v * 65536).to_bytes(4, "big") for v in (0.9642, 1.0, 0.8249))
    tags = [(b"kTRC", curve), (b"wtpt", white)]
    table, data, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags:
        table += name + at.to_bytes(4, "big") + len(content).to_bytes(4, "big")
        data += content
        at += len(content)
    body = len(tags).to_bytes(4, "big") + table + data
    header = bytearray(128)
    header[0:4] = (128 + len(body)).to_bytes(4, "big")
    header[8:12] = b"\x02\x10\x00\x00"
    header[12:24] = b"mntrGRAYXYZ "
    header[36:40] = b"acsp"
    header[68:80] = b"".join(round(v * 65536).to_bytes(4, "big") for v in (0.9642, 1.0, 0.8249))
    return bytes(header) + body


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_is_applied_to_grey(mode: str, tmp_path: Path) -> None:
    Pillow.new("L", (64, 64), 128).convert(mode).save(tmp_path / "grey.png", icc_profile=grey_profile(1.0))
    # Linear 128 / 255 is 188 in sRGB.
    assert still(tmp_path / "grey.png")[32, 32].tolist() == pytest.approx([188, 188, 188], abs=2)


@pytest.mark.parametrize(
    "profile", [b"not a profile", bytes(200), swapped_profile()[:300], grey_profile(1.0)]
)
def test_a_profile_that_does_not_fit_is_left_alone(profile: bytes, tmp_path: Path) -> None:
    Pillow.fromarray(patches()).save(tmp_path / "profiled.png", icc_profile=profile)
    assert np.array_equal(still(tmp_path / "profiled.png"), patches())


def test_a_transform_is_the_same_in_strips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (61, 47, 4), np.uint8)
    Pillow.fromarray(noise).save(tmp_path / "noise.png", icc_profile=swapped_profile())
    whole = still(tmp_path / "noise.png")
    monkeypatch.setattr(colour, "_STRIP_PIXELS", 47 * 7)
    assert np.array_equal(still(tmp_path / "noise.png"), whole)
