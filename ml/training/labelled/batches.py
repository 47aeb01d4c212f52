"""Training batches by number: couples of labelled crops, and beside them pairs of pseudo-fakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from detector.contracts import CropSpec, Image
from detector.preprocess import normalise
from training.labelled.config import LabelledConfig
from training.labelled.heads import AUTHENTIC, HEADS, Targets, wanted, weights
from training.labelled.pack import LabelledPack
from training.labelled.sampler import Sampler, to_train_on
from training.labelled.views import reduction, view, with_webp
from training.photographs.pack import Pack, missing
from training.samples.augment import AugmentConfig
from training.samples.blend import DERIVED_OF, KINDS, TRACES
from training.samples.pairs import CELL_PX, Batch, Pair


@dataclass(frozen=True, slots=True)
class Photographs:
    """What pseudo-fakes are made of, and how often each kind is."""

    pack: Pack
    rows: NDArray[np.int64]
    kinds: dict[str, float]

    def __post_init__(self) -> None:
        """Raise ValueError where there is no photograph to make one of the kinds of."""
        for kind in self.kinds:
            if kind in DERIVED_OF and not len(self.rows_for(kind)):
                raise missing(DERIVED_OF[kind])

    def rows_for(self, kind: str) -> NDArray[np.int64]:
        """Return the rows that a kind can be made of: where it needs a network, those that it has come to."""
        name = DERIVED_OF.get(kind)
        return self.rows if name is None else self.rows[self.rows < self.pack.length(name)]


class LabelledBatches(Dataset[Batch]):
    """Couples of labelled crops, then pairs of pseudo-fakes; a number gives the same batch on any machine."""

    def __init__(
        self,
        pack: LabelledPack,
        config: LabelledConfig,
        spec: CropSpec,
        augment: AugmentConfig,
        seed: int,
        photographs: Photographs | None = None,
    ) -> None:
        self._pack, self._sizes = pack, config.sampling.sizes
        self._sampler = Sampler(pack, config.sampling, to_train_on(pack, config.all))
        self._spec, self._augment, self._seed = spec, augment, seed
        self._augments = config.augments(augment)
        self._couples, self._photographs = config.couples, photographs
        self._pairs = config.pairs if photographs else 0

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step])
        images: list[Image] = []
        traces, videos = [], []
        for _ in range(self._couples):
            for draw in self._sampler.couple(rng):
                augment = self._augments[draw.video]
                images.append(view(self._pack[draw.row], draw.size, self._spec, augment, rng))
                traces.append(AUTHENTIC if draw.trace is None else HEADS.index(draw.trace))
                videos.append(draw.video)
        pairs = [self._pair(rng) for _ in range(self._pairs)]
        images += [pair.real for pair in pairs] + [pair.fake for pair in pairs]
        traces += [AUTHENTIC] * len(pairs) + [HEADS.index(TRACES[pair.kind]) for pair in pairs]
        videos += [False] * 2 * len(pairs)
        cells = self._spec.size // CELL_PX
        fakes = np.asarray([pair.where for pair in pairs], np.float32).reshape(-1, cells, cells)
        targets = Targets(torch.tensor(traces), torch.tensor(videos))
        return Batch(
            torch.from_numpy(normalise(images, self._spec)),
            wanted(targets),
            torch.from_numpy(np.concatenate([np.zeros_like(fakes), fakes])),
            weights(targets),
        )

    def _pair(self, rng: np.random.Generator) -> Pair:
        """Return a photograph and its pseudo-fake under one plan, of the sizes of labelled crops."""
        assert self._photographs is not None
        source = self._photographs
        row = int(rng.choice(source.rows))
        size = int(rng.choice(self._sizes))
        plan = reduction(source.pack[row].box, size, self._augment, rng)
        shares = np.asarray(list(source.kinds.values()))
        kind = str(rng.choice(list(source.kinds), p=shares / shares.sum()))
        if row not in (made := source.rows_for(kind)):
            row = int(rng.choice(made))
            plan = reduction(source.pack[row].box, size, self._augment, rng)
        photo = source.pack[row]
        fake = KINDS[kind](photo, partial(source.pack.donor, row), rng)
        seed = int(rng.integers(2**32))
        real, changed = (
            plan.apply(with_webp(picture, np.random.default_rng(seed)), self._spec)
            for picture in (photo.rgb if fake.real is None else fake.real, fake.rgb)
        )
        return Pair(real, changed, kind, plan.locate(fake.mask, self._spec, self._spec.size // CELL_PX))
