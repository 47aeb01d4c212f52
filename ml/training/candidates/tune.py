"""Fine-tuning a bundle's own weights on a few hundred faces, without losing what they know.

The last block of the network and its head learn; the blocks below, whose traces of manipulation took
thousands of files to learn, and all running statistics stay. In the end the weights go part of the way back
to those that they started from (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022), and
where the crops that the bundle was trained on are at hand, half of every step is of those.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import Dataset

from detector.contracts import CropSpec
from detector.runtimes.torch import scorer_of
from training.candidates.faces import sampling
from training.fitting.checkpoint import WEIGHTS, load_checkpoint, save_checkpoint, save_weights
from training.fitting.config import TrainConfig
from training.fitting.starts import stay_near
from training.labelled.batches import LabelledBatches, Photographs
from training.labelled.config import LabelledConfig
from training.labelled.pack import LabelledPack
from training.labelled.views import LABELLED_AUGMENT
from training.photographs.pack import Pack
from training.samples.pairs import Batch

_SMOOTHING = 0.02
_CHECKPOINT_EVERY = 25
_LARGEST_GRADIENT = 5.0


class TuneError(Exception):
    """The run cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a bundle is fine-tuned."""

    steps: int = 200
    seed: int = 0
    learning_rate: float = 2e-4
    couples: int = 12  # of an authentic and a fake face in a step
    near: float = 0.25  # share of the initial weights in the final ones

    @property
    def warmup(self) -> int:
        """Steps in which the learning rate rises."""
        return max(1, self.steps // 10)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0: a rise, then half a cosine."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done))


@dataclass(frozen=True, slots=True)
class Known:
    """What the bundle was trained on: labelled crops, and photographs for pseudo-fakes if they are there."""

    crops: LabelledPack
    file: Path  # of the crops' records, whose hash names them
    recipe: TrainConfig
    photographs: Pack | None = None


class Mixed(Dataset[Batch]):
    """Batches of one's own faces, with as much of what is known beside them; by number, as all batches."""

    def __init__(self, own: LabelledPack, known: Known | None, spec: CropSpec, tuning: Tuning) -> None:
        drawn = LabelledConfig(tuning.couples, 0, True, sampling(own))
        self._parts: list[Dataset[Batch]] = [LabelledBatches(own, drawn, spec, LABELLED_AUGMENT, tuning.seed)]
        if known is not None:
            self._parts.append(_known_batches(known, spec, tuning))

    def __getitem__(self, step: int) -> Batch:
        batches = [part[step] for part in self._parts]
        weights = [batch.weights / len(batches) for batch in batches if batch.weights is not None]
        return Batch(
            torch.cat([batch.images for batch in batches]),
            torch.cat([batch.labels for batch in batches]),
            torch.zeros(0),
            torch.cat(weights),
        )


def tune(
    start: Path,
    architecture: str,
    batches: Dataset[Batch],
    tuning: Tuning,
    identity: dict[str, Any],
    out: Path,
    minutes: float | None = None,
    report: Callable[[str], None] = print,
) -> bool:
    """Fine-tune the weights in the file ``start``, or resume; return whether the last step was reached.

    ``identity`` says what is learned from what; a checkpoint of something else raises `TuneError`.
    The final weights are `checkpoint.WEIGHTS` in ``out``. After ``minutes`` of wall time the call ends with a
    checkpoint, and the same call goes on to the same weights.
    """
    torch.manual_seed(tuning.seed)
    out.mkdir(parents=True, exist_ok=True)
    backbone = scorer_of(architecture, load_file(start)).backbone
    learned = last_block(backbone)
    optimizer = torch.optim.AdamW(learned, lr=tuning.learning_rate, weight_decay=0.0)
    identity = identity | {"tuning": asdict(tuning)}
    step = _restore(out, identity, backbone, optimizer)
    deadline = time.monotonic() + minutes * 60.0 if minutes else math.inf
    backbone.eval()  # running statistics and dropout stay as they are served
    while step < tuning.steps:
        batch = batches[step]  # here, since processes that find faces cannot be forked
        for group in optimizer.param_groups:
            group["lr"] = tuning.rate(step)
        loss = _advance(backbone, learned, optimizer, batch)
        step += 1
        late = time.monotonic() > deadline
        if step % _CHECKPOINT_EVERY == 0 or late or step == tuning.steps:
            report(f"step {step} of {tuning.steps}: loss {loss:.3f}")
            state = {"step": step, "backbone": backbone.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint(out, state | {"config": identity})
        if late:
            break
    if step < tuning.steps:
        return False
    stay_near(backbone, start, tuning.near)
    save_weights(backbone, out / WEIGHTS)
    return True


def last_block(backbone: Any) -> list[nn.Parameter]:
    """Let the last block, what follows it and the head learn, nothing else; return their parameters."""
    last = f"blocks.{len(backbone.blocks) - 1}."
    learned = []
    for name, parameter in backbone.named_parameters():
        parameter.requires_grad_(name.startswith((last, "conv_head.", "bn2.", "classifier.")))
        if parameter.requires_grad:
            learned.append(parameter)
    return learned


def loss_of(logits: Tensor, batch: Batch) -> Tensor:
    """Return the weighted loss of logits ``(N, T)``; a network of one trace learns that of either as one."""
    assert batch.weights is not None
    labels, weights = batch.labels, batch.weights
    if logits.shape[1] == 1:
        labels, weights = labels.amax(1, keepdim=True), weights.sum(1, keepdim=True)
    wanted = labels * (1.0 - 2.0 * _SMOOTHING) + _SMOOTHING
    return (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weights).sum()


def _advance(
    backbone: Any, learned: list[nn.Parameter], optimizer: torch.optim.Optimizer, batch: Batch
) -> float:
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(backbone(batch.images.contiguous(memory_format=torch.channels_last)), batch)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(learned, _LARGEST_GRADIENT)
    optimizer.step()
    return loss.item()


def _restore(out: Path, identity: dict[str, Any], backbone: Any, optimizer: torch.optim.Optimizer) -> int:
    state = load_checkpoint(out)
    if state is None:
        return 0
    if state["config"] != identity:
        raise TuneError(
            f"{out} holds a run on other files, of another bundle or with other options; give another --run"
        )
    backbone.load_state_dict(state["backbone"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def _known_batches(known: Known, spec: CropSpec, tuning: Tuning) -> Dataset[Batch]:
    recipe = known.recipe
    if recipe.labelled is None:
        raise TuneError("the recipe is of no run on labelled crops; give another --recipe")
    pairs = max(1, tuning.couples // 3) if known.photographs else 0
    config = LabelledConfig(tuning.couples - pairs, pairs, True, recipe.labelled.sampling)
    photographs = None
    if known.photographs is not None:
        rows = known.photographs.members(validation=False, sources=recipe.sources)
        photographs = Photographs(known.photographs, rows, recipe.kinds)
    return LabelledBatches(known.crops, config, spec, recipe.augment, tuning.seed + 1, photographs)
