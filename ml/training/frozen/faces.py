"""Which faces are looked at: draws to train on, media held out, and development media, in one order.

They come in blocks with a share of each, so that a part of the blocks is a smaller set of the same kinds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from detector.contracts import CropSpec, Image
from training.evaluation.found_faces import FaceCache, FoundFaces
from training.evaluation.records import Entry
from training.fitting.held_out import HeldOutValidation
from training.labelled.pack import LabelledPack
from training.labelled.sampler import Sampler, SamplerConfig, to_train_on
from training.labelled.views import LABELLED_AUGMENT, view

Part = Literal["training", "held out", "development", "unused"]

FRAMES = 2  # of a clip of the development media


_CLIPS_IN = 30  # blocks, from the first: clips are few, so they come sooner than all else


@dataclass(frozen=True, slots=True)
class FaceRow:
    """One face, by what is known of its file."""

    part: Part
    file: str  # which faces of one part share
    dataset: str
    group: str
    fake: bool
    video: bool
    trace: str = ""  # of a labelled fake
    held_out: str = ""  # name of the kind that validates on it


@dataclass(frozen=True, slots=True)
class Plan:
    """How many blocks there are, and what each holds."""

    seed: int = 0
    blocks: int = 110
    couples: int = 16  # of an authentic and a fake crop, drawn as training draws them
    stills: int = 135  # of the development media, of each set and label at most
    sampling: SamplerConfig = field(default_factory=SamplerConfig)


class Faces:
    """Makes the blocks of a plan; the same number gives the same faces on any machine."""

    def __init__(
        self,
        pack: LabelledPack,
        entries: Sequence[Entry],
        data: Path,
        cache: FaceCache,
        spec: CropSpec,
        plan: Plan,
    ) -> None:
        """Prepare; ``spec`` is that of our bundles' crops, which ``cache`` keeps too."""
        self._pack, self._data, self._cache, self._spec, self.plan = pack, data, cache, spec, plan
        self._sampler = Sampler(pack, plan.sampling, to_train_on(pack, everything=True))
        self._validation = HeldOutValidation(pack, spec)
        rng = np.random.default_rng(plan.seed)
        self._rows = rng.permutation(len(self._validation.rows))
        chosen = _chosen(entries, plan.stills, rng)
        mixed = [chosen[place] for place in rng.permutation(len(chosen)).tolist()]
        self._entries = _spread([entry for entry in mixed if entry.kind == "image"], plan.blocks)
        clips = _spread([entry for entry in mixed if entry.kind == "video"], min(_CLIPS_IN, plan.blocks))
        for block, some in zip(self._entries, clips, strict=False):
            block.extend(some)

    def block(self, number: int) -> tuple[list[FaceRow], list[Image]]:
        """Return the faces of a block and their crops as our bundles are served them."""
        pairs = [*self._drawn(number), *self._held_out(number), *self._development(number)]
        return [row for row, _ in pairs], [crop for _, crop in pairs]

    def _drawn(self, number: int) -> Iterator[tuple[FaceRow, Image]]:
        rng = np.random.default_rng([self.plan.seed, number])
        for _ in range(self.plan.couples):
            for draw in self._sampler.couple(rng):
                crop = view(self._pack[draw.row], draw.size, self._spec, LABELLED_AUGMENT, rng)
                yield self._labelled(draw.row, "training"), crop

    def _held_out(self, number: int) -> Iterator[tuple[FaceRow, Image]]:
        for place in np.array_split(self._rows, self.plan.blocks)[number].tolist():
            row = int(self._validation.rows[place])
            yield self._labelled(row, "held out"), self._validation.views[place]

    def _development(self, number: int) -> Iterator[tuple[FaceRow, Image]]:
        for entry in self._entries[number]:
            found = self._cache.get(self._data, entry.file)
            row = FaceRow(
                "development",
                entry.file,
                entry.dataset,
                entry.group,
                entry.label == "fake",
                entry.kind == "video",
            )
            for place in _largest(found):
                yield row, found.crops[place]

    def _labelled(self, row: int, part: Part) -> FaceRow:
        records = {name: column[row] for name, column in self._pack.records.items()}
        return FaceRow(
            part,
            str(records["number"]),
            str(records["source"]),
            str(records["group"]),
            bool(records["fake"]),
            bool(records["video"]),
            str(records["trace"]),
            str(records["held_out"]),
        )


def _chosen(entries: Sequence[Entry], stills: int, rng: np.random.Generator) -> list[Entry]:
    """Return all clips, and of each set and label so many stills; groups come whole while there is room."""
    names = sorted({entry.group for entry in entries})
    rank = dict(zip(names, rng.permutation(len(names)).tolist(), strict=True))
    sides: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: (rank[one.group], one.file)):
        sides[entry.dataset, entry.label].append(entry)
    return [
        entry
        for side in sides.values()
        for place, entry in enumerate(side)
        if entry.kind == "video" or place < stills
    ]


def _spread(entries: list[Entry], blocks: int) -> list[list[Entry]]:
    """Return the entries in so many shares of about the same length, in order."""
    edges = np.linspace(0, len(entries), blocks + 1).round().astype(int).tolist()
    return [entries[start:end] for start, end in pairwise(edges)]


def _largest(found: FoundFaces) -> Iterator[int]:
    """Yield the place of the largest face of each sampled frame."""
    for sample in np.unique(found.sample).tolist():
        mine = np.flatnonzero(found.sample == sample)
        yield int(mine[found.size_px[mine].argmax()])
