"""Initial weights of a backbone: its own ImageNet weights, a larger relative's thinned out, another run's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

_HEAD = "classifier."
_TF_BATCH_NORM_EPS = 1e-3  # timm's tf_* models; the others have torch's 1e-5


def own_weights(backbone: nn.Module, file: Path) -> None:
    """Load a file of the same architecture strictly, but for the classifier, which starts at zero."""
    weights = {name: value.float() for name, value in load_file(file).items() if not name.startswith(_HEAD)}
    _load(backbone, weights)


def selected_channels(backbone: nn.Module, file: Path) -> None:
    """Initialise from a wider network of the same family by uniform selection.

    Xu et al., "Initializing Models with Larger Ones", ICLR 2024, section 3: the first layers of each stage,
    and of each tensor evenly spaced elements along every axis, so that layers that feed each other select the
    same channels. Two things differ between timm's ``tf_efficientnet_b4`` (the file) and ``efficientnet_b0``:

    - Batch-norm epsilon, 1e-3 against 1e-5: the difference is added to the running variances, which leaves
      the function in evaluation the same.
    - Padding of stride-2 convolutions, TensorFlow's SAME against symmetric: their grids come out one pixel
      apart, which no choice of 3 x 3 weights can undo; training takes it up.
    """
    larger = load_file(file)
    weights = {}
    for name, wanted in backbone.state_dict().items():
        if name.startswith(_HEAD):
            continue
        value = larger[name]
        for axis, size in enumerate(wanted.shape):
            value = value.index_select(axis, _evenly(value.shape[axis], size))
        weights[name] = value.float() if value.is_floating_point() else value
    _same_epsilon(backbone, weights)
    _load(backbone, weights)


def run_weights(backbone: nn.Module, file: Path) -> None:
    """Load what another run of the same architecture came to, the classifier included."""
    weights = {
        name: value.float() if value.is_floating_point() else value for name, value in load_file(file).items()
    }
    try:
        backbone.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(f"{file.name} does not fit the backbone: {error}") from error


def stay_near(backbone: nn.Module, start: Path, share: float) -> None:
    """Move weights back towards those of the run they started from, by a ``share`` of the way.

    The mean of a network before and after it was trained on does better on media that neither part of the
    training resembles than either end (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    """
    before = load_file(start)
    with torch.no_grad():
        for name, value in backbone.state_dict().items():
            if value.is_floating_point():
                value.lerp_(before[name].to(value), share)


def no_weights(backbone: nn.Module, _: Path) -> None:
    """Keep timm's random initialisation, for comparison and for tests."""


STARTS: dict[str, Callable[[nn.Module, Path], None]] = {
    "own": own_weights,
    "selection": selected_channels,
    "run": run_weights,
    "random": no_weights,
}


def find_weights(folder: Path, file: str) -> Path:
    """Return a file of the folder of weights, or else one named from where the command runs."""
    inside = folder / file
    return inside if inside.exists() or not Path(file).exists() else Path(file)


def _evenly(available: int, wanted: int) -> Tensor:
    if wanted > available:
        raise ValueError(f"cannot select {wanted} of {available} channels")
    return torch.div(torch.arange(wanted) * available, wanted, rounding_mode="floor")


def _same_epsilon(backbone: nn.Module, weights: dict[str, Tensor]) -> None:
    for name, module in backbone.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            weights[f"{name}.running_var"] += _TF_BATCH_NORM_EPS - module.eps


def _load(backbone: nn.Module, weights: dict[str, Tensor]) -> None:
    wanted = {
        name: value.shape for name, value in backbone.state_dict().items() if not name.startswith(_HEAD)
    }
    found = {name: value.shape for name, value in weights.items()}
    if wrong := {name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)}:
        raise ValueError(
            f"the file does not fit the backbone: {sorted(wrong)[:5]} and others, {len(wrong)} in all"
        )
    backbone.load_state_dict(weights, strict=False)
    for name, parameter in backbone.named_parameters():
        if name.startswith(_HEAD):
            nn.init.zeros_(parameter)
