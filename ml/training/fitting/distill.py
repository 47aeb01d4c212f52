"""A trained scorer as teacher: its answer to each picture of the batch is a softer label than real or fake.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, section 2, for one logit: the
cross-entropy between both answers at a temperature, times its square so that the gradients keep their size.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from detector.runtimes.torch import Scorer
from training.fitting.config import TrainConfig
from training.fitting.starts import find_weights, run_weights


class Teacher:
    """A scorer that only answers: never trained, batch norm as it was measured."""

    def __init__(self, config: TrainConfig, weights: Path, device: torch.device) -> None:
        # Building a network draws random numbers that a run without a teacher does not draw.
        with torch.random.fork_rng(devices=[]):
            self.backbone = Scorer(config.teacher_architecture).backbone
        run_weights(self.backbone, find_weights(weights, config.teacher))
        self.backbone.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)

    @torch.no_grad()
    def answer(self, images: Tensor) -> Tensor:
        """Return logits ``(N,)`` of normalised pictures ``(N, 3, S, S)``."""
        logits: Tensor = self.backbone(images)
        return logits.float().flatten()


def distillation_loss(answers: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """Return the mean loss of logits ``(N,)`` against the teacher's."""
    softened = torch.sigmoid(taught / temperature)
    return F.binary_cross_entropy_with_logits(answers / temperature, softened) * temperature**2
