"""A second question that is asked in training alone: which cells of the view are fake?

Answering it from inner features makes them look at small traces everywhere, not at the few that suffice for
one answer per picture (as in "Face X-ray", Li et al., CVPR 2020, where the blending boundary is predicted).
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from training.fitting.taps import Tap

_STRIDE = 16


class Localiser(nn.Module):
    """One linear layer on the features of stride 16 of a timm EfficientNet's latest forward pass."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self._tap = Tap(backbone, _STRIDE)
        self.head = nn.Conv2d(self._tap.channels, 1, 1)

    def forward(self, cells: int) -> Tensor:
        """Return logits ``(N, cells, cells)`` for the pictures that the backbone has just seen."""
        features = self.head(self._tap.take()).float()
        logits: Tensor = F.interpolate(features, (cells, cells), mode="bilinear")
        return logits[:, 0]
