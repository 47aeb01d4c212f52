"""A second task, in training alone: which cells of the view are fake?

Solving it from inner features makes them attend to small traces everywhere, not to the few that suffice for
one answer per picture (as in "Face X-ray", Li et al., CVPR 2020, where the blending boundary is predicted).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 16
"""Of the features that the task is solved from."""


class Localiser(nn.Module):
    """One linear layer on each position of a feature map of `STRIDE`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(channels, 1, 1)

    def forward(self, features: Tensor, cells: int) -> Tensor:
        """Return logits ``(N, cells, cells)`` of features ``(N, C, h, w)``."""
        logits: Tensor = F.interpolate(self.head(features).float(), (cells, cells), mode="bilinear")
        return logits[:, 0]
