"""What happens to a picture between camera and network, drawn once and applied to a real and its fake alike.

Paired data under one augmentation leave the manipulation as the only difference between the classes
(Shiohara & Yamasaki, CVPR 2022, section 3.2). The picture is degraded before the face is cropped, as deployed
media are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detector.contracts import Box, CropSpec, Floats, Image
from detector.faces.crop import crop_face
from training.samples.appearance import noisy, polished, to_bytes
from training.samples.codecs import h264, jpeg


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How strong and how frequent each step is; shares are of the box's longer side."""

    scale: tuple[float, float] = (0.8, 1.1)  # of the crop's side; below 1 since mirrored borders teach little
    shift: float = 0.05
    colour: float = 0.8  # probability, as are the following five
    resize: float = 0.4
    blur: float = 0.12
    noise: float = 0.12
    jpeg: float = 0.35
    h264: float = 0.35
    polish: float = 0.0  # probability of smoothing and sharpening as cameras and their apps do it
    erase: float = 0.0  # probability that a rectangle of the view is hidden
    smallest_face_px: float = 60.0  # of a face after `resize`
    jpeg_quality: tuple[int, int] = (30, 100)
    h264_crf: tuple[int, int] = (18, 40)
    erased: tuple[float, float] = (0.02, 0.2)  # of the view's area
    colour_reach: float = 1.0  # multiple of how far gains, contrast, brightness and gamma go


@dataclass(frozen=True, slots=True)
class Hidden:
    """A rectangle of the view that grey covers (Zhong et al., "Random Erasing Data Augmentation", 2020)."""

    box: Box  # shares of the view's side
    level: int

    def apply(self, view: Image, level: int | None = None) -> Image:
        """Return a copy ``(S, S, ...)`` with the rectangle covered."""
        x0, y0, x1, y1 = (round(edge * view.shape[0]) for edge in self.box)
        covered = view.copy()
        covered[y0:y1, x0:x1] = self.level if level is None else level
        return covered


@dataclass(frozen=True, slots=True)
class Plan:
    """One augmentation with all its random numbers; the same plan gives the same result."""

    box: Box
    flip: bool
    gains: tuple[float, float, float] | None  # per RGB channel
    contrast: float
    brightness: float  # levels
    gamma: float
    resize: float  # of the resolution, 1 for none
    resize_filter: int
    blur: float  # sigma in pixels, 0 for none
    noise: float  # sigma in levels, 0 for none
    noise_seed: int
    jpeg: int | None
    crf: int | None
    moves: tuple[tuple[int, int], ...]
    jpeg_first: bool
    hidden: Hidden | None
    polish: tuple[float, float] | None  # smoothing in levels, sharpening

    def apply(self, image: Image, spec: CropSpec) -> Image:
        """Return the network's view ``(S, S, 3)`` of a picture under this plan."""
        image = self._degrade(self._colour(image))
        x0, y0, x1, y1 = (edge * self.resize for edge in self.box)
        crop = crop_face(image, (x0, y0, x1, y1), None, spec)
        if self.flip:
            crop = np.ascontiguousarray(crop[:, ::-1])
        return self.hidden.apply(crop) if self.hidden else crop

    def locate(self, mask: Floats, spec: CropSpec, cells: int) -> Floats:
        """Return where a mask ``(H, W)`` lies in the network's view: the mean in each of its cells."""
        levels = cv2.cvtColor(to_bytes(mask * 255.0), cv2.COLOR_GRAY2RGB)
        crop = crop_face(np.asarray(levels, np.uint8), self.box, None, spec)[..., 0]
        if self.flip:
            crop = crop[:, ::-1]
        if self.hidden:
            crop = self.hidden.apply(crop, 0)
        means = cv2.resize(crop.astype(np.float32), (cells, cells), interpolation=cv2.INTER_AREA)
        return np.asarray(means / 255.0, np.float32)

    def _colour(self, image: Image) -> Image:
        if self.gains is None:
            return image
        levels = np.linspace(0.0, 1.0, 256)[:, None] ** self.gamma * 255.0
        table = (levels - 128.0) * self.contrast * np.asarray(self.gains) + 128.0 + self.brightness
        return np.asarray(cv2.LUT(image, to_bytes(table)[:, None]), np.uint8)

    def _degrade(self, image: Image) -> Image:
        if self.polish is not None:
            image = polished(image, *self.polish)
        if self.resize != 1.0:
            size = (round(image.shape[1] * self.resize), round(image.shape[0] * self.resize))
            image = np.asarray(cv2.resize(image, size, interpolation=self.resize_filter), np.uint8)
        if self.blur:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), self.blur), np.uint8)
        if self.noise:
            image = noisy(image, self.noise, self.noise_seed)
        if self.jpeg is not None and self.jpeg_first:
            image = jpeg(image, self.jpeg)
        if self.crf is not None:
            image = h264(image, self.crf, self.moves)
        if self.jpeg is not None and not self.jpeg_first:
            image = jpeg(image, self.jpeg)
        return image


def draw(box: Box, config: AugmentConfig, rng: np.random.Generator) -> Plan:
    """Draw a plan for a face at ``box``."""
    longer = max(box[2] - box[0], box[3] - box[1])
    lowest = min(1.0, config.smallest_face_px / longer)
    coloured, reach = rng.random() < config.colour, config.colour_reach
    frames = int(rng.integers(0, 3))
    return Plan(
        box=_jittered(box, longer, config, rng),
        flip=bool(rng.random() < 0.5),
        gains=_triple(1.0 + rng.normal(0.0, 0.03 * reach, 3)) if coloured else None,
        contrast=1.0 + reach * (rng.uniform(0.8, 1.2) - 1.0),
        brightness=reach * rng.uniform(-25.0, 25.0),
        gamma=rng.uniform(0.8, 1.25) ** reach,
        resize=rng.uniform(lowest, 1.0) if rng.random() < config.resize else 1.0,
        resize_filter=int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC])),
        blur=rng.uniform(0.4, 1.5) if rng.random() < config.blur else 0.0,
        noise=rng.uniform(1.0, 6.0) if rng.random() < config.noise else 0.0,
        noise_seed=int(rng.integers(2**32)),
        jpeg=int(rng.integers(config.jpeg_quality[0], config.jpeg_quality[1] + 1))
        if rng.random() < config.jpeg
        else None,
        crf=int(rng.integers(config.h264_crf[0], config.h264_crf[1] + 1))
        if rng.random() < config.h264
        else None,
        moves=tuple((int(dx), int(dy)) for dx, dy in rng.integers(-2, 3, (frames, 2))),
        jpeg_first=bool(rng.random() < 0.7),
        # Last, and nothing is drawn where they are off, so that other samples stay what they were.
        hidden=_hidden(config, rng) if config.erase and rng.random() < config.erase else None,
        polish=_polish(config, rng),
    )


def _polish(config: AugmentConfig, rng: np.random.Generator) -> tuple[float, float] | None:
    if not config.polish or rng.random() >= config.polish:
        return None
    return rng.uniform(8.0, 40.0), rng.uniform(0.0, 1.2)


def _hidden(config: AugmentConfig, rng: np.random.Generator) -> Hidden:
    area, aspect = rng.uniform(*config.erased), np.exp(rng.uniform(-0.7, 0.7))
    width, height = min(1.0, np.sqrt(area * aspect)), min(1.0, np.sqrt(area / aspect))
    x, y = rng.uniform(0.0, 1.0 - width), rng.uniform(0.0, 1.0 - height)
    return Hidden((x, y, x + width, y + height), int(rng.integers(256)))


def _jittered(box: Box, longer: float, config: AugmentConfig, rng: np.random.Generator) -> Box:
    scale = rng.uniform(*config.scale)
    dx, dy = rng.uniform(-config.shift, config.shift, 2) * longer
    x, y = (box[0] + box[2]) / 2.0 + dx, (box[1] + box[3]) / 2.0 + dy
    half_width, half_height = (box[2] - box[0]) * scale / 2.0, (box[3] - box[1]) * scale / 2.0
    return x - half_width, y - half_height, x + half_width, y + half_height


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = values.tolist()
    return red, green, blue
