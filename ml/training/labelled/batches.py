"""Training batches by number: couples of labelled crops, and beside them pairs of pseudo-fakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from detector.contracts import CropSpec, Image
from detector.preprocess import normalise
from training.labelled.heads import AUTHENTIC, HEADS, Targets
from training.labelled.manifest import Trace
from training.labelled.pack import LabelledPack
from training.labelled.sampler import Sampler, SamplerConfig
from training.labelled.views import reduction, view, with_webp
from training.photographs.pack import Pack
from training.samples.augment import AugmentConfig
from training.samples.blend import KINDS

CELL_PX = 16
_BLENDING = HEADS.index(Trace.BLENDING)


class LabelledBatch(NamedTuple):
    """``N`` faces: couples of labelled crops, then pairs of a photograph and its pseudo-fake."""

    images: Tensor
    """``(N, 3, S, S) float32``, normalised."""
    targets: Targets
    where: Tensor
    """``(2 pairs, C, C)`` in [0, 1]: the share of each cell that is fake, of the last faces of the batch."""


@dataclass(frozen=True, slots=True)
class Photographs:
    """What pseudo-fakes are made of, and how often each kind is."""

    pack: Pack
    rows: NDArray[np.int64]
    kinds: dict[str, float]


class LabelledBatches(Dataset[LabelledBatch]):
    """Batch ``step`` is the same on any machine, in any order."""

    def __init__(
        self,
        pack: LabelledPack,
        rows: NDArray[np.int64],
        sampling: SamplerConfig,
        spec: CropSpec,
        augment: AugmentConfig,
        couples: int,
        seed: int,
        photographs: Photographs | None = None,
        pairs: int = 0,
    ) -> None:
        self._pack, self._sampler, self._sizes = pack, Sampler(pack, sampling, rows), sampling.sizes
        self._spec, self._augment, self._seed = spec, augment, seed
        self._couples, self._photographs, self._pairs = couples, photographs, pairs if photographs else 0

    def __getitem__(self, step: int) -> LabelledBatch:
        rng = np.random.default_rng([self._seed, step])
        images: list[Image] = []
        traces, videos, where = [], [], []
        for _ in range(self._couples):
            for draw in self._sampler.couple(rng):
                images.append(view(self._pack[draw.row], draw.size, self._spec, self._augment, rng))
                traces.append(AUTHENTIC if draw.trace is None else HEADS.index(draw.trace))
                videos.append(draw.video)
        for _ in range(self._pairs):
            pictures, mask = self._pair(rng)
            images += pictures
            traces += [AUTHENTIC, _BLENDING]
            videos += [False, False]
            where += [np.zeros_like(mask), mask]
        cells = self._spec.size // CELL_PX
        return LabelledBatch(
            torch.from_numpy(normalise(images, self._spec)),
            Targets(torch.tensor(traces), torch.tensor(videos)),
            torch.from_numpy(np.stack(where)) if where else torch.zeros(0, cells, cells),
        )

    def _pair(self, rng: np.random.Generator) -> tuple[Sequence[Image], NDArray[np.float32]]:
        """Return a photograph and its pseudo-fake under one plan, and where it is fake."""
        assert self._photographs is not None
        source = self._photographs
        row = int(rng.choice(source.rows))
        photo = source.pack[row]
        plan = reduction(photo.box, int(rng.choice(self._sizes)), self._augment, rng)
        weights = np.asarray(list(source.kinds.values()))
        kind = str(rng.choice(list(source.kinds), p=weights / weights.sum()))
        fake = KINDS[kind](photo, partial(source.pack.donor, row), rng)
        seed = int(rng.integers(2**32))
        original = photo.rgb if fake.real is None else fake.real
        pictures = [
            plan.apply(with_webp(picture, np.random.default_rng(seed)), self._spec)
            for picture in (original, fake.rgb)
        ]
        return pictures, plan.locate(fake.mask, self._spec, self._spec.size // CELL_PX)
