"""Initial weights of a backbone: ImageNet weights of its architecture, or another run's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

_HEAD = "classifier."


def own_weights(backbone: nn.Module, file: Path) -> None:
    """Load a file of the same architecture strictly, but for the classifier, which starts at zero."""
    found = {name: value.float() for name, value in load_file(file).items() if not name.startswith(_HEAD)}
    wanted = {name: value for name, value in backbone.state_dict().items() if not name.startswith(_HEAD)}
    shapes = [{name: value.shape for name, value in weights.items()} for weights in (wanted, found)]
    if wrong := {name for name, _ in shapes[0].items() ^ shapes[1].items()}:
        raise ValueError(
            f"{file.name} does not fit the backbone: {sorted(wrong)[:5]} and others, {len(wrong)} in all"
        )
    backbone.load_state_dict(found, strict=False)
    for name, parameter in backbone.named_parameters():
        if name.startswith(_HEAD):
            nn.init.zeros_(parameter)


def run_weights(backbone: nn.Module, file: Path) -> None:
    """Load the final weights of another run of the same architecture, the classifier included."""
    weights = {
        name: value.float() if value.is_floating_point() else value for name, value in load_file(file).items()
    }
    try:
        backbone.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(f"{file.name} does not fit the backbone: {error}") from error


def outputs(file: Path) -> int:
    """Return how many logits the classifier of a file of weights gives."""
    with safe_open(file, "pt") as weights:
        return int(weights.get_slice(f"{_HEAD}bias").get_shape()[0])


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
    "run": run_weights,
    "random": no_weights,
}


def find_weights(folder: Path, file: str) -> Path:
    """Return a file of the folder of weights, or else one named from where the command runs."""
    inside = folder / file
    return inside if inside.exists() or not Path(file).exists() else Path(file)
