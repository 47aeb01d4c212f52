"""Which part of a face a pseudo-fake replaces: regions of the mesh, deformed and softened."""

from __future__ import annotations

import cv2
import numpy as np

from detector.contracts import Floats, Image
from training.photographs.pack import Photo

# Vertex numbers of MediaPipe's canonical face mesh.
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_BROWS = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)
_MOUTH = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_NOSE = (168, 122, 351, 49, 279, 48, 278, 64, 294, 98, 327, 2)
_JAW = (93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 2)
_EYES = (
    (
        33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7,
        70, 63, 105, 66, 107, 119, 101,
    ),
    (
        263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249,
        300, 293, 334, 296, 336, 348, 330,
    ),
)  # fmt: skip

# A region is one or more groups of vertices; each group is filled as its convex hull.
REGIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "face": (OVAL,),
    "inner": ((*_BROWS, *_MOUTH, 234, 454, 205, 425),),
    "core": ((*_BROWS, *_NOSE, *_MOUTH),),
    "mouth": (_MOUTH,),
    "jaw": ((*_JAW, 50, 280),),
    "eyes": _EYES,
    "eye": _EYES[:1],
    "nose": (_NOSE,),
    "upper": ((*_EYES[0], *_EYES[1], 10, 109, 338, 103, 332),),
}


def hull_mask(mesh: Floats, shape: tuple[int, ...], region: str = "face") -> Image:
    """Return ``(H, W) uint8``, 255 inside the region's hulls."""
    mask = np.zeros(shape[:2], np.uint8)
    for group in REGIONS[region]:
        hull = cv2.convexHull(np.round(mesh[list(group)]).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 255)
    return mask


def soft_mask(photo: Photo, region: str, rng: np.random.Generator) -> Floats:
    """Return ``(H, W) float32`` in [0, 1] for a region, its outline random and its edge blurred.

    As in self-blended images (Shiohara & Yamasaki, CVPR 2022, section 3.2): the hull is deformed elastically,
    eroded or dilated, and smoothed; it never leaves the neighbourhood of the face's own hull.
    """
    unit = photo.size_px / 100.0
    mesh = photo.mesh + rng.normal(0.0, 0.8 * unit, photo.mesh.shape).astype(np.float32)
    mask = (hull_mask(mesh, photo.rgb.shape, region) / 255.0).astype(np.float32)
    if rng.random() < 0.8:
        grid = elastic_grid(mask.shape, 3.0 * unit, 12.0 * unit, rng)
        mask = np.asarray(cv2.remap(mask, *grid, cv2.INTER_LINEAR), np.float32)
    # Blurring and cutting at a level moves the edge: a high level erodes, a low one dilates.
    mask = _blur(mask, rng.uniform(1.0, 4.0) * unit)
    level = rng.uniform(0.3, 0.9)
    mask = np.clip((mask - level + 0.1) / 0.2, 0.0, 1.0)
    if rng.random() < 0.85:
        mask = _blur(mask, rng.choice([0.5, 1.0, 2.0, 3.5, 6.0]) * unit * rng.uniform(0.7, 1.3))
    return np.ascontiguousarray(mask, np.float32)


def box_mask(photo: Photo, rng: np.random.Generator) -> Floats:
    """Return the lower half of the face box, nearly hard-edged, as lip-sync generators paste it."""
    unit = photo.size_px / 100.0
    x0, y0 = photo.mesh.min(axis=0) + rng.uniform(-2.0, 4.0, 2) * unit
    x1, y1 = photo.mesh.max(axis=0) + rng.uniform(-4.0, 3.0, 2) * unit
    top = y0 + (y1 - y0) * rng.uniform(0.4, 0.55)
    mask = np.zeros(photo.rgb.shape[:2], np.float32)
    cv2.rectangle(mask, (round(x0), round(top)), (round(x1), round(y1)), 1.0, cv2.FILLED)
    return _blur(mask, rng.uniform(0.2, 2.5) * unit)


def elastic_grid(
    shape: tuple[int, ...], amplitude: float, scale: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return sampling maps ``(H, W)`` x and y of a smooth random warp, both lengths in pixels.

    A coarse grid of random shifts, one node per ``scale`` pixels, enlarged by cubic interpolation, stands in
    for Gaussian-filtered noise (Simard et al., 2003) at a small part of its cost.
    """
    height, width = shape[:2]
    nodes = (max(3, round(height / scale)), max(3, round(width / scale)))
    shifts = rng.normal(0.0, amplitude / 2.0, (*nodes, 2)).astype(np.float32)
    field = cv2.resize(shifts, (width, height), interpolation=cv2.INTER_CUBIC)
    grid = np.mgrid[:height, :width].astype(np.float32)
    return grid[1] + field[..., 0], grid[0] + field[..., 1]


def _blur(mask: Floats, sigma: float) -> Floats:
    # A kernel's weights sum to one only up to rounding.
    return np.minimum(cv2.GaussianBlur(mask, (0, 0), max(sigma, 0.3)), np.float32(1.0)).astype(np.float32)
