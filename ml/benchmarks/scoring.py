"""What scoring costs: the heatmaps' share of it, and ONNX Runtime against torch.

    python -m benchmarks.scoring [--repeat N] [--quick]

The maps' share compares the bundle's graph, which gives logit and map, with the same network exported as
backbone, pooling and linear layer alone. Drawing is no scoring; `benchmarks.speed` reports it.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch

from benchmarks.options import Settings, parse
from benchmarks.reference import open_backbone
from benchmarks.report import Figure, Section, Target, print_section
from benchmarks.timing import alternate, ratio, typical
from detector.bundle import ONNX, Bundle, read_bundle
from detector.contracts import Floats, Image
from detector.networks import Network
from detector.preprocess import normalise
from detector.runtimes.onnx import OnnxRuntime
from detector.runtimes.torch import TorchRuntime

_CROPS = 32
_SHARE = Target("<", 5.0)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    torch.set_num_threads(settings.threads)
    bundle = read_bundle(settings.model)
    manifest = bundle.manifest
    batch = normalise(golden_crops(bundle, _CROPS), manifest.crop)
    mapped = OnnxRuntime().scorer(settings.model, manifest.architecture)
    plain = _logit_only(settings.model, manifest.architecture, manifest.crop.size)
    in_torch = TorchRuntime("cpu").scorer(settings.model, manifest.architecture)
    sides = {
        "mapped": lambda: _in_parts(mapped, batch),
        "plain": lambda: _in_parts(plain, batch),
        "torch": lambda: _in_parts(in_torch, batch),
    }
    seconds = alternate(sides, 6 * settings.repeats)
    share = ratio("", seconds["mapped"], seconds["plain"])
    low, high = share.spread or (share.value, share.value)
    what = f"{manifest.architecture} at {manifest.crop.size} px"
    return Section(
        f"Scoring: {_CROPS} crops, {settings.threads} threads, {what}",
        (
            Figure(
                "heatmaps' share of scoring time",
                _percent(share.value),
                "%",
                (_percent(low), _percent(high)),
                _SHARE,
                1,
            ),
            typical("logit and map, ONNX Runtime", seconds["mapped"], "ms/crop", 1e3 / _CROPS),
            typical("logit alone, ONNX Runtime", seconds["plain"], "ms/crop", 1e3 / _CROPS),
            typical("logit and map, torch", seconds["torch"], "ms/crop", 1e3 / _CROPS),
            ratio("torch / ONNX Runtime", seconds["torch"], seconds["mapped"]),
            Figure(
                "largest difference of logits, torch and ONNX Runtime",
                _deviation(mapped, in_torch, batch),
                digits=7,
            ),
        ),
    )


def golden_crops(bundle: Bundle, count: int) -> list[Image]:
    """Return ``count`` of a bundle's golden crops, going round when it has fewer."""
    crops = bundle.golden.crops
    return [crops[i % len(crops)] for i in range(count)]


def _logit_only(folder: Path, architecture: str, size: int) -> Network:
    """Export the bundle's network without the map and open it like the bundle's own graph."""
    backbone = open_backbone(folder, architecture)
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            backbone,
            (torch.zeros(2, 3, size, size),),
            str(Path(name, ONNX)),
            dynamo=False,
            opset_version=17,
            input_names=["x"],
            dynamic_axes={"x": {0: "n"}},
        )
        return OnnxRuntime().scorer(Path(name), architecture)


def _in_parts(network: Network, batch: Floats) -> Floats:
    # As `score.score_crops` does, without its normalising, which is the same on every side.
    return np.concatenate([network.run(batch[i : i + 16])[0] for i in range(0, len(batch), 16)])


def _deviation(one: Network, other: Network, batch: Floats) -> float:
    return float(np.abs(_in_parts(one, batch) - _in_parts(other, batch)).max())


def _percent(ratio_to_plain: float) -> float:
    """Turn mapped / plain into the map's share of the mapped time; below zero when it is lost in noise."""
    return 100.0 * (1.0 - 1.0 / ratio_to_plain)


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
