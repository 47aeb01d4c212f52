"""Which labelled crop comes next: draws in which neither kind nor size of face nor a source's size tells.

A draw fixes first what both classes share: still or clip, and the size that the face is reduced to. Only
crops that are that much larger are then drawn from, so that both classes come to the same sizes. A source
weighs the square root of its crops' files; groups of a source, and crops of a group, weigh the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Trace
from training.labelled.pack import LabelledPack

_Side = tuple[str, bool, int]  # trace or "" for authentic, video, size


@dataclass(frozen=True, slots=True)
class SamplerConfig:
    """Shares of what is drawn; both classes have the same."""

    clips: float = 0.45  # of the draws; the others are stills
    blended_stills: float = 0.05  # of the fakes among stills
    blended_clips: float = 0.5  # of the fakes among clips
    sizes: tuple[int, ...] = (52, 64, 80, 96, 112, 128, 144)  # of the face's longer side, in pixels
    reduction: float = 1.15  # times a size that a face must have in its original
    still_sizes: tuple[int, ...] = ()  # of stills, where they differ from `sizes`

    def sizes_of(self, video: bool) -> tuple[int, ...]:
        """Return the sizes that faces of clips, or of stills, are reduced to."""
        return self.sizes if video else self.still_sizes or self.sizes


@dataclass(frozen=True, slots=True)
class Draw:
    """A crop of a pack, and the face's longer side that it is reduced to."""

    row: int
    size: int
    fake: bool
    video: bool
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class _Groups:
    """The eligible crops of one side, by source and group."""

    shares: NDArray[np.float64]  # of the sources
    sources: list[list[NDArray[np.int64]]] = field(repr=False)

    def draw(self, rng: np.random.Generator) -> int:
        groups = self.sources[int(rng.choice(len(self.sources), p=self.shares))]
        group = groups[int(rng.integers(len(groups)))]
        return int(group[rng.integers(len(group))])


class Sampler:
    """Draws couples of an authentic and a fake crop of one kind and size from the rows of a pack."""

    def __init__(self, pack: LabelledPack, config: SamplerConfig, rows: NDArray[np.int64]) -> None:
        """Prepare to draw from ``rows``; raises ValueError where a wanted side has no large enough crop."""
        self._config = config
        self._sides: dict[_Side, _Groups] = {}
        records = pack.records
        for video, shares in self._traces().items():
            for trace in ("", *(str(trace) for trace, share in shares.items() if share)):
                side = rows[(records["video"][rows] == video) & (records["trace"][rows] == trace)]
                for size in sorted(set(config.sizes_of(video))):
                    large = pack.can_show(side, size, config.reduction)
                    if not large.any():
                        kind = "clip" if video else "still"
                        raise ValueError(f"no {trace or 'authentic'} {kind} shows a face of {size} px")
                    self._sides[trace, video, size] = _grouped(pack, side[large])

    def couple(self, rng: np.random.Generator) -> tuple[Draw, Draw]:
        """Return an authentic and a fake crop of the same kind, to be reduced to the same size."""
        video = bool(rng.random() < self._config.clips)
        size = int(rng.choice(self._config.sizes_of(video)))
        shares = self._traces()[video]
        trace = list(shares)[int(rng.choice(len(shares), p=list(shares.values())))]
        real, fake = self._sides["", video, size].draw(rng), self._sides[str(trace), video, size].draw(rng)
        return Draw(real, size, False, video, None), Draw(fake, size, True, video, trace)

    def _traces(self) -> Mapping[bool, Mapping[Trace, float]]:
        stills, clips = self._config.blended_stills, self._config.blended_clips
        return {
            video: {Trace.BLENDING: blended, Trace.GENERATION: 1.0 - blended}
            for video, blended in ((False, stills), (True, clips))
            if (self._config.clips if video else 1.0 - self._config.clips) > 0.0
        }


def _grouped(pack: LabelledPack, rows: NDArray[np.int64]) -> _Groups:
    records = pack.records
    by_source: dict[str, dict[str, list[int]]] = {}
    for row in rows.tolist():
        groups = by_source.setdefault(str(records["source"][row]), {})
        groups.setdefault(str(records["group"][row]), []).append(row)
    counts = [
        len({int(records["number"][row]) for group in groups.values() for row in group})
        for groups in by_source.values()
    ]
    shares = np.sqrt(np.asarray(counts, np.float64))
    sources = [[np.asarray(group, np.int64) for group in groups.values()] for groups in by_source.values()]
    return _Groups(shares / shares.sum(), sources)


def to_train_on(pack: LabelledPack, everything: bool = False) -> NDArray[np.int64]:
    """Return the rows of a pack of whose group nothing is held out, or all of them."""
    held_out, group = pack.records["held_out"] != "", pack.records["group"]
    return np.arange(len(pack)) if everything else np.flatnonzero(~np.isin(group, group[held_out]))


def held_out_kinds(pack: LabelledPack) -> Sequence[str]:
    """Return the names of the kinds that a pack is validated on, sorted."""
    return sorted({str(name) for name in np.unique(pack.records["held_out"])} - {""})
