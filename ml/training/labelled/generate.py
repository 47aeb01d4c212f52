"""Faces that a generator makes here, as labelled crops: a GAN's portraits beside those found in repositories.

The package `random-face` (S. Belousov, Apache 2.0) brings the weights of MobileStyleGAN ("MobileStyleGAN: A
Lightweight Convolutional Neural Network for High-Fidelity Image Synthesis", Belousov, 2021), which learned
from StyleGAN2's faces of 1,024 x 1,024 pixels; OpenVINO runs them. Nothing but the weights is used of it.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Detector, Floats, Image
from training.labelled.gather import faces_of, write_crops

SOURCE, METHOD, LICENCE = "random-face", "mobilestylegan-ffhq", "Apache-2.0"

_WIDTH = 512  # of a latent
_OF_MEAN = 4096  # latents, whose mean styles are drawn towards
_TRUNCATIONS = (0.5, 0.6, 0.7, 0.8, 1.0)  # from smooth and alike to unlike and faulty
_SIDE = 512  # pixels that a face is brought to, about what portraits of the web have


class Generator:
    """The generator of a package, on ``threads`` cores: about half a second a face.

    Raises ModuleNotFoundError where OpenVINO or the package that brings the weights is not installed.
    """

    def __init__(self, threads: int = 1) -> None:
        import openvino

        spec = importlib.util.find_spec("random_face")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("random-face is not installed: make setup-dev", name="random_face")
        folder = Path(spec.submodule_search_locations[0]) / "data"
        core: Any = openvino.Core()
        core.set_property("CPU", {"INFERENCE_NUM_THREADS": threads})
        self._core, self._mapping = core, folder / "MappingNetwork.xml"
        self._synthesis = core.compile_model(folder / "SynthesisNetwork.xml", "CPU")
        self._mean = self._styles(np.random.default_rng(0), _OF_MEAN).mean(axis=0, keepdims=True)

    def face(self, seed: int) -> Image:
        """Return a face ``(512, 512, 3)``, the same for a seed up to the rounding of a processor."""
        rng = np.random.default_rng([1, seed])
        truncation = float(rng.choice(_TRUNCATIONS))
        style = self._mean + truncation * (self._styles(rng, 1) - self._mean)
        (pixels,) = next(iter(self._synthesis(style).values()))
        levels = np.clip((pixels.transpose(1, 2, 0) + 1.0) * 127.5, 0.0, 255.0).astype(np.uint8)
        return np.asarray(cv2.resize(levels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)

    def _styles(self, rng: np.random.Generator, count: int) -> Floats:
        model = self._core.read_model(self._mapping)
        model.reshape([count, _WIDTH])
        latents: NDArray[np.float32] = rng.standard_normal((count, _WIDTH), np.float32)
        return np.asarray(next(iter(self._core.compile_model(model, "CPU")(latents).values())), np.float32)


def generate(generator: Generator, count: int, out: Path, detector: Detector) -> int:
    """Write crops of ``count`` faces and ``manifest.jsonl`` to ``out``; return of how many a face was found.

    What was stopped is continued.
    """
    (out / "crops").mkdir(parents=True, exist_ok=True)
    manifest = out / "manifest.jsonl"
    rows = [json.loads(line) for line in manifest.read_text().splitlines()] if manifest.exists() else []
    done = max((row["seed"] for row in rows), default=-1) + 1
    with manifest.open("a") as written:
        for seed in range(done, count):
            crops = write_crops(faces_of([generator.face(seed)], detector), out, f"{seed:06d}")
            if not crops:
                continue
            rows.append(_row(seed, crops))
            written.write(json.dumps(rows[-1]) + "\n")
            written.flush()
    return len(rows)


def _row(seed: int, crops: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "label": "fake",
        "kind": "image",
        "dataset": SOURCE,
        "made_by": METHOD,
        "group": str(seed),
        "licence": LICENCE,
        "seed": seed,
        "crops": crops,
    }
