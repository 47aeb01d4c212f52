"""Small random changes of colour, sharpness and compression history, the differences between two sources."""

from __future__ import annotations

import cv2
import numpy as np

from detector.contracts import Floats, Image
from training.samples.codecs import jpeg


def recoloured(image: Image, rng: np.random.Generator, strength: float = 1.0) -> Image:
    """Shift hue, saturation, value and the RGB channels, and change brightness and contrast.

    At strength 1 the shifts are about those of self-blended images (CVPR 2022, section 4.1): RGB by up to
    20 of 255 levels in three cases of ten, the others by small shares.
    """
    out = image
    if rng.random() < 0.7:
        hsv = cv2.cvtColor(out, cv2.COLOR_RGB2HSV).astype(np.float32)
        hsv[..., 0] = (hsv[..., 0] + rng.uniform(-4.0, 4.0) * strength) % 180.0
        gains = 1.0 + rng.uniform(-0.18, 0.18, 2) * strength
        hsv[..., 1:] = np.minimum(hsv[..., 1:] * gains.astype(np.float32), 255.0)
        out = np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)
    shift = rng.uniform(-20.0, 20.0, 3) * strength * (rng.random() < 0.3)
    contrast = 1.0 + rng.uniform(-0.1, 0.1) * strength
    brightness = rng.uniform(-0.1, 0.1) * 128.0 * strength
    levels = np.arange(256.0)[:, None]
    table = (levels - 128.0) * contrast + 128.0 + brightness + shift[None]
    return np.asarray(cv2.LUT(out, to_bytes(table)[:, None]), np.uint8)


def refocused(image: Image, rng: np.random.Generator) -> Image:
    """Sharpen, or lose detail by going through a lower resolution."""
    if rng.random() < 0.5:
        amount = rng.uniform(0.3, 1.2)
        return _sharpened(image, amount, rng.uniform(0.8, 1.6))
    return reduced(image, rng.uniform(0.25, 0.6), rng)


def reduced(image: Image, scale: float, rng: np.random.Generator) -> Image:
    """Resample to ``scale`` of the resolution and back, with filters as they are met in the wild."""
    height, width = image.shape[:2]
    down = int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    up = int(
        rng.choice(
            [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST],
            p=[0.45, 0.35, 0.15, 0.05],
        )
    )
    small = cv2.resize(
        image, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=down
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=up), np.uint8)


def aged(image: Image, rng: np.random.Generator) -> Image:
    """Give the image another past: JPEG, sensor noise or denoising."""
    past = rng.random()
    if past < 0.45:
        return jpeg(image, int(rng.integers(35, 90)))
    if past < 0.75:
        return noisy(image, rng.uniform(1.5, 6.0), int(rng.integers(2**32)))
    return np.asarray(cv2.bilateralFilter(image, 5, rng.uniform(10.0, 35.0), 2.0), np.uint8)


def noisy(image: Image, sigma: float, seed: int) -> Image:
    """Add Gaussian noise of ``sigma`` levels, half of it common to the channels as in photographs."""
    height, width = image.shape[:2]
    rng = np.random.default_rng(seed)
    # Integer noise from a small table: drawing normals for each pixel would cost more than all the rest.
    table = np.round(rng.normal(0.0, sigma, 4096)).astype(np.int16)
    grey = table[rng.integers(0, 4096, (height, width, 1), dtype=np.uint16)]
    coloured = table[rng.integers(0, 4096, (height, width, 3), dtype=np.uint16)]
    return np.asarray(np.clip(image + (grey + coloured) // 2, 0, 255), np.uint8)


def polished(image: Image, levels: float, amount: float) -> Image:
    """Smooth what differs by less than about ``levels`` and sharpen the rest, as cameras do."""
    return _sharpened(np.asarray(cv2.bilateralFilter(image, 5, levels, 2.0), np.uint8), amount, 1.2)


def matched(donor: Image, target: Image, mask: Image) -> Image:
    """Give the donor the target's mean and spread per Lab channel inside the mask (Reinhard et al., 2001)."""
    lab, goal = (cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) for image in (donor, target))
    mean, spread = (part.ravel() for part in cv2.meanStdDev(lab, mask=mask))
    goal_mean, goal_spread = (part.ravel() for part in cv2.meanStdDev(goal, mask=mask))
    gain = np.clip(goal_spread / np.maximum(spread, 1.0), 0.5, 2.0)
    lab = (lab - mean.astype(np.float32)) * gain.astype(np.float32) + goal_mean.astype(np.float32)
    return np.asarray(cv2.cvtColor(to_bytes(lab), cv2.COLOR_LAB2RGB), np.uint8)


def to_bytes(values: Floats | np.ndarray) -> Image:
    """Round and clip to ``uint8``."""
    return np.asarray(np.clip(np.round(values), 0.0, 255.0), np.uint8)


def _sharpened(image: Image, amount: float, sigma: float) -> Image:
    smooth = cv2.GaussianBlur(image, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(image, 1.0 + amount, smooth, -amount, 0.0), np.uint8)
