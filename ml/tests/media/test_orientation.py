"""Frames in display orientation: rotation matrices, mirroring, Exif, pixels that are not square."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hostile import broken_packets
from media_factory import Clip, boxes, cornered, corners_of, yuv_frame
from opened import decode
from PIL import Image as Pillow

from detector.media import orientation

# What Exif orientations ask for, in Pillow's words.
SHOWN = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
BACK = {**SHOWN, 6: SHOWN[8], 8: SHOWN[6]}
UPRIGHT = "rgxb"


def corner_clip() -> Clip:
    picture = yuv_frame(cornered(), matrix="bt601")
    return Clip(frames=4, picture=lambda _: picture)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(
    ("turn", "corners"),
    [(0, UPRIGHT), (90, "gxbr"), (180, "xbrg"), (270, "brgx"), (-90, "brgx")],
)
def test_turned_videos(turn: int, corners: str, suffix: str, tmp_path: Path) -> None:
    opened = decode(corner_clip().but(rotation=turn).write(tmp_path / f"clip{suffix}"), 2)
    size = (96, 64) if turn % 180 == 0 else (64, 96)
    assert (opened.info.width, opened.info.height) == size
    for frame in opened.frames:
        assert frame.rgb.shape[1::-1] == size
        assert corners_of(frame.rgb) == corners


@pytest.mark.parametrize("broken", [1, 10])
def test_a_turned_video_whose_start_is_damaged(broken: int, tmp_path: Path) -> None:
    path = corner_clip().but(codec="mpeg4", frames=24, gop=2, rotation=90).write(tmp_path / "clip.mov")
    opened = decode(broken_packets(path, 0, broken - 1, noise=False), 24)
    assert (opened.info.width, opened.info.height) == (64, 96)
    assert opened.damaged > 0
    assert len(opened.frames) >= 12
    for frame in opened.frames:
        assert frame.scale == (1.0, 1.0)
        assert corners_of(frame.rgb) == "gxbr"


@pytest.mark.parametrize(("turn", "corners"), [(0, "grbx"), (90, "xgrb"), (180, "bxgr"), (270, "rbxg")])
def test_mirrored_videos(turn: int, corners: str, tmp_path: Path) -> None:
    path = corner_clip().but(rotation=turn, mirrored=True).write(tmp_path / "clip.mp4")
    frame = decode(path, 1).frames[0]
    expected = _shown_by_matrix(path)
    assert corners_of(frame.rgb) == expected
    assert sorted(corners) == sorted(expected)


def _shown_by_matrix(path: Path) -> str:
    """Send the corners where the track header's matrix says, by its definition."""
    data = path.read_bytes()
    ((start, _),) = boxes(data, b"moov", b"trak", b"tkhd")
    numbers = [
        int.from_bytes(data[at : at + 4], "big", signed=True) for at in range(start + 40, start + 76, 4)
    ]
    a, b, c, d = (np.sign(numbers[i]) for i in (0, 1, 3, 4))
    stored = {(-1, -1): "r", (1, -1): "g", (1, 1): "x", (-1, 1): "b"}
    shown = {(a * x + c * y, b * x + d * y): name for (x, y), name in stored.items()}
    return "".join(shown[at] for at in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def test_turns_between_quarters_are_rounded() -> None:
    cos, sin = round(0.9 * 65536), round(0.4358 * 65536)
    assert orientation.of_display_matrix([cos, sin, 0, -sin, cos, 0, 0, 0, 1 << 30]) == 1
    assert orientation.of_display_matrix([sin, cos, 0, -cos, sin, 0, 0, 0, 1 << 30]) == 6
    assert orientation.of_display_matrix([0] * 9) == 1


def test_quarter_turns_agree_with_their_matrices() -> None:
    one = 65536
    matrices = {
        0: [one, 0, 0, 0, one],
        1: [0, -one, 0, one, 0],
        2: [-one, 0, 0, 0, -one],
        3: [0, one, 0, -one, 0],
    }
    for turns, matrix in matrices.items():
        assert orientation.of_quarter_turns(turns) == orientation.of_display_matrix(
            [*matrix, 0, 0, 0, 1 << 30]
        )
        assert orientation.of_quarter_turns(turns - 4) == orientation.of_quarter_turns(turns)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize(
    ("aspect", "turn", "size"),
    [
        (Fraction(2), 0, (192, 64)),
        (Fraction(4, 3), 0, (128, 64)),
        (Fraction(1, 2), 0, (48, 64)),
        (Fraction(1), 0, (96, 64)),
        (Fraction(2), 90, (64, 192)),
    ],
)
def test_pixels_that_are_not_square(
    aspect: Fraction, turn: int, size: tuple[int, int], suffix: str, tmp_path: Path
) -> None:
    opened = decode(
        corner_clip().but(sample_aspect=aspect, rotation=turn).write(tmp_path / f"clip{suffix}"), 1
    )
    assert (opened.info.width, opened.info.height) == size
    assert opened.frames[0].rgb.shape[1::-1] == size
    assert corners_of(opened.frames[0].rgb) == (UPRIGHT if turn == 0 else "gxbr")


@pytest.mark.parametrize("aspect", [Fraction(12), Fraction(1, 12)])
def test_a_pixel_aspect_that_nobody_can_mean_is_ignored(aspect: Fraction, tmp_path: Path) -> None:
    opened = decode(corner_clip().but(sample_aspect=aspect).write(tmp_path / "clip.mkv"), 1)
    assert (opened.info.width, opened.info.height) == (96, 64)
    assert opened.frames[0].rgb.shape == (64, 96, 3)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jpg", ".avif"])
@pytest.mark.parametrize("value", range(1, 9))
def test_every_exif_orientation(value: int, suffix: str, tmp_path: Path) -> None:
    upright = Pillow.fromarray(cornered())
    stored = upright.transpose(BACK[value]) if value in BACK else upright
    exif = Pillow.Exif()
    exif[0x0112] = value
    path = tmp_path / f"still{suffix}"
    stored.save(path, exif=exif, lossless=True, quality=95)
    opened = decode(path)
    assert (opened.info.width, opened.info.height) == (96, 64)
    shown = opened.frames[0].rgb
    assert corners_of(shown) == UPRIGHT
    if suffix in (".png", ".webp"):
        assert np.array_equal(shown, cornered())
    assert shown.flags.c_contiguous


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_exif_orientations_that_do_not_exist(value: int, tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = value
    Pillow.fromarray(cornered()).save(tmp_path / "still.png", exif=exif)
    assert np.array_equal(decode(tmp_path / "still.png").frames[0].rgb, cornered())


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x01", b"Exif\0\0" + b"\xff" * 60, b"x" * 9]
)
def test_damaged_exif_does_not_cost_the_picture(exif: bytes, tmp_path: Path) -> None:
    for name in ("still.png", "still.webp"):
        Pillow.fromarray(cornered()).save(tmp_path / name, exif=exif, lossless=True)
        assert np.array_equal(decode(tmp_path / name).frames[0].rgb, cornered())
    Pillow.fromarray(cornered()).save(tmp_path / "still.jpg", exif=exif)
    assert corners_of(decode(tmp_path / "still.jpg").frames[0].rgb) == UPRIGHT


def test_exif_after_the_pixels_of_a_png(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(cornered()).transpose(BACK[6]).save(tmp_path / "still.png", exif=exif)
    data = (tmp_path / "still.png").read_bytes()
    at = data.index(b"eXIf") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], "big")
    tail = data.index(b"IEND") - 4
    (tmp_path / "late.png").write_bytes(data[:at] + data[end:tail] + data[at:end] + data[tail:])
    opened = decode(tmp_path / "late.png")
    assert (opened.info.width, opened.info.height) == (96, 64)
    assert np.array_equal(opened.frames[0].rgb, cornered())


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_the_orientation_that_xmp_names_is_not_followed(suffix: str, tmp_path: Path) -> None:
    """No browser follows it, although Pillow does."""
    said = b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    path = tmp_path / f"a{suffix}"
    Pillow.fromarray(cornered()).save(path, xmp=said)
    opened = decode(path)
    assert (opened.info.width, opened.info.height) == (96, 64)
    assert corners_of(opened.frames[0].rgb) == UPRIGHT
