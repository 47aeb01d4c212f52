"""A trained scorer as teacher: its logit of each picture of the batch is a softer label than real or fake.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, section 2, for one logit: the
cross-entropy between both logits at a temperature, times its square so that the gradients keep their size.

One number per picture is little to learn features from, so the student's inner features can learn from the
teacher's too (Romero et al., "FitNets: Hints for Thin Deep Nets", ICLR 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from detector.runtimes.torch import Scorer
from training.fitting import features
from training.fitting.config import TrainConfig
from training.fitting.starts import find_weights, run_weights

STRIDES = (8, 16, 32)
"""Of the features that learn from the teacher's."""


class Teacher:
    """A frozen scorer; batch norm uses its running statistics."""

    def __init__(self, config: TrainConfig, weights: Path, device: torch.device) -> None:
        # Building a network draws random numbers that a run without a teacher does not draw.
        with torch.random.fork_rng(devices=[]):
            self.backbone: Any = Scorer(config.teacher_architecture).backbone
        run_weights(self.backbone, find_weights(weights, config.teacher))
        self.backbone.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)

    @torch.no_grad()
    def answer(self, images: Tensor, strides: Sequence[int]) -> tuple[Tensor, dict[int, Tensor]]:
        """Return what `features.forward` does, of normalised pictures ``(N, 3, S, S)``."""
        return features.forward(self.backbone, images, strides)


class Hints(nn.Module):
    """How far a student's features are from a teacher's of the same pictures.

    One linear layer per stride maps the student's channels to the teacher's, all brought to mean 0 and spread
    1 over the batch; the layers are dropped after training.
    """

    def __init__(self, student: Any, teacher: Any) -> None:
        super().__init__()
        widths = [[features.channels(backbone, s) for backbone in (student, teacher)] for s in STRIDES]
        with torch.random.fork_rng(devices=[]):
            self.maps = nn.ModuleList(nn.Conv2d(mine, its, 1) for mine, its in widths)

    def forward(self, student: dict[int, Tensor], teacher: dict[int, Tensor]) -> Tensor:
        """Return the mean squared difference of features by stride; 1 for unrelated ones."""
        losses = []
        for layer, stride in zip(self.maps, STRIDES, strict=True):
            mine, its = (
                F.batch_norm(of[stride].float(), None, None, training=True) for of in (student, teacher)
            )
            losses.append(F.mse_loss(layer(mine).float(), its))
        return torch.stack(losses).mean()


def distillation_loss(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """Return the mean loss of logits ``(N,)`` against the teacher's."""
    softened = torch.sigmoid(taught / temperature)
    return F.binary_cross_entropy_with_logits(logits / temperature, softened) * temperature**2
