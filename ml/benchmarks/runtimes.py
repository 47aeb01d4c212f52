"""ONNX Runtime against OpenVINO on the CPU: each network, loading, and the whole analysis.

    pip install openvino          # not a dependency; without it this command skips the comparison
    python -m benchmarks.runtimes [--repeat N] [--quick]

OpenVINO computes in bfloat16 on processors that can, unless configured otherwise; both ways are measured.
Inputs are real: levels and cuts of a clip's frames for the cascade, the bundle's golden crops for the scorer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks import clips, openvino
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, print_section
from benchmarks.scoring import golden_crops
from benchmarks.timing import alternate, ratio, typical
from detector.analyze import analyze
from detector.bundle import ONNX, Bundle, read_bundle
from detector.contracts import Floats
from detector.faces.mtcnn import Mtcnn
from detector.model import load_model
from detector.networks import CascadeNetworks, Network
from detector.preprocess import normalise
from detector.runtimes.onnx import OnnxRuntime

_MISSING = "skipped: OpenVINO is not installed (pip install openvino)"
_NAMES = ("onnxruntime", "openvino f32", "openvino bf16")


class _Recorder:
    """Keeps the largest batch that a network was given."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.largest: Floats = np.zeros((0, 3, 1, 1), np.float32)

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`."""
        if batch.size > self.largest.size:
            self.largest = batch
        return self._network.run(batch)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    title = f"Runtimes: ONNX Runtime and OpenVINO, {settings.threads} threads"
    if not openvino.installed():
        return Section(title, notes=(_MISSING,))
    bundle = read_bundle(settings.model)
    height = 360 if settings.quick else 1080
    cascades = {
        "onnxruntime": OnnxRuntime().cascade(),
        "openvino f32": openvino.open_cascade(settings.threads, "f32"),
        "openvino bf16": openvino.open_cascade(settings.threads, "bf16"),
    }
    opened = {name: _timed(opener) for name, opener in _scorers(bundle, settings).items()}
    scorers = {name: network for name, (network, _) in opened.items()}
    crops = normalise(golden_crops(bundle, 32), bundle.manifest.crop)
    inputs = _cascade_inputs(cascades["onnxruntime"], height)
    figures = []
    for part, batch in inputs.items():
        networks = {name: getattr(cascades[name], part) for name in _NAMES}
        figures += _compare(
            f"{part} network, {len(batch)} x {batch.shape[2]} x {batch.shape[3]}", networks, batch, settings
        )
    figures += _compare(f"scorer, {len(crops)} golden crops", scorers, crops, settings)
    figures += [
        Figure(f"loading the scorer: {name}", seconds * 1e3, "ms", digits=0)
        for name, (_, seconds) in opened.items()
    ]
    figures += _whole(cascades, scorers, height, settings)
    return Section(
        title, tuple(figures), ("deviation: largest difference of any output from ONNX Runtime's",)
    )


def _scorers(bundle: Bundle, settings: Settings) -> dict[str, Callable[[], Network]]:
    graph = bundle.folder / ONNX
    return {
        "onnxruntime": lambda: OnnxRuntime().scorer(bundle.folder, bundle.manifest.architecture),
        "openvino f32": lambda: openvino.open_scorer(graph, settings.threads, "f32"),
        "openvino bf16": lambda: openvino.open_scorer(graph, settings.threads, "bf16"),
    }


def _timed(opener: Callable[[], Network]) -> tuple[Network, float]:
    started = time.perf_counter()
    return opener(), time.perf_counter() - started


def _cascade_inputs(cascade: CascadeNetworks, height: int) -> dict[str, Floats]:
    """Return the largest batch that each network gets while eight frames of a clip are searched."""
    recorders = [_Recorder(network) for network in (cascade.proposal, cascade.refine, cascade.output)]
    frames = [clips.draw_frame(clips.SHORT[height], index) for index in range(0, 240, 30)]
    Mtcnn(CascadeNetworks(*recorders)).detect(frames)
    return dict(
        zip(("proposal", "refine", "output"), (recorder.largest for recorder in recorders), strict=True)
    )


def _compare(what: str, networks: dict[str, Network], batch: Floats, settings: Settings) -> list[Figure]:
    seconds = alternate({name: _running(networks[name], batch) for name in _NAMES}, 4 * settings.repeats)
    base = networks[_NAMES[0]].run(batch)
    figures = [typical(f"{what}: {name}", seconds[name], "ms/item", 1e3 / len(batch), 3) for name in _NAMES]
    for name in _NAMES[1:]:
        deviation = max(
            float(np.abs(a - b).max()) for a, b in zip(base, networks[name].run(batch), strict=True)
        )
        figures.append(Figure(f"{what}: deviation of {name}", deviation, digits=7))
    return figures


def _running(network: Network, batch: Floats) -> Callable[[], object]:
    return lambda: network.run(batch)


def _whole(
    cascades: dict[str, CascadeNetworks], scorers: dict[str, Network], height: int, settings: Settings
) -> list[Figure]:
    path = clips.make_clip(clips.SHORT[height], settings.folder)
    model = load_model(settings.model, "onnx")
    models = {name: replace(model, scorer=scorers[name], detector=Mtcnn(cascades[name])) for name in _NAMES}
    sides = {name: (lambda chosen=models[name]: analyze(path, chosen)) for name in _NAMES}
    seconds = alternate(sides, settings.repeats)
    scores = {name: analyze(path, models[name]).raw_logit or 0.0 for name in _NAMES}
    figures = [typical(f"whole analysis, {height}p: {name}", seconds[name], "s", digits=3) for name in _NAMES]
    for name in _NAMES[1:]:
        figures.append(
            ratio(f"whole analysis, {height}p: {name} / onnxruntime", seconds[name], seconds[_NAMES[0]])
        )
        figures.append(
            Figure(f"file logit: deviation of {name}", abs(scores[name] - scores[_NAMES[0]]), digits=7)
        )
    return figures


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
