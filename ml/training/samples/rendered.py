"""Pictures that look as if a network had rendered them whole: the traces of upsampling, without a network.

Generators enlarge small feature maps; what their layers leave are periodic patterns (Odena et al.,
"Deconvolution and Checkerboard Artifacts", Distill 2016) and peaks in the spectrum (Zhang et al., "Detecting
and Simulating Artifacts in GAN Fake Images", 2019; Durall et al., "Watch your Up-Convolution", CVPR 2020).
"""

from __future__ import annotations

import cv2
import numpy as np

from detector.contracts import Floats, Image
from training.samples.appearance import to_bytes


def upconvolved(image: Image, rng: np.random.Generator) -> Image:
    """Enlarge the image from 1/2 or 1/4 of its resolution by random transposed convolutions.

    A random share of the detail that was lost is put back, so that the trace is in the pattern, not in blur.
    """
    height, width = image.shape[:2]
    steps = int(rng.integers(1, 3))
    factor = 2**steps
    # Zeros lie between the pixels that a transposed convolution sums, so its border would be a line.
    edge = 4 * factor
    padded = cv2.copyMakeBorder(image, edge, edge + factor, edge, edge + factor, cv2.BORDER_REFLECT)
    size = (padded.shape[1] // factor, padded.shape[0] // factor)
    enlarged = cv2.resize(padded, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    for _ in range(steps):
        enlarged = _double(enlarged, _kernel(rng))
        if rng.random() < 0.5:
            enlarged = _sharpened(enlarged, rng.uniform(0.2, 0.8))
    enlarged = enlarged[edge : edge + height, edge : edge + width]
    detail = image.astype(np.float32) - cv2.GaussianBlur(image, (0, 0), 0.6 * factor).astype(np.float32)
    return to_bytes(enlarged + detail * np.float32(rng.uniform(0.0, 0.7)))


def gridded(image: Image, rng: np.random.Generator) -> Image:
    """Imprint a weak periodic pattern, stronger where there is texture."""
    height, width = image.shape[:2]
    period = float(rng.choice([2.0, 4.0, 8.0])) * rng.uniform(0.9, 1.6)
    x = np.cos(2.0 * np.pi * (np.arange(width) / period + rng.random())).astype(np.float32)
    y = np.cos(2.0 * np.pi * (np.arange(height) / period + rng.random())).astype(np.float32)
    grid = np.outer(y, x) if rng.random() < 0.5 else (y[:, None] + x[None]) / 2.0
    pixels = image.astype(np.float32)
    texture = np.abs(pixels - cv2.GaussianBlur(pixels, (0, 0), 2.0)).mean(axis=2)
    strength = rng.uniform(1.0, 4.0) * (0.5 + np.minimum(texture / 8.0, 1.5))
    colour = rng.uniform(0.5, 1.0, 3).astype(np.float32)
    return to_bytes(pixels + (grid * strength)[..., None] * colour)


def resampled(image: Image, rng: np.random.Generator) -> Image:
    """Go down and up through several resolutions with mixed kernels, then sharpen what is left."""
    height, width = image.shape[:2]
    out = image.astype(np.float32)
    scale = rng.uniform(0.3, 0.6)
    for size in (scale, scale * rng.uniform(1.2, 1.8), 1.0):
        kernel = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]))
        shape = (max(8, round(width * size)), max(8, round(height * size)))
        out = np.asarray(cv2.resize(out, shape, interpolation=kernel), np.float32)
    return to_bytes(_sharpened(out, rng.uniform(0.5, 1.5)))


def hallucinated(image: Image, rng: np.random.Generator) -> Image:
    """Replace fine detail by detail of the same local strength that has nothing to do with the picture."""
    pixels = image.astype(np.float32)
    base = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(1.2, 2.5))
    strength = cv2.GaussianBlur(np.abs(pixels - base), (0, 0), 4.0)
    texture = rng.normal(0.0, 1.0, image.shape[:2]).astype(np.float32)
    texture -= cv2.GaussianBlur(texture, (0, 0), 1.5)
    texture /= texture.std()
    return to_bytes(base + texture[..., None] * strength * np.float32(rng.uniform(0.7, 1.2)))


def _double(image: Floats, kernel: Floats) -> Floats:
    spread = np.zeros((image.shape[0] * 2, image.shape[1] * 2, 3), np.float32)
    spread[::2, ::2] = image
    return np.asarray(cv2.filter2D(spread, -1, kernel, borderType=cv2.BORDER_REFLECT), np.float32)


def _kernel(rng: np.random.Generator) -> Floats:
    """Return a 4 x 4 or 5 x 5 kernel near bilinear enlargement whose four phases differ in sum."""
    line = np.asarray([1, 3, 3, 1] if rng.random() < 0.5 else [0, 1, 2, 1, 0], np.float32)
    kernel = np.outer(line, line)
    kernel = kernel / kernel.sum() * 4.0
    noise = rng.normal(0.0, rng.uniform(0.01, 0.05), kernel.shape)
    return np.asarray(kernel + noise - noise.mean(), np.float32)


def _sharpened(image: Floats, amount: float) -> Floats:
    return np.asarray(image + amount * (image - cv2.GaussianBlur(image, (0, 0), 1.0)), np.float32)
