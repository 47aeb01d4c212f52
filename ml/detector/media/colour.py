"""Decoded pixels to ``(H, W, 3) uint8`` sRGB in display orientation."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import av
import cv2
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms

from detector.contracts import Image
from detector.media import orientation
from detector.media.aperture import WHOLE, Cut
from detector.media.fields import top_field, woven
from detector.media.tone import mapped, needs_mapping, stated

# ISO/IEC 23091-2 matrix coefficients as FFmpeg numbers them (AVColorSpace) -> the scaler's tables.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_UNKNOWN, _YCGCO, _BT2020 = (0, 2), 8, 9
_LIMITED = 1  # AVCOL_RANGE_MPEG
_WIDE_GREY = ("I;16", "I;16L", "I;16B", "I")  # Pillow's modes for grey of 16 bits
_STRIP_PIXELS = 250_000  # converted at a time: intermediate copies stay small, and in memory that is reused


Turns = dict[int, int]
"""Rotations of a video's frames, in degrees, and the Exif value of each."""


def frame_to_rgb(
    frame: av.VideoFrame,
    sample_aspect: float,
    scaler: VideoReformatter | None = None,
    factor: int = 1,
    turns: Turns | None = None,
    cut: Cut = WHOLE,
) -> Image:
    """Convert a decoded video frame to what a viewer sees.

    That is its matrix and range, HDR and wide colours mapped to an ordinary screen's, transparent parts over
    white, fields separated, pixel aspect, without what the container has ``cut`` away, then the turn of its
    display matrix. A frame that does not name its matrix is BT.709 from 720p up and BT.601 below, as players
    do. ``factor`` reduces both sides. ``scaler`` and ``turns`` are only kept work: passing the same ones
    again for frames of one video takes less time and memory.
    """
    size = (max(1, shown_width(frame.width, sample_aspect) // factor), max(1, frame.height // factor))
    matrix, coding = _matrix(frame), coding_of(frame)
    rgb = _over_white(_converted(frame, size, matrix, coding, scaler or VideoReformatter()), frame)
    if frame.interlaced_frame and frame.height > 2:
        single = top_field(frame)
        shown = _over_white(_converted(single, size, matrix, coding, VideoReformatter()), single)
        rgb = woven(rgb, shown)
    return orientation.oriented(cut.of(rgb, frame.width, frame.height), frame_orientation(frame, turns))


def scaled_rgb(frame: av.VideoFrame, size: tuple[int, int], scaler: VideoReformatter) -> Image:
    """Convert a frame to its colours on an ordinary screen, at ``(width, height)`` pixels; not turned."""
    return _over_white(_converted(frame, size, _matrix(frame), coding_of(frame), scaler), frame)


def coding_of(frame: av.VideoFrame) -> tuple[int, int]:
    """Return transfer characteristics and colour primaries (ISO/IEC 23091-2)."""
    return stated(int(frame.color_trc), int(frame.color_primaries))


def _matrix(frame: av.VideoFrame) -> Colorspace:
    stated_matrix = int(frame.colorspace)
    if stated_matrix in _UNKNOWN and coding_of(frame)[1] == _BT2020:
        return Colorspace.BT2020
    large = frame.height > 576 or frame.width > 1024
    return _MATRICES.get(stated_matrix, Colorspace.ITU709 if large else Colorspace.ITU601)


def _converted(
    frame: av.VideoFrame,
    size: tuple[int, int],
    matrix: Colorspace,
    coding: tuple[int, int],
    scaler: VideoReformatter,
) -> Image:
    mapping, differences = needs_mapping(*coding), _of_differences(frame)
    form = "yuv444p16le" if differences else "rgb48le" if mapping else "rgb24"
    shown = scaler.reformat(
        frame,
        width=size[0],
        height=size[1],
        format=form,
        src_colorspace=matrix,
        dst_colorspace=matrix if differences else None,
        interpolation=Interpolation.BICUBIC,
    )
    pixels: NDArray[Any] = shown.to_ndarray()
    if differences:
        pixels = _from_ycgco(pixels, limited=int(shown.color_range) == _LIMITED)
    elif _is_limited_grey(frame):
        pixels = _stretched(pixels)
    if mapping:
        return mapped(np.asarray(pixels, np.uint16), *coding)
    return np.asarray(pixels >> 8 if differences else pixels, np.uint8)


def _over_white(rgb: Image, frame: av.VideoFrame) -> Image:
    """Lay the frame's colours over white where it is transparent, as stills are."""
    if not _has_alpha(frame):
        return rgb
    height, width, _ = rgb.shape
    rgba = VideoReformatter().reformat(frame, width=width, height=height, format="rgba").to_ndarray()
    alpha = np.asarray(rgba[:, :, 3:], np.uint16)
    if not alpha.any():  # a channel that is stored and not used
        return rgb
    return np.asarray((rgb * alpha + 255 * (255 - alpha) + 127) // 255, np.uint8)


def _has_alpha(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components)


def is_ordinary(frame: av.VideoFrame) -> bool:
    """Return whether the scaler alone converts the frame to what an ordinary screen shows."""
    odd = _of_differences(frame) or _is_limited_grey(frame) or _has_alpha(frame)
    return not (odd or needs_mapping(*coding_of(frame)))


def _is_limited_grey(frame: av.VideoFrame) -> bool:
    """Return whether grey is of limited range: the scaler takes it for full range whatever it says."""
    return frame.format.name.startswith("gray") and int(frame.color_range) == _LIMITED


def _of_differences(frame: av.VideoFrame) -> bool:
    """Return whether the frame is coded as YCgCo, which the scaler does not know."""
    return int(frame.colorspace) == _YCGCO and not frame.format.is_rgb and len(frame.planes) >= 3


def _from_ycgco(planes: NDArray[Any], *, limited: bool) -> NDArray[np.uint16]:
    """Convert ``(H, W, 3)`` of 16 bits to RGB (ITU-T H.273, matrix coefficients 8)."""
    y, cg, co = (planes[:, :, i].astype(np.float32) for i in range(3))
    if limited:
        y = (y - 16 * 256) * np.float32(65535 / (219 * 256))
    spread = np.float32(65535 / (224 * 256) if limited else 1.0)
    cg, co = (cg - 32768) * spread, (co - 32768) * spread
    rgb = np.stack((y - cg + co, y + cg, y - cg - co), 2)
    return np.clip(rgb + 0.5, 0, 65535).astype(np.uint16)


def _stretched(rgb: NDArray[Any]) -> NDArray[Any]:
    """Return RGB whose black is at 16 of 255 and its white at 235 at full range."""
    most = np.iinfo(rgb.dtype).max
    codes = np.arange(most + 1, dtype=np.float64) / most
    table = np.clip(np.rint((codes - 16 / 255) * (255 / 219) * most), 0, most).astype(rgb.dtype)
    stretched: NDArray[Any] = table[rgb]
    return stretched


def shown_width(width: int, sample_aspect: float) -> int:
    """Return the width at which pixels that are ``sample_aspect`` times as wide as high become square."""
    return width if 0.99 < sample_aspect < 1.01 else max(1, round(width * sample_aspect))


def frame_orientation(frame: av.VideoFrame, turns: Turns | None = None) -> int:
    """Return the Exif value of the frame's display matrix, mirroring included.

    PyAV's frames and their side data refer to each other, so that each frame looked into stays in memory
    until the next garbage collection; ``turns`` keeps what was found for a rotation.
    """
    if turns is None:
        return _turn(frame)
    rotation = frame.rotation
    if rotation not in turns:
        turns[rotation] = _turn(frame)
    return turns[rotation]


def _turn(frame: av.VideoFrame) -> int:
    try:
        side_data: Any = frame.side_data
        matrix = side_data.get(SideDataType.DISPLAYMATRIX)
    except ValueError:  # side data of a kind that PyAV cannot name
        return orientation.of_quarter_turns(round(frame.rotation / 90))
    if matrix is None:
        return orientation.UPRIGHT
    return orientation.of_display_matrix(np.frombuffer(bytes(matrix), np.int32).tolist())


def still_to_rgb(image: Pillow.Image, exif_orientation: int, factor: int = 1) -> Image:
    """Convert a decoded still: alpha over white, embedded profile to sRGB, 16 bit scaled to 8, then turned.

    ``factor`` reduces both sides, averaging over areas. Needs the memory of the stored picture and of the
    result, and little more.
    """
    convert = _converter(image)
    height, width = max(1, image.height // factor), max(1, image.width // factor)
    rgb = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // image.width // factor)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        part = convert(image.crop((0, factor * top, image.width, min(factor * bottom, image.height))))
        if factor > 1:
            smaller = cv2.resize(part, (width, bottom - top), interpolation=cv2.INTER_AREA)
            part = np.asarray(smaller, np.uint8).reshape(bottom - top, width, -1)
        rgb[top:bottom] = part
    return orientation.oriented(rgb, exif_orientation)


def _converter(image: Pillow.Image) -> Callable[[Pillow.Image], Image]:
    """Return what turns a part of ``image`` into ``(h, w, 3) uint8``, or ``(h, w, 1)`` for wide grey."""
    if image.mode in _WIDE_GREY:
        clear = image.info.get("transparency")
        return partial(_wide_grey, clear=clear if isinstance(clear, int) else None)
    flatten = _flattener(image)
    to_srgb = _profile_transform(image.info.get("icc_profile"), flatten(image.crop((0, 0, 1, 1))).mode)

    def convert(part: Pillow.Image) -> Image:
        flat = flatten(part)
        if to_srgb:
            return np.asarray(to_srgb(flat), np.uint8)
        return np.asarray(flat if flat.mode == "RGB" else flat.convert("RGB"), np.uint8)

    return convert


def _wide_grey(part: Pillow.Image, clear: int | None = None) -> Image:
    wide = np.asarray(part, np.float32)
    grey: Image = np.clip(np.rint(wide / 257.0), 0, 255).astype(np.uint8)
    if clear is not None:
        grey[wide == clear] = 255
    return grey[:, :, None]


def _flattener(image: Pillow.Image) -> Callable[[Pillow.Image], Pillow.Image]:
    """Return what brings a part to L, RGB or CMYK, transparent pixels over white."""
    transparent = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info
    target = "L" if image.mode in ("1", "L", "LA", "La") else "CMYK" if image.mode == "CMYK" else "RGB"

    def flatten(part: Pillow.Image) -> Pillow.Image:
        if transparent:
            rgba = part.convert("RGBA")
            part = Pillow.alpha_composite(Pillow.new("RGBA", rgba.size, (255, 255, 255, 255)), rgba)
        return part if part.mode == target else part.convert(target)

    return flatten


def _profile_transform(profile: Any, mode: str) -> Callable[[Pillow.Image], Pillow.Image] | None:
    if not profile:
        return None
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(embedded, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # A damaged profile says nothing about the pixels; browsers ignore it too.
    return lambda part: ImageCms.applyTransform(part, transform) or part
