"""Where the score came from, drawn on the real pixels: overlays on the crop and on the whole frame.

The map is rectified and coloured with cividis, whose order survives every common colour blindness (Nuñez et
al., 2018); it is mixed in by its own strength, so that pixels without influence stay as they are. It shows
where the score came from, not where an edit is.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from detector.contracts import Box, CropSpec, Floats, Image
from detector.faces.crop import crop_matrix

_STRONGEST = 0.65  # opacity of the strongest cell
_SCALE_HEIGHT = 26  # pixels of the scale below the crop
_BOX_WIDTH = 3
_DARK, _LIGHT = (15, 20, 27), (255, 255, 255)


def rectified(cam: Floats) -> Floats:
    """Return ``max(cam, 0)`` scaled to [0, 1]; all zero where no cell raises the logit."""
    positive = np.maximum(cam, 0.0)
    top = float(positive.max())
    return np.asarray(positive / top if top > 0 else positive, np.float32)


def overlay_crop(crop: Image, cam: Floats) -> Image:
    """Draw the map on the ``(S, S, 3)`` crop, with its scale below: ``(S + 26, S, 3)``.

    The scale is the share of the strongest cell's contribution, whose value in logits is written beside it.
    """
    side = crop.shape[0]
    strength = cv2.resize(rectified(cam), (side, side), interpolation=cv2.INTER_CUBIC)
    drawn = _mixed(crop, np.clip(strength, 0.0, 1.0))
    return np.concatenate([drawn, _scale(crop.shape[1], float(np.maximum(cam, 0.0).max()))])


def overlay_frame(
    picture: Image, scale: float, box: Box, landmarks: Floats | None, cam: Floats, spec: CropSpec, label: str
) -> Image:
    """Draw the map and the face's box with its label on a frame that was reduced by ``scale``."""
    to_crop = crop_matrix(box, landmarks, spec)
    to_crop[:, :2] /= scale
    drawn = picture.copy()
    left, top, right, bottom = _reach(to_crop, spec.size, picture.shape[:2])
    if left < right and top < bottom:
        strength = cv2.resize(rectified(cam), (spec.size, spec.size), interpolation=cv2.INTER_CUBIC)
        to_crop[:, 2] += to_crop[:, :2] @ (left, top)
        placed = cv2.warpAffine(
            strength,
            to_crop,
            (right - left, bottom - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderValue=0.0,
        )
        inside = drawn[top:bottom, left:right]
        inside[:] = _mixed(inside, np.clip(placed, 0.0, 1.0))
    return _boxed(drawn, tuple(round(v * scale) for v in box), label)


def _reach(to_crop: NDArray[np.float64], size: int, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the part of the picture that the crop covers: left, top, right, bottom, within the picture."""
    corners = np.asarray([(x, y, 1.0) for x in (-1, size) for y in (-1, size)])
    places = corners @ cv2.invertAffineTransform(to_crop).T
    left, top = np.clip(np.floor(places.min(axis=0)), 0, shape[1::-1]).astype(int).tolist()
    right, bottom = np.clip(np.ceil(places.max(axis=0)) + 1, 0, shape[1::-1]).astype(int).tolist()
    return left, top, right, bottom


def _mixed(image: Image, strength: Floats) -> Image:
    colours = _coloured(np.rint(strength * 255.0).astype(np.uint8))
    # One value per colour of each pixel: NumPy's loops over three are slow.
    opacity = cv2.merge([strength * _STRONGEST] * 3)
    mixed = image.astype(np.float32)
    mixed *= 1.0 - opacity
    mixed += colours * opacity
    return np.asarray(cv2.convertScaleAbs(mixed), np.uint8)


def _coloured(codes: Image) -> Image:
    """Return the colours ``(H, W, 3)`` of ``(H, W)`` codes."""
    return np.asarray(cv2.LUT(cv2.merge([codes] * 3), _colours()), np.uint8)


@lru_cache(maxsize=1)
def _colours() -> Image:
    """Return the colour of each code, ``(256, 1, 3)``; OpenCV works its map out anew at each call."""
    codes = np.arange(256, dtype=np.uint8)[:, None]
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(codes, cv2.COLORMAP_CIVIDIS), cv2.COLOR_BGR2RGB))


def _scale(width: int, top: float) -> Image:
    ramp = np.tile(np.linspace(0, 255, width).astype(np.uint8), (8, 1))
    canvas = Pillow.new("RGB", (width, _SCALE_HEIGHT), _DARK)
    canvas.paste(Pillow.fromarray(_coloured(ramp)), (0, 0))
    font = ImageFont.load_default(11)
    draw = ImageDraw.Draw(canvas)
    least, most = "no influence", f"most (+{top:.2f})"
    if draw.textlength(f"{least}  {most}", font=font) > width - 6:
        least = "none"
    draw.text((3, 10), least, fill=_LIGHT, font=font)
    draw.text((width - 3, 10), most, fill=_LIGHT, font=font, anchor="ra")
    return np.asarray(canvas, np.uint8)


def _boxed(image: Image, box: tuple[int, ...], label: str) -> Image:
    """Draw the box and its label on the picture, and return it."""
    font = ImageFont.load_default(max(12, image.shape[0] // 40))
    left, top, right, bottom = map(round, font.getbbox(label))
    x, y = box[0], max(0, box[1] - (bottom - top) - 8)
    # Only the part that is drawn on goes through Pillow, which copies what it is given. Around a box that
    # is smaller than its line is wide, the line lies outside.
    around = _BOX_WIDTH + 2
    x0, y0 = max(0, box[0] - around), max(0, min(box[1] - around, y))
    x1 = max(0, box[2] + around, x + right - left + 9)
    y1 = max(0, box[3] + around, y + bottom - top + 9)
    part = image[y0:y1, x0:x1]
    if not part.size:
        return image
    canvas = Pillow.fromarray(part)
    draw = ImageDraw.Draw(canvas)
    box = (box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0)
    # A light line in a dark casing is seen on any background.
    draw.rectangle(box, outline=_DARK, width=_BOX_WIDTH + 2)
    draw.rectangle(
        (box[0] + 1, box[1] + 1, max(box[2] - 1, box[0] + 1), max(box[3] - 1, box[1] + 1)),
        outline=_LIGHT,
        width=_BOX_WIDTH - 1,
    )
    x, y = x - x0, y - y0
    draw.rectangle((x, y, x + right - left + 8, y + bottom - top + 8), fill=_DARK)
    draw.text((x + 4 - left, y + 4 - top), label, fill=_LIGHT, font=font)
    part[:] = np.asarray(canvas, np.uint8)
    return image
