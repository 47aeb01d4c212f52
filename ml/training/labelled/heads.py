"""Two logits of one backbone, one per trace, each fitted on its own fakes against all authentic faces."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from training.labelled.manifest import Trace

HEADS = tuple(Trace)
"""The heads in the order of the network's outputs."""

AUTHENTIC = -1
"""Value of `Targets.trace` for an authentic face; a fake has the number of its head."""


class Targets(NamedTuple):
    """What is known of the faces of a batch."""

    trace: Tensor
    """``(N,) int64``: `AUTHENTIC`, or the head whose trace the fake bears."""
    video: Tensor
    """``(N,) bool``: a frame of a clip, not a still."""


def head_weights(targets: Targets, head: int) -> Tensor:
    """Return what each face weighs in a head's loss, ``(N,)``, 0 for fakes of the other trace.

    Among stills, and among clips, authentic faces together weigh as much as the fakes together, so that what
    kind of media a face comes from says nothing. Where one of both is missing, the others weigh nothing.
    """
    weights = torch.zeros(targets.trace.shape, dtype=torch.float32, device=targets.trace.device)
    for video in (False, True):
        real = (targets.trace == AUTHENTIC) & (targets.video == video)
        fake = (targets.trace == head) & (targets.video == video)
        if real.any() and fake.any():
            weights[fake] = 1.0
            weights[real] = fake.sum() / real.sum()
    return weights


def heads_loss(logits: Tensor, targets: Targets, smoothing: float) -> Tensor:
    """Return the mean over the heads of the weighted loss of logits ``(N, heads)``.

    A head without a fake in the batch adds nothing. ``smoothing`` keeps the wanted probabilities that far
    from 0 and 1.
    """
    losses = []
    for head in range(logits.shape[1]):
        weights = head_weights(targets, head)
        total = weights.sum()
        if total > 0:
            wanted = (targets.trace == head).to(logits.dtype) * (1.0 - 2.0 * smoothing) + smoothing
            each = F.binary_cross_entropy_with_logits(logits[:, head], wanted, reduction="none")
            losses.append((weights * each).sum() / total)
    if not losses:
        return logits.sum() * 0.0
    return torch.stack(losses).sum() / logits.shape[1]


def joined(logits: Tensor) -> Tensor:
    """Return one logit ``(N,)`` of the heads': of the probability that at least one trace is there.

    Noisy-or, ``1 - prod(1 - p)``: the heads are taken for independent.
    """
    none = F.logsigmoid(-logits.double()).sum(1)
    return torch.log(torch.expm1(-none)).to(logits.dtype)
