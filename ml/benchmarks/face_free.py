"""Pictures without a face, made in code or shipped with scikit-image: every face found in them is false."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import skimage
import skimage.data
from numpy.random import Generator

from detector.contracts import Image

_HEIGHT, _WIDTH = 480, 640
_PHOTOGRAPHS = (
    "brick.png", "cell.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
    "horse.png", "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "page.png",
    "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
_LONG_SIDES = (640, 1200, 1800)  # pixels that each photograph is shown at


def face_free(count: int) -> Iterator[tuple[str, Image]]:
    """Yield the photographs at several sizes and ``count`` pictures of each made kind, with their kinds."""
    folder = Path(skimage.__file__).parent / "data"
    for name in _PHOTOGRAPHS:
        picture = cv2.imread(str(folder / name))
        if picture is None:
            continue
        for side in _LONG_SIDES:
            scale = side / max(picture.shape[:2])
            way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
            shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=way)
            yield "photograph", np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB), np.uint8)
    for seed in range(count):
        for kind, make in _KINDS.items():
            yield kind, make(np.random.default_rng(seed))


def _texture(rng: Generator) -> Image:
    """Noise whose spectrum falls with frequency as that of photographs does."""
    across = np.fft.fftfreq(_HEIGHT)[:, None] ** 2 + np.fft.rfftfreq(_WIDTH)[None] ** 2
    across[0, 0] = 1.0
    falling = across ** (-rng.uniform(1.5, 3.0) / 4.0)
    parts = [
        np.fft.irfft2(np.fft.rfft2(rng.normal(size=(_HEIGHT, _WIDTH))) * falling, (_HEIGHT, _WIDTH))
        for _ in range(3)
    ]
    colours = np.stack(parts, axis=2)
    mixed = colours.mean(axis=2, keepdims=True) * 0.8 + colours * 0.2
    return _picture(128.0 + 55.0 * (mixed - mixed.mean()) / mixed.std())


def _foliage(rng: Generator) -> Image:
    picture = np.full((_HEIGHT, _WIDTH, 3), (40, 60, 30), np.uint8)
    for _ in range(900):
        length = int(rng.integers(5, 60))
        axes = (length, max(2, length // int(rng.integers(1, 4))))
        colour = (rng.integers(20, 200, 3) * (0.7, 1.0, 0.5)).tolist()
        cv2.ellipse(picture, _place(rng), axes, float(rng.integers(360)), 0, 360, colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)


def _letters(rng: Generator) -> Image:
    picture = np.full((_HEIGHT, _WIDTH, 3), rng.integers(100, 255, 3), np.uint8)
    for _ in range(60):
        text = chr(int(rng.integers(33, 120))) * int(rng.integers(1, 4))
        font, size, width = int(rng.integers(8)), float(rng.uniform(1, 7)), int(rng.integers(1, 14))
        cv2.putText(picture, text, _place(rng), font, size, _colour(rng), width, cv2.LINE_AA)
    return picture


def _objects(rng: Generator) -> Image:
    """Balls with a highlight, blocks and rings on a texture."""
    picture = _texture(rng)
    for _ in range(60):
        (x, y), radius, colour = _place(rng), int(rng.integers(6, 90)), _colour(rng)
        kind = rng.integers(3)
        if kind == 0:
            cv2.circle(picture, (x, y), radius, colour, -1, cv2.LINE_AA)
            light = [min(255.0, value + 90.0) for value in colour]
            spot = (x - radius // 4, y - radius // 4)
            cv2.circle(picture, spot, max(1, radius // 4), light, -1, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(picture, (x, y), (x + radius, y + radius), colour, -1)
        else:
            turn = float(rng.integers(180))
            cv2.ellipse(picture, (x, y), (radius, radius // 3), turn, 0, 360, colour, 3, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0), np.uint8)


def _cloth(rng: Generator) -> Image:
    y, x = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    woven = np.full((_HEIGHT, _WIDTH, 3), 128.0)
    for _ in range(5):
        turn, step = rng.uniform(0.0, np.pi), rng.uniform(0.02, 0.25)
        folds = 3.0 * np.sin(x / 60.0 + rng.uniform(0.0, 6.0))
        wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * step + folds)
        woven += wave[..., None] * rng.uniform(5.0, 40.0, 3)
    return _picture(woven)


def _scrambled(rng: Generator) -> Image:
    """A portrait's blocks in random order: skin, hair and cloth, but no face."""
    portrait = np.asarray(skimage.data.astronaut(), np.uint8)
    side = int(rng.choice((16, 24, 32)))
    rows, columns = portrait.shape[0] // side, portrait.shape[1] // side
    blocks = portrait[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    shuffled = rng.permutation(blocks.transpose(0, 2, 1, 3, 4).reshape(-1, side, side, 3))
    turned = shuffled.reshape(rows, columns, side, side, 3).transpose(0, 2, 1, 3, 4)
    picture = turned.reshape(rows * side, columns * side, 3)
    return np.asarray(cv2.GaussianBlur(np.ascontiguousarray(picture), (0, 0), 1.5), np.uint8)


_KINDS = {
    "texture": _texture,
    "foliage": _foliage,
    "letters": _letters,
    "objects": _objects,
    "cloth": _cloth,
    "scrambled portrait": _scrambled,
}


def _place(rng: Generator) -> tuple[int, int]:
    return int(rng.integers(_WIDTH)), int(rng.integers(_HEIGHT))


def _colour(rng: Generator) -> list[float]:
    return [float(value) for value in rng.integers(0, 255, 3)]


def _picture(values: object) -> Image:
    return np.clip(np.asarray(values, np.float64), 0.0, 255.0).astype(np.uint8)
