"""Numbered samples: the same number gives the same real face and pseudo-fake on any machine, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from detector.contracts import CropSpec, Floats, Image
from detector.preprocess import normalise
from training.photographs.pack import Indices, Pack
from training.samples.augment import AugmentConfig, draw
from training.samples.blend import KINDS

CELL_PX = 16
"""Pixels of the network's view per cell of a map of where it is fake: the stride of its inner features."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A real face and its pseudo-fake under the same augmentation, both ``(S, S, 3)``."""

    real: Image
    fake: Image
    kind: str
    where: Floats
    """``(C, C) float32`` in [0, 1]: the share of each cell of the view that the fake replaces."""


class Batch(NamedTuple):
    """``N`` pictures as tensors: of n pairs the reals, then the fakes; others may come before them."""

    images: Tensor
    """``(N, 3, S, S) float32``, normalised."""
    labels: Tensor
    """``(N,)``, or ``(N, heads)``: 0 for a real, 1 for a fake."""
    where: Tensor
    """``(2 n, C, C)`` in [0, 1], of the pairs: the share of each cell that is fake, 0 all over for a real."""
    weights: Tensor | None = None
    """What each label weighs in the loss, with a sum of 1; None where all weigh the same."""


class Pairs:
    """All the pairs that a seed can make of some rows of a pack."""

    def __init__(self, pack: Pack, rows: Indices, spec: CropSpec, augment: AugmentConfig, seed: int) -> None:
        if not len(rows):
            raise ValueError("no photograph of the wanted sources on this side of the split")
        self._pack, self._rows, self._spec, self._augment, self._seed = pack, rows, spec, augment, seed

    def make(self, number: int, kinds: dict[str, float]) -> Pair:
        """Return pair ``number``, its kind drawn by the weights; each epoch has its own order."""
        epoch, place = divmod(number, len(self._rows))
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._rows))
        row = int(self._rows[order[place]])
        rng = np.random.default_rng([self._seed, epoch, place + 1])
        photo = self._pack[row]
        plan = draw(photo.box, self._augment, rng)
        weights = np.asarray(list(kinds.values()))
        kind = str(rng.choice(list(kinds), p=weights / weights.sum()))
        fake = KINDS[kind](photo, partial(self._pack.donor, row), rng)
        original = photo.rgb if fake.real is None else fake.real
        real, changed = (plan.apply(image, self._spec) for image in (original, fake.rgb))
        return Pair(real, changed, kind, plan.locate(fake.mask, self._spec, self._spec.size // CELL_PX))


class Batches(Dataset[Batch]):
    """Training batches by step."""

    def __init__(self, pairs: Pairs, spec: CropSpec, kinds: dict[str, float], size: int) -> None:
        self._pairs, self._spec, self._kinds, self._size = pairs, spec, kinds, size

    def __getitem__(self, step: int) -> Batch:
        numbers = range(step * self._size, (step + 1) * self._size)
        pairs = [self._pairs.make(number, self._kinds) for number in numbers]
        images = [pair.real for pair in pairs] + [pair.fake for pair in pairs]
        labels = torch.cat([torch.zeros(self._size), torch.ones(self._size)])
        fakes = torch.from_numpy(np.stack([pair.where for pair in pairs]))
        where = torch.cat([torch.zeros_like(fakes), fakes])
        return Batch(torch.from_numpy(normalise(images, self._spec)), labels, where)
