"""Sharpness-aware minimisation (SAM, Foret et al., ICLR 2021): gradients at the worst weights nearby."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def perturbed(module: nn.Module, radius: float) -> Iterator[None]:
    """Move the weights by ``radius`` (L2, over all of them) along their gradient; restore them after.

    A second loss is computed inside; its gradients remain. The running statistics of batch normalisation do
    not follow the perturbed weights.
    """
    moved = [(p, p.detach().clone(), p.grad) for p in module.parameters() if p.grad is not None]
    length = nn.utils.get_total_norm([grad for _, _, grad in moved])
    with torch.no_grad():
        for parameter, _, grad in moved:
            parameter.add_(grad * (radius / (length + 1e-12)))
            parameter.grad = None
    momenta = [(m, m.momentum) for m in module.modules() if isinstance(m, _BatchNorm)]
    for norm, _ in momenta:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in momenta:
            norm.momentum = momentum
        with torch.no_grad():
            for parameter, before, _ in moved:
                parameter.copy_(before)
