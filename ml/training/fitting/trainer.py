"""The state of a training run and what one optimisation step does to it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from timm.layers.drop import DropPath
from torch import Tensor, nn

from detector.runtimes.torch import Scorer
from training.fitting.config import TrainConfig, as_document, describes
from training.fitting.distill import Hints, Teacher, distillation_loss
from training.fitting.ema import AveragedModel
from training.fitting.localise import Localiser
from training.fitting.sharpness import climbed
from training.fitting.starts import STARTS, find_weights
from training.samples.pairs import Batch

_CPU = torch.device("cpu")


class Trainer:
    """Backbone, its average, optimiser and step: everything that a checkpoint holds."""

    def __init__(self, config: TrainConfig, weights: Path, device: torch.device = _CPU) -> None:
        """Begin a run from the initial weights that the configuration names."""
        torch.manual_seed(config.seed)
        self.config, self.device = config, device
        # Initialised on the CPU, so that a seed gives the same start everywhere.
        self.backbone = _backbone(config, weights).to(device)
        self.average = AveragedModel(self.backbone, config.ema_decay)
        self.localiser = Localiser(self.backbone).to(device)
        self.teacher = Teacher(config, weights, device) if config.distillation else None
        self.hints = Hints(self.backbone, self.teacher).to(device) if self.teacher and config.hints else None
        self.trained = nn.ModuleList([self.backbone, self.localiser, *([self.hints] if self.hints else [])])
        self.optimizer = torch.optim.AdamW(
            _groups(self.trained, config.weight_decay),
            lr=config.learning_rate,
        )
        self.step = 0

    def advance(self, batch: Batch) -> tuple[float, float]:
        """Take one optimisation step; return loss and accuracy of the batch."""
        self.backbone.train()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        batch = Batch(*(part.to(self.device, non_blocking=True) for part in batch))
        images = batch.images.contiguous(memory_format=torch.channels_last)
        self.optimizer.zero_grad(set_to_none=True)
        loss, answers = self._backward(images, batch)
        if self.config.sam_radius:
            with climbed(self.trained, self.config.sam_radius):
                self._backward(images, batch)
        nn.utils.clip_grad_norm_(self.backbone.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        self.average.update(self.backbone, self.step)
        return loss.item(), ((answers > 0) == (batch.labels > 0.5)).float().mean().item()

    def _backward(self, images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Add the batch's gradients to the weights'; return its loss and the answers (N,)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            answers = self.backbone(images)
            places = self.localiser(batch.where.shape[-1])
            taught = self.teacher.answer(images) if self.teacher else None
            hinted = self.hints() if self.hints else None
        answers = answers.float().flatten()
        loss = self._loss(answers, places, batch, taught)
        if hinted is not None:
            loss = loss + self.config.hints * hinted
        loss.backward()  # type: ignore[no-untyped-call]
        return loss, answers

    def _loss(self, answers: Tensor, places: Tensor, batch: Batch, taught: Tensor | None) -> Tensor:
        smooth = self.config.label_smoothing
        labels = batch.labels * (1.0 - 2.0 * smooth) + smooth
        loss = F.binary_cross_entropy_with_logits(answers, labels)
        loss = loss + self.config.localisation * F.binary_cross_entropy_with_logits(places, batch.where)
        if taught is not None:
            loss = loss + self.config.distillation * distillation_loss(
                answers, taught, self.config.temperature
            )
        return loss

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs, on whatever device."""
        cuda = {"random_cuda": torch.cuda.get_rng_state()} if self.device.type == "cuda" else {}
        return {
            **cuda,
            **({"hints": self.hints.maps.state_dict()} if self.hints else {}),
            "step": self.step,
            "backbone": self.backbone.state_dict(),
            "localiser": self.localiser.head.state_dict(),
            "average": self.average.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "config": as_document(self.config),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a checkpoint; raises ValueError when it belongs to another configuration."""
        if not describes(state["config"], self.config):
            raise ValueError("the checkpoint was made with another configuration; give another --out")
        self.step = state["step"]
        self.backbone.load_state_dict(state["backbone"])
        self.localiser.head.load_state_dict(state["localiser"])
        self.average.module.load_state_dict(state["average"])
        if self.hints:
            self.hints.maps.load_state_dict(state["hints"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        if self.device.type == "cuda" and "random_cuda" in state:
            torch.cuda.set_rng_state(state["random_cuda"])


def learning_rate(step: int, config: TrainConfig) -> float:
    """Return the rate of a step: linear warm-up, then a half cosine down to a hundredth."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(done, 1.0))))


def _backbone(config: TrainConfig, weights: Path) -> Any:
    """Build the model as serving does; what timm returns has no useful static type."""
    backbone: Any = cast(Any, Scorer(config.architecture).backbone)
    backbone.drop_rate = config.dropout
    _drop_paths(backbone, config.drop_path)
    STARTS[config.start](backbone, find_weights(weights, config.start_file))
    return backbone.to(memory_format=torch.channels_last)


def _drop_paths(backbone: Any, rate: float) -> None:
    """Leave blocks out at random (Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016)."""
    blocks = [block for stage in backbone.blocks for block in stage if hasattr(block, "drop_path")]
    for depth, block in enumerate(blocks, 1):
        if rate:
            block.drop_path = DropPath(rate * depth / len(blocks))


def _groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Decay matrices and kernels only, not batch-norm scales and biases."""
    parameters = list(module.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
