"""Weights as they ship: rounded once, before anything is measured on them.

Kernels and matrices are stored in half precision, everything else (batch-norm statistics, scales, biases: one
or two numbers in a hundred) in single precision, because running variances span more decades than half
precision has digits for. Both runtimes compute in single precision with the rounded numbers, so the figures
of a frozen folder are the figures of the bundle that is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from detector.bundle import ONNX, WEIGHTS, file_sha256
from detector.runtimes.torch import Scorer
from training.fitting.graph import export_graph


class WeightsError(Exception):
    """The weights cannot be released; the message says why."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A folder with ``model.safetensors`` and ``model.onnx``, without a manifest yet."""

    folder: Path
    weights_sha256: str
    classifier_bias: float


def freeze(weights: Path, architecture: str, size: int, folder: Path) -> Frozen:
    """Write the weights as they ship into ``folder``, for square crops of ``size`` pixels.

    The same weights always give the same bytes, so the hash identifies what was measured. Raises
    `WeightsError` for weights that are not finite, overflow half precision or do not fit the architecture.
    """
    rounded = {name: _rounded(name, value) for name, value in sorted(load_file(weights).items())}
    module = Scorer(architecture).eval()
    try:
        module.backbone.load_state_dict({name: _single(value) for name, value in rounded.items()})
    except RuntimeError as error:
        raise WeightsError(f"{weights.name} does not fit {architecture}: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    save_file(rounded, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors keeps files to their owner; a bundle is for all to read
    export_graph(module, size, folder / WEIGHTS, folder / ONNX)
    bias = module.backbone.get_classifier().bias.item()
    return Frozen(folder, file_sha256(folder / WEIGHTS), float(bias))


def _rounded(name: str, value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value.contiguous()
    if not bool(torch.isfinite(value).all()):
        raise WeightsError(f"{name} holds numbers that are not finite")
    rounded = value.to(torch.float16 if value.ndim > 1 else torch.float32).contiguous()
    if not bool(torch.isfinite(rounded).all()):
        raise WeightsError(f"{name} overflows half precision")
    return rounded


def _single(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value
