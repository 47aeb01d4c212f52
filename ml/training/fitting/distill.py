"""A trained scorer as teacher: its answer to each picture of the batch is a softer label than real or fake.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, section 2, for one logit: the
cross-entropy between both answers at a temperature, times its square so that the gradients keep their size.

One number per picture says little to a network that is still learning to see, so its inner features can learn
from the teacher's too (Romero et al., "FitNets: Hints for Thin Deep Nets", ICLR 2015).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from detector.runtimes.torch import Scorer
from training.fitting.config import TrainConfig
from training.fitting.starts import find_weights, run_weights
from training.fitting.taps import Tap

_STRIDES = (8, 16, 32)


class Teacher:
    """A scorer that only answers: never trained, batch norm as it was measured."""

    def __init__(self, config: TrainConfig, weights: Path, device: torch.device) -> None:
        # Building a network draws random numbers that a run without a teacher does not draw.
        with torch.random.fork_rng(devices=[]):
            self.backbone: Any = Scorer(config.teacher_architecture).backbone
        run_weights(self.backbone, find_weights(weights, config.teacher))
        self.backbone.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)

    @torch.no_grad()
    def answer(self, images: Tensor) -> Tensor:
        """Return logits ``(N,)`` of normalised pictures ``(N, 3, S, S)``."""
        logits: Tensor = self.backbone(images)
        return logits.float().flatten()


class Hints(nn.Module):
    """How far a student's features are from a teacher's, after both have seen the same pictures.

    One linear layer per stride maps the student's channels to the teacher's, all brought to mean 0 and spread
    1 over the batch; the layers are dropped after training.
    """

    def __init__(self, student: Any, teacher: Teacher) -> None:
        super().__init__()
        self._taps = [(Tap(student, stride), Tap(teacher.backbone, stride)) for stride in _STRIDES]
        with torch.random.fork_rng(devices=[]):
            self.maps = nn.ModuleList(nn.Conv2d(mine.channels, its.channels, 1) for mine, its in self._taps)

    def forward(self) -> Tensor:
        """Return the mean squared difference, 1 for features that say nothing of the teacher's."""
        losses = []
        for layer, (mine, its) in zip(self.maps, self._taps, strict=True):
            seen, wanted = (
                F.batch_norm(tap.take().float(), None, None, training=True) for tap in (mine, its)
            )
            losses.append(F.mse_loss(layer(seen).float(), wanted))
        return torch.stack(losses).mean()


def distillation_loss(answers: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """Return the mean loss of logits ``(N,)`` against the teacher's."""
    softened = torch.sigmoid(taught / temperature)
    return F.binary_cross_entropy_with_logits(answers / temperature, softened) * temperature**2
