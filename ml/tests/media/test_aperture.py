"""Videos of which a part is shown: the codec or the container cuts away the rest, as players do."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from hostile import MEDIA, box, element, rebuilt
from media_factory import Bytes, Clip, cornered, corners_of, yuv_frame
from opened import decode

from detector.contracts import Limits
from detector.media.aperture import Cut
from detector.media.preview import make_preview

LEFT, TOP, RIGHT, BOTTOM = 40, 20, 24, 16
STORED = 96 + LEFT + RIGHT, 64 + TOP + BOTTOM
UPRIGHT = "rgxb"

Rebuild = Callable[[bytes], bytes]


def clip() -> Clip:
    """Return a clip whose corners are coloured inside of black bars."""
    framed = np.zeros((*STORED[::-1], 3), np.uint8)
    framed[TOP:-BOTTOM, LEFT:-RIGHT] = cornered()
    picture = yuv_frame(framed, matrix="bt601")
    return Clip(frames=3, size=STORED, picture=lambda _: picture)


def clean_aperture(data: bytes) -> bytes:
    """Describe the part in an MP4 by its size and by how far its middle is from the picture's."""
    offsets = LEFT - RIGHT, TOP - BOTTOM
    part = box(b"clap", struct.pack(">IIIIiIiI", 96, 1, 64, 1, offsets[0], 2, offsets[1], 2))

    def described(entries: bytes) -> bytes:
        size = int.from_bytes(entries[8:12], "big") + len(part)
        return entries[:8] + struct.pack(">I", size) + entries[12:] + part

    return rebuilt(data, (*MEDIA, b"minf", b"stbl", b"stsd"), described)


def pixel_crop(data: bytes) -> bytes:
    """Name in a Matroska file what is cut away at each side."""
    sides = ((0x54CC, LEFT), (0x54BB, TOP), (0x54DD, RIGHT), (0x54AA, BOTTOM))
    more = b"".join(element(name, bytes([count])) for name, count in sides)
    shown = element(0x54B0, b"\x60") + element(0x54BA, b"\x40")
    return _with_elements(data, (0x18538067, 0x1654AE6B, 0xAE, 0xE0), more + shown)


def _with_elements(data: bytes, names: Sequence[int], more: bytes) -> bytes:
    if not names:
        return data + more
    made, at = b"", 0
    while at < len(data):
        widths = [9 - data[at].bit_length()]
        widths.append(9 - data[at + widths[0]].bit_length())
        name = int.from_bytes(data[at : at + widths[0]], "big")
        begin = at + sum(widths)
        size = int.from_bytes(data[at + widths[0] : begin], "big") & ((1 << 7 * widths[1]) - 1)
        content = data[begin : begin + size]
        if name == names[0]:
            content = _with_elements(content, names[1:], more)
        made += b"" if 0x54B0 <= name <= 0x54BA else element(name, content)  # the size at which it is shown
        at = begin + size
    return made


CONTAINERS: dict[str, Rebuild] = {".mp4": clean_aperture, ".mov": clean_aperture, ".mkv": pixel_crop}


def shows_the_part(path: Path, corners: str, size: tuple[int, int]) -> None:
    opened = decode(path)
    assert (opened.info.width, opened.info.height) == size
    for frame in opened.frames:
        assert frame.rgb.shape[1::-1] == size
        assert corners_of(frame.rgb) == corners
        assert frame.rgb.max(2).min() > 60, "no bar is left"


def test_what_the_codec_cuts_away_is_not_shown(tmp_path: Path) -> None:
    """FFmpeg rounds the left side away, which keeps its pictures aligned."""
    sides = {"x264-params": f"crop-rect={LEFT},{TOP},{RIGHT},{BOTTOM}"}
    shows_the_part(clip().but(encoder_options=sides).write(tmp_path / "a.ts"), UPRIGHT, (96, 64))


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("suffix", CONTAINERS)
def test_what_the_container_cuts_away_is_not_shown(suffix: str, turn: int, tmp_path: Path) -> None:
    path = clip().but(rotation=turn).write(tmp_path / f"a{suffix}")
    path.write_bytes(CONTAINERS[suffix](path.read_bytes()))
    corners, size = (UPRIGHT, (96, 64)) if turn == 0 else ("gxbr", (64, 96))
    shows_the_part(path, corners, size)
    preview = tmp_path / "preview.mp4"
    make_preview(path, preview, Limits(), 60.0, 1 << 24, lambda: None)
    shows_the_part(preview, corners, size)
    with av.open(str(preview)) as made:  # not all browsers cut anything away
        assert (made.streams.video[0].width, made.streams.video[0].height) == size


@pytest.mark.parametrize("size", [(80, 50), (40, 25)])
def test_a_cut_follows_the_scale_of_a_picture(size: tuple[int, int]) -> None:
    pixels: Bytes = np.zeros((*size[::-1], 3), np.uint8)
    assert Cut(LEFT, TOP, RIGHT, BOTTOM).of(pixels, *STORED).shape[1::-1] == (
        size[0] * 96 // STORED[0],
        size[1] * 64 // STORED[1],
    )
    assert Cut(left=STORED[0]).of(pixels, *STORED).shape == pixels.shape, "nothing would be left"


def test_a_fraction_without_sense_cuts_nothing_away(tmp_path: Path) -> None:
    path = clip().write(tmp_path / "a.mp4")
    sound = b"clap" + struct.pack(">II", 96, 1)
    path.write_bytes(clean_aperture(path.read_bytes()).replace(sound, b"clap" + struct.pack(">II", 96, 0)))
    opened = decode(path)
    assert (opened.info.width, opened.info.height) == STORED
