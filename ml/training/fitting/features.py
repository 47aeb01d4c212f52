"""The features inside a timm backbone beside its answer, from one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor


def channels(backbone: Any, stride: int) -> int:
    """Return the width C of the last features of a stride."""
    return int(backbone.feature_info[_stage(backbone, stride)]["num_chs"])


def forward(backbone: Any, images: Tensor, strides: Sequence[int]) -> tuple[Tensor, dict[int, Tensor]]:
    """Return logits ``(N,)`` and, by stride, the last features ``(N, C, h, w)`` of each.

    A backbone with several heads gives logits ``(N, heads)``.
    ``strides`` rise; there is at least one.
    """
    stages = [_stage(backbone, stride) for stride in strides]
    last, features = backbone.forward_intermediates(images, indices=stages)
    logits: Tensor = backbone.forward_head(last)
    return logits.float().squeeze(1), dict(zip(strides, features, strict=True))


def _stage(backbone: Any, stride: int) -> int:
    (stage,) = (place for place, info in enumerate(backbone.feature_info) if info["reduction"] == stride)
    return stage
