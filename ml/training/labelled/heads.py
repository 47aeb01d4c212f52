"""Two logits of one backbone, one per trace, each fitted on its own fakes against all authentic faces."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from detector.contracts import Trace

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


def wanted(targets: Targets) -> Tensor:
    """Return what each head is to answer, ``(N, heads)``: 1 for fakes that bear its trace, else 0."""
    return (targets.trace[:, None] == torch.arange(len(HEADS))).float()


def weights(targets: Targets) -> Tensor:
    """Return what each face weighs in each head's loss, ``(N, heads)``.

    A head is fitted on fakes that bear its trace and on all authentic faces. Among stills, and among clips,
    authentic faces together weigh as much as the fakes together, so that what kind of media a face comes from
    says nothing; where one of both is missing, the others weigh nothing. Heads weigh the same, 1 in all; one
    without a fake among the faces weighs nothing.
    """
    columns = [_head_weights(targets, head) for head in range(len(HEADS))]
    return torch.stack([column / (column.sum().clamp(min=1e-9) * len(HEADS)) for column in columns], 1)


def _head_weights(targets: Targets, head: int) -> Tensor:
    column = torch.zeros(targets.trace.shape, dtype=torch.float32)
    for video in (False, True):
        real = (targets.trace == AUTHENTIC) & (targets.video == video)
        fake = (targets.trace == head) & (targets.video == video)
        if real.any() and fake.any():
            column[fake] = 1.0
            column[real] = fake.sum() / real.sum()
    return column


def widen(backbone: Any) -> None:
    """Give a backbone of one logit a logit for each head, all equal to the one it had."""
    before = {name: value.clone() for name, value in backbone.get_classifier().state_dict().items()}
    backbone.reset_classifier(len(HEADS))
    after = {name: value.expand(len(HEADS), *value.shape[1:]) for name, value in before.items()}
    backbone.get_classifier().load_state_dict(after)
