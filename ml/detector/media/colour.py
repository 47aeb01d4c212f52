"""Decoded pixels to ``(H, W, 3) uint8`` sRGB in display orientation."""

from __future__ import annotations

import io

import av
import numpy as np
from av.video.reformatter import Colorspace, Interpolation
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps

from detector.contracts import Image

# ISO/IEC 23091-2 matrix coefficients as FFmpeg numbers them (AVColorSpace) -> the scaler's tables.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
}
_MAX_CODE = {"I;16": 65535.0, "I;16L": 65535.0, "I;16B": 65535.0, "I": 65535.0, "F": 1.0}


def frame_to_rgb(frame: av.VideoFrame, sample_aspect: float) -> Image:
    """Convert a decoded video frame: matrix and range, pixel aspect, then rotation by its display matrix.

    A frame that does not name its matrix is BT.709 from 720p up and BT.601 below, as players do.
    """
    matrix = _MATRICES.get(int(frame.colorspace))
    if matrix is None:
        matrix = Colorspace.ITU709 if frame.height > 576 or frame.width > 1024 else Colorspace.ITU601
    width = frame.width if 0.99 < sample_aspect < 1.01 else max(1, round(frame.width * sample_aspect))
    rgb = frame.reformat(
        width=width, format="rgb24", src_colorspace=matrix, interpolation=Interpolation.BICUBIC
    ).to_ndarray()
    quarter_turns = round(frame.rotation / 90.0) % 4
    return np.ascontiguousarray(np.rot90(rgb, quarter_turns)) if quarter_turns else rgb


def still_to_rgb(image: Pillow.Image) -> Image:
    """Convert an opened still: EXIF orientation, embedded profile to sRGB, alpha over white, 16 bit scaled to 8."""
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode in _MAX_CODE:
        return _wide_grey(image)
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Pillow.alpha_composite(Pillow.new("RGBA", rgba.size, (255, 255, 255, 255)), rgba).convert(
            "RGB"
        )
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _to_srgb(image, profile)
    return np.asarray(image.convert("RGB"), np.uint8)


def _wide_grey(image: Pillow.Image) -> Image:
    grey = np.asarray(image, np.float32) * (255.0 / _MAX_CODE[image.mode])
    return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _to_srgb(image: Pillow.Image, profile: bytes) -> Pillow.Image:
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # A damaged profile says nothing about the pixels; browsers ignore it too.
    return converted if converted is not None else image
