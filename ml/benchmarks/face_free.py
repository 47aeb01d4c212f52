"""Pictures without a person's face, made in code or of scikit-image: what is found in them is false.

Besides what looks like nobody there are toys, busts, and crowds too far away for a face to be judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import skimage
import skimage.data
from numpy.random import Generator
from numpy.typing import NDArray

from detector.contracts import Floats, Image

_HEIGHT, _WIDTH = 480, 640
_PHOTOGRAPHS = (
    "brick.png", "cell.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
    "horse.png", "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "page.png",
    "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
_PORTRAIT_FACE = 80.0  # pixels of the face in `skimage.data.astronaut`
_LONG_SIDES = (640, 1200, 1800)  # pixels that each photograph is shown at


LIKENESSES = ("toys", "busts", "far crowd")
"""Kinds that a detector of faces may well find; their figures stand apart."""


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


def _toys(rng: Generator) -> Image:
    """Plush and plastic heads, round and shaded, with buttons for eyes."""
    picture = _cloth(rng).astype(np.float32)
    for column in range(3):
        radius = float(rng.uniform(45, 100))
        x, y = _WIDTH * (column + 0.5) / 3 + rng.uniform(-15, 15), float(rng.uniform(130, _HEIGHT - 130))
        head = _ball(picture, (x, y), (radius, radius * rng.uniform(0.85, 1.1)), rng.uniform(60, 240, 3))
        if rng.random() < 0.6:
            for side in (-0.75, 0.75):
                _ball(picture, (x + side * radius, y - 0.75 * radius), (0.35 * radius,) * 2, head)
        _ball(picture, (x, y + 0.3 * radius), (0.45 * radius, 0.33 * radius), head * 0.5 + 120.0)
        apart, size = rng.uniform(0.25, 0.45) * radius, rng.uniform(0.07, 0.14) * radius
        for side in (-apart, apart):
            _ball(picture, (x + side, y - 0.15 * radius), (size, size), np.full(3, 25.0))
        _ball(picture, (x, y + 0.15 * radius), (1.6 * size, size), np.full(3, 40.0))
    fur = cv2.GaussianBlur(rng.normal(0.0, 60.0, picture.shape).astype(np.float32), (0, 0), 1.2)
    return _picture(picture + fur * rng.uniform(0.0, 1.0))


def _ball(
    picture: Floats, centre: tuple[float, float], axes: tuple[float, float], colour: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Draw an ellipsoid lit from above; return its colour."""
    y, x = np.mgrid[:_HEIGHT, :_WIDTH].astype(np.float32)
    u, v = (x - centre[0]) / axes[0], (y - centre[1]) / axes[1]
    depth = np.sqrt(np.clip(1.0 - u**2 - v**2, 0.0, None))
    light = np.clip(0.35 + 0.45 * depth - 0.25 * u - 0.35 * v, 0.1, 1.1)
    inside = np.clip((1.0 - u**2 - v**2) * min(axes) / 4.0, 0.0, 1.0)[..., None]
    picture += inside * (light[..., None] * colour - picture)
    return colour


def _busts(rng: Generator) -> Image:
    """Heads of stone and bronze: reliefs of simple forms under one light."""
    picture = _texture(rng).astype(np.float32)
    for column in range(3):
        size = int(rng.integers(110, 200))
        x, y = int(_WIDTH * (column + 0.5) / 3 - size / 2), int(rng.integers(10, _HEIGHT - 10 - size))
        v, u = np.mgrid[-1.0 : 1.0 : size * 1j, -1.0 : 1.0 : size * 1j]
        relief = _head_relief(u, v, rng.uniform(0.8, 1.2, 5))
        fall = np.gradient(relief, 2.0 / size)
        normal = np.stack([-fall[1], -fall[0], np.ones_like(relief)], axis=2)
        normal /= np.linalg.norm(normal, axis=2, keepdims=True)
        lamp = np.array([rng.uniform(-0.7, 0.7), rng.uniform(-0.8, -0.2), 0.8])
        light = 0.25 + 0.75 * np.clip(normal @ (lamp / np.linalg.norm(lamp)), 0.0, None)
        stone = rng.uniform(90, 230) * np.array([1.0, rng.uniform(0.75, 1.0), rng.uniform(0.5, 1.0)])
        inside = np.clip((1.0 - (u / 0.75) ** 2 - v**2) * 20.0, 0.0, 1.0)[..., None]
        part = picture[y : y + size, x : x + size]
        part += (inside * (light[..., None] * stone - part)).astype(np.float32)
    return _picture(cv2.GaussianBlur(picture, (0, 0), 0.8))


def _head_relief(
    u: NDArray[np.float64], v: NDArray[np.float64], forms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the height of a head that looks ahead: skull, brows, sockets with eyes, nose, mouth, chin."""

    def bump(x: float, y: float, width: float, height: float) -> NDArray[np.float64]:
        return np.asarray(np.exp(-(((u - x) / width) ** 2) - ((v - y) / height) ** 2))

    relief = np.sqrt(np.clip(1.0 - (u / 0.75) ** 2 - v**2, 0.0, None))
    for side in (-0.3, 0.3):
        relief = relief + 0.07 * forms[0] * bump(side, -0.3, 0.2, 0.06)
        relief = (
            relief - 0.14 * forms[1] * bump(side, -0.15, 0.16, 0.09) + 0.09 * bump(side, -0.13, 0.08, 0.06)
        )
    relief = (
        relief + 0.22 * forms[2] * bump(0.0, 0.12, 0.09, 0.2) + 0.07 * forms[3] * bump(0.0, 0.45, 0.2, 0.06)
    )
    relief = relief - 0.06 * forms[4] * bump(0.0, 0.45, 0.22, 0.015) + 0.08 * bump(0.0, 0.75, 0.15, 0.12)
    return relief


def _far_crowd(rng: Generator) -> Image:
    """People whose faces have 5 to 18 pixels: half of the least size that is looked for."""
    portrait = cv2.cvtColor(np.asarray(skimage.data.astronaut(), np.uint8)[:400, 90:360], cv2.COLOR_RGB2HSV)
    picture = _texture(rng)
    for row in range(40, _HEIGHT - 90, 22):
        face = 5.0 + 13.0 * row / _HEIGHT
        scale = face / _PORTRAIT_FACE
        for column in range(0, _WIDTH - 60, max(12, round(face * 1.9))):
            person = portrait.copy()
            person[..., 0] = (person[..., 0] + rng.integers(-12, 12)) % 180
            person[..., 2] = np.clip(person[..., 2] * rng.uniform(0.5, 1.1), 0, 255)
            shown = cv2.cvtColor(person[:, :: int(rng.choice((-1, 1)))], cv2.COLOR_HSV2RGB)
            small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            x, y = column + int(rng.integers(0, 8)), row + int(rng.integers(0, 10))
            height, width = small.shape[:2]
            picture[y : y + height, x : x + width] = small
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6), np.uint8)


_KINDS = {
    "texture": _texture,
    "foliage": _foliage,
    "letters": _letters,
    "objects": _objects,
    "cloth": _cloth,
    "scrambled portrait": _scrambled,
    "toys": _toys,
    "busts": _busts,
    "far crowd": _far_crowd,
}


def _place(rng: Generator) -> tuple[int, int]:
    return int(rng.integers(_WIDTH)), int(rng.integers(_HEIGHT))


def _colour(rng: Generator) -> list[float]:
    return [float(value) for value in rng.integers(0, 255, 3)]


def _picture(values: object) -> Image:
    return np.clip(np.asarray(values, np.float64), 0.0, 255.0).astype(np.uint8)
