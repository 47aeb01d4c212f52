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
from detector.contracts import Trace
from detector.runtimes.torch import scorer_of
from training.fitting.graph import export_graph


class WeightsError(Exception):
    """The weights cannot be released; the message says why."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A folder with ``model.safetensors`` and ``model.onnx``, without a manifest yet."""

    folder: Path
    weights_sha256: str
    classifier_bias: tuple[float, ...]  # of each trace

    @property
    def traces(self) -> tuple[Trace, ...]:
        """Whose logits the network gives: that of blending alone, or of both."""
        return tuple(Trace)[: len(self.classifier_bias)]


def freeze(weights: Path, architecture: str, size: int, folder: Path) -> Frozen:
    """Write the weights as they ship into ``folder``, for square crops of ``size`` pixels.

    The same weights always give the same bytes, so the hash identifies what was measured. Raises
    `WeightsError` for weights that are not finite, overflow half precision, do not fit the architecture or
    have more logits than there are traces.
    """
    rounded = {name: _rounded(name, value) for name, value in sorted(load_file(weights).items())}
    try:
        module = scorer_of(architecture, rounded)
    except RuntimeError as error:
        raise WeightsError(f"{weights.name} does not fit {architecture}: {error}") from error
    biases = module.backbone.get_classifier().bias.tolist()
    if len(biases) > len(Trace):
        raise WeightsError(f"{weights.name} has {len(biases)} logits; there are {len(Trace)} traces")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(rounded, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors keeps files to their owner; a bundle is for all to read
    export_graph(module, size, folder / WEIGHTS, folder / ONNX)
    return Frozen(folder, file_sha256(folder / WEIGHTS), tuple(biases))


def _rounded(name: str, value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value.contiguous()
    if not bool(torch.isfinite(value).all()):
        raise WeightsError(f"{name} holds numbers that are not finite")
    rounded = value.to(torch.float16 if value.ndim > 1 else torch.float32).contiguous()
    if not bool(torch.isfinite(rounded).all()):
        raise WeightsError(f"{name} overflows half precision")
    return rounded
