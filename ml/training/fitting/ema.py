"""An exponential moving average of a model's weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class AveragedModel:
    """``module`` follows the model it was made from, batch-norm statistics included."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.module = copy.deepcopy(model).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards ``model``; in early steps faster, so that the start is forgotten soon."""
        weight = 1.0 - min(self._decay, (1.0 + step) / (10.0 + step))
        for mine, other in zip(self.module.state_dict().values(), model.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(other, weight)
            else:
                mine.copy_(other)
