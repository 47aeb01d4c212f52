"""Fitting a network over time, and what it says of clips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from measures.metrics import Values
from training.sequence.inputs import (
    INPUTS,
    Basis,
    Motion,
    as_authentic,
    as_fake,
    basis,
    figures,
    motion,
    stacked,
)
from training.sequence.kept import Clip
from training.sequence.networks import NETWORKS, OverTime

_COUPLES = 16  # of a step: as many authentic as manipulated bursts
_PSEUDO_SHARE = 0.5  # of the manipulated bursts of a step that are pseudo-fakes, half of them made of pixels
_RATE, _DECAY, _SMOOTHED = 2e-3, 0.05, 0.05


@dataclass(frozen=True, slots=True)
class Way:
    """What is fitted: a network of `NETWORKS`, what it sees of `INPUTS`, and with which pseudo-fakes."""

    network: str
    inputs: str
    pseudo: bool = True
    steps: int = 300


@dataclass(frozen=True, slots=True)
class Moved:
    """A clip's bursts as networks see them."""

    clip: Clip
    plain: tuple[Motion, ...]
    fakes: tuple[Motion, ...]  # of an authentic clip: made of its pixels
    authentic: tuple[Motion, ...]  # the same, changed but authentic


def moved(clips: Sequence[Clip], of: Basis) -> list[Moved]:
    """Return what networks see of clips."""
    found = []
    for clip in clips:
        sides: dict[str, list[Motion]] = defaultdict(list)
        for track in clip.tracks:
            sides["plain" if not track.kind else "fakes" if track.fake else "authentic"].append(
                motion(track, of)
            )
        found.append(Moved(clip, *(tuple(sides[name]) for name in ("plain", "fakes", "authentic"))))
    return found


def own_basis(clips: Sequence[Clip]) -> Basis:
    """Return the basis of clips' unchanged bursts."""
    plain = [track for clip in clips for track in clip.tracks if not track.kind]
    return basis(plain, np.random.default_rng(0))


def fit(way: Way, clips: Sequence[Moved], seed: int) -> OverTime:
    """Return the network fitted to clips of both classes; equal arguments give equal weights.

    A source is drawn by the square root of its clips, then a clip, then a burst. Raises ValueError where a
    class is missing.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    parts = INPUTS[way.inputs]
    authentic, manipulated = (
        _Drawn([one for one in clips if one.clip.row.fake == side]) for side in (False, True)
    )
    width = figures(stacked(clips[0].plain[:1]), parts).shape[2]
    network = OverTime(width, NETWORKS[way.network]())
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=way.steps)
    targets = torch.tensor([_SMOOTHED] * _COUPLES + [1.0 - _SMOOTHED] * _COUPLES)
    network.train()
    for _ in range(way.steps):
        bursts = [_real(authentic.one(rng), rng) for _ in range(_COUPLES)]
        for _ in range(_COUPLES):
            pseudo = way.pseudo and rng.random() < _PSEUDO_SHARE
            bursts.append(
                _false(authentic.one(rng), rng) if pseudo else _any(manipulated.one(rng).plain, rng)
            )
        seen = figures(as_authentic(stacked(bursts), rng), parts)
        loss = nn.functional.binary_cross_entropy_with_logits(network(torch.from_numpy(seen)), targets)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return network.eval()


@torch.inference_mode()
def answers(network: OverTime, way: Way, clips: Sequence[Moved]) -> Values:
    """Return the mean logit ``(N,)`` of each clip's unchanged bursts."""
    parts = INPUTS[way.inputs]
    owner = np.asarray([place for place, one in enumerate(clips) for _ in one.plain])
    seen = figures(stacked([burst for one in clips for burst in one.plain]), parts)
    logits = np.concatenate(
        [network(torch.from_numpy(seen[i : i + 256])).numpy() for i in range(0, len(seen), 256)]
    )
    return np.asarray(np.bincount(owner, logits) / np.bincount(owner), np.float64)


class _Drawn:
    """Clips of one class by source."""

    def __init__(self, clips: Sequence[Moved]) -> None:
        self._sources: dict[str, list[Moved]] = defaultdict(list)
        for one in clips:
            self._sources[one.clip.row.dataset].append(one)
        if not self._sources:
            raise ValueError("clips of both classes are needed")
        self._names = sorted(self._sources)
        roots = np.sqrt([len(self._sources[name]) for name in self._names])
        self._shares: NDArray[np.float64] = np.cumsum(roots / roots.sum())

    def one(self, rng: np.random.Generator) -> Moved:
        place = min(int(np.searchsorted(self._shares, rng.random())), len(self._names) - 1)
        clips = self._sources[self._names[place]]
        return clips[int(rng.integers(len(clips)))]


def _any(bursts: Sequence[Motion], rng: np.random.Generator) -> Motion:
    return bursts[int(rng.integers(len(bursts)))]


def _real(one: Moved, rng: np.random.Generator) -> Motion:
    return _any(one.authentic if one.authentic and rng.random() < 0.25 else one.plain, rng)


def _false(one: Moved, rng: np.random.Generator) -> Motion:
    if one.fakes and rng.random() < 0.5:
        return _any(one.fakes, rng)
    return as_fake(_any(one.plain, rng), _any(one.plain, rng), rng)
