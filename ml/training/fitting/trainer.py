"""The state of a training run and what one optimisation step does to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from timm.optim import param_groups_weight_decay
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3
from torch import Tensor, nn

from detector.contracts import Trace
from detector.runtimes.torch import Scorer
from training.fitting import distillation, features, localisation
from training.fitting.config import TrainConfig, as_document, describes
from training.fitting.distillation import Hints, Teacher, distillation_loss
from training.fitting.localisation import Localiser
from training.fitting.sam import perturbed
from training.fitting.starts import STARTS, find_weights, outputs
from training.labelled.heads import HEADS, widen
from training.samples.pairs import Batch

_CPU = torch.device("cpu")
_TAUGHT = HEADS.index(Trace.BLENDING)  # of several heads, the one that a teacher teaches


class Trainer:
    """Backbone, its average, optimiser and step: everything that a checkpoint holds."""

    def __init__(self, config: TrainConfig, weights: Path, device: torch.device = _CPU) -> None:
        """Begin a run from the initial weights that the configuration names."""
        torch.manual_seed(config.seed)
        self.config, self.device = config, device
        # Initialised on the CPU, so that a seed gives the same start everywhere.
        self.backbone = _backbone(config, weights).to(device)
        # Decays of 2/11, 3/12, 4/13 … at first, so that the average does not stay near the initial weights.
        self.average = ModelEmaV3(
            self.backbone,
            config.ema_decay,
            update_after_step=-2,
            use_warmup=True,
            warmup_gamma=9.0,
            warmup_power=1.0,
        )
        width = features.channels(self.backbone, localisation.STRIDE)
        self.localiser = Localiser(width).to(device)
        self.teacher = Teacher(config, weights, device) if config.distillation else None
        self.hints = None
        if self.teacher and config.hints:
            self.hints = Hints(self.backbone, self.teacher.backbone).to(device)
        self.trained = nn.ModuleList([self.backbone, self.localiser, *([self.hints] if self.hints else [])])
        # Only matrices and kernels decay. They come first: a checkpoint knows parameters by their place.
        groups = param_groups_weight_decay(self.trained, config.weight_decay)[::-1]
        self.optimizer = torch.optim.AdamW(groups, lr=config.learning_rate)
        self.schedule = learning_rates(self.optimizer, config)
        self.step = 0

    def advance(self, batch: Batch) -> tuple[float, float]:
        """Take one optimisation step; return loss and accuracy of the batch."""
        self.backbone.train()
        self.schedule.step_update(self.step + 1)
        batch = Batch(*(None if part is None else part.to(self.device, non_blocking=True) for part in batch))
        batch = batch._replace(weights=self._weights(batch))
        images = batch.images.contiguous(memory_format=torch.channels_last)
        self.optimizer.zero_grad(set_to_none=True)
        loss, logits = self._backward(images, batch)
        if self.config.sam_radius:
            with perturbed(self.trained, self.config.sam_radius):
                self._backward(images, batch)
        nn.utils.clip_grad_norm_(self.backbone.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        self.average.update(self.backbone, self.step)
        right = ((logits > 0) == (batch.labels > 0.5)).float()
        told = 1.0 if batch.weights is None else batch.weights.sum().clamp(min=1e-9)
        return loss.item(), (_mean(right, batch.weights) / told).item()

    def _weights(self, batch: Batch) -> Tensor | None:
        """Return what each label weighs: 1 in all, and `taught_labels` those of a head that is taught."""
        if batch.weights is None or self.teacher is None:
            return batch.weights
        weights = batch.weights.clone()
        weights[:, _TAUGHT] = 0.0
        weights = weights / weights.sum().clamp(min=1e-9)
        own = batch.weights[:, _TAUGHT]
        weights[:, _TAUGHT] = self.config.taught_labels * own / own.sum().clamp(min=1e-9)
        return weights

    def _backward(self, images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Add the batch's gradients to the weights'; return its loss and logits, as the labels are."""
        strides = distillation.STRIDES if self.hints else (localisation.STRIDE,)
        smooth = self.config.label_smoothing
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            logits, inner = features.forward(self.backbone, images, strides)
            where = self.localiser(inner[localisation.STRIDE], batch.where.shape[-1])
            taught, wanted = self.teacher.answer(images, strides) if self.teacher else (None, {})
            hinted = self.hints(inner, wanted) if self.hints else None
        labels = batch.labels * (1.0 - 2.0 * smooth) + smooth
        loss = _mean(F.binary_cross_entropy_with_logits(logits, labels, reduction="none"), batch.weights)
        if pairs := len(batch.where):
            located = F.binary_cross_entropy_with_logits(where[-pairs:], batch.where)
            loss = loss + self.config.localisation * located
        if taught is not None:
            student = logits[:, _TAUGHT] if self.config.labelled else logits
            soft = distillation_loss(student, taught, self.config.temperature)
            loss = loss + self.config.distillation * soft
        if hinted is not None:
            loss = loss + self.config.hints * hinted
        loss.backward()  # type: ignore[no-untyped-call]
        return loss, logits

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


def _mean(values: Tensor, weights: Tensor | None) -> Tensor:
    return values.mean() if weights is None else (values * weights).sum()


def learning_rates(optimizer: torch.optim.Optimizer, config: TrainConfig) -> CosineLRScheduler:
    """Return the schedule of steps counted from 1: linear warm-up, then a half cosine down to a hundredth."""
    return CosineLRScheduler(
        optimizer,
        t_initial=max(1, config.steps - config.warmup_steps),
        lr_min=0.01 * config.learning_rate,
        warmup_t=config.warmup_steps,
        warmup_prefix=True,
        t_in_epochs=False,
    )


def _backbone(config: TrainConfig, weights: Path) -> Any:
    """Build the model as serving does; what timm returns has no useful static type."""
    scorer = Scorer(config.architecture, drop_rate=config.dropout, drop_path_rate=config.drop_path)
    file = find_weights(weights, config.start_file)
    widened = config.labelled is not None and config.start == "run" and outputs(file) == len(HEADS)
    if widened:
        widen(scorer.backbone)
    STARTS[config.start](scorer.backbone, file)
    if config.labelled and not widened:
        widen(scorer.backbone)
    return scorer.backbone.to(memory_format=torch.channels_last)
