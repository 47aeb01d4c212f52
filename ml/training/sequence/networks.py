"""Small networks over the frames of a burst, of about equal cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from training.sequence.bursts import LENGTH

_WIDTH = 64


class OverTime(nn.Module):
    """A burst's logit ``(B,)`` of its frames' figures ``(B, LENGTH, D)``."""

    def __init__(self, figures: int, over_time: nn.Module) -> None:
        super().__init__()
        self.frame = nn.Sequential(nn.Linear(figures, _WIDTH), nn.GELU(), nn.Dropout(0.3))
        self.over_time = over_time
        self.head = nn.Sequential(nn.LayerNorm(2 * _WIDTH), nn.Dropout(0.3), nn.Linear(2 * _WIDTH, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, larger for manipulated."""
        found = self.over_time(self.frame(x))
        return self.head(torch.cat([found.mean(1), found.std(1)], 1))[:, 0]


class _Convolutions(nn.Module):
    """Three dilated convolutions, which together see 15 frames (Bai et al., 2018)."""

    def __init__(self) -> None:
        super().__init__()
        layers = []
        for dilation in (1, 2, 4):
            layer = nn.Conv1d(_WIDTH, _WIDTH, 3, padding=dilation, dilation=dilation)
            layers += [layer, nn.GELU(), nn.Dropout(0.2)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x.transpose(1, 2)).transpose(1, 2)


class _Recurrent(nn.Module):
    def __init__(self, kind: type[nn.GRU] | type[nn.LSTM]) -> None:
        super().__init__()
        self.layer = kind(_WIDTH, _WIDTH // 2, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layer(x)[0]
        return found


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(0.02 * torch.randn(LENGTH, _WIDTH))
        self.layer = nn.TransformerEncoderLayer(_WIDTH, 4, 2 * _WIDTH, 0.2, batch_first=True, norm_first=True)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layer(x + self.place)
        return found


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "convolutions": _Convolutions,
    "GRU": lambda: _Recurrent(nn.GRU),
    "LSTM": lambda: _Recurrent(nn.LSTM),
    "attention": _Attention,
    "frames in no order": nn.Identity,
}
"""What joins the frames; the last one sees their mean and spread alone, and tells what order is worth."""
