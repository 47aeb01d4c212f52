"""A second question that is asked in training alone: which cells of the view are fake?

Answering it from inner features makes them look at small traces everywhere, not at the few that suffice for
one answer per picture (as in "Face X-ray", Li et al., CVPR 2020, where the blending boundary is predicted).
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

_STRIDE = 16


class Localiser(nn.Module):
    """One linear layer on the features of stride 16 of a timm EfficientNet's latest forward pass."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        (last,) = (info for info in backbone.feature_info if info["reduction"] == _STRIDE)
        stage = backbone.get_submodule(last["module"])
        self.head = nn.Conv2d(last["num_chs"], 1, 1)
        self._latest: list[Tensor] = []
        stage.register_forward_hook(lambda _, __, output: self._latest.append(output))

    def forward(self, cells: int) -> Tensor:
        """Return logits ``(N, cells, cells)`` for the pictures that the backbone has just seen."""
        features = self._latest.pop()
        self._latest.clear()
        logits: Tensor = F.interpolate(self.head(features).float(), (cells, cells), mode="bilinear")
        return logits[:, 0]
