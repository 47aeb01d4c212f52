"""A check that the classes cannot be told by what is no trace of manipulation.

Crops are drawn as training draws them, each view is reduced to a few figures of size, sharpness, compression,
borders and colour, and a small network tells the classes from these. Sources are tested by networks that
never saw them: what such a network knows would be known of any source, and be learned in place of a trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from detector.contracts import CropSpec, Image
from measures.metrics import auc
from training.labelled.config import LabelledConfig
from training.labelled.pack import LabelledPack
from training.labelled.sampler import Sampler, to_train_on
from training.labelled.views import view
from training.samples.augment import AugmentConfig

HIGHEST_AUC = 0.55
"""Of the small network, from which on the classes differ by more than their traces."""

_FOLDS, _STEPS, _WIDTH = 5, 300, 16
_DIVISIONS = 4  # of the sources of each draw into folds
_FEWEST = 20  # crops of a source that is judged by itself


@dataclass(frozen=True, slots=True)
class Leak:
    """A source whose crops the small network knows without having seen the source."""

    source: str
    fake: bool
    crops: int
    auc: float  # of the source's crops against those of the other class


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What the small network tells; ``leaks`` come with the largest share in it first."""

    auc: float  # the mean of ``by_draw``
    by_draw: tuple[float, ...]
    by_kind: dict[str, float]  # of stills and clips, by themselves
    leaks: tuple[Leak, ...]

    @property
    def passed(self) -> bool:
        """Whether the classes are near enough to each other to train on."""
        return self.auc < HIGHEST_AUC

    @property
    def kinds_over(self) -> list[str]:
        """Which kinds of media reach the bound by themselves, though all together may not."""
        return [name for name, value in self.by_kind.items() if value >= HIGHEST_AUC]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Figures of crops as training sees them."""

    features: NDArray[np.float64]  # (N, K)
    fake: NDArray[np.bool_]
    video: NDArray[np.bool_]
    source: NDArray[np.str_]


def features(image: Image, size: int) -> NDArray[np.float64]:
    """Return the figures of a view ``(S, S, 3)`` of a face reduced to ``size`` pixels: size, sharpness at
    three scales, steps at every eighth pixel of the reduced picture, borders, and colours."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    values = [float(size)]
    for _ in range(3):
        values.append(
            float(np.log(cv2.Laplacian(grey, cv2.CV_32F, ksize=1).std() / (grey.std() + 4.0) + 1e-3))
        )
        grey = np.asarray(cv2.pyrDown(grey), np.float32)
    values += _blockiness(image)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)
    values += [*lab.mean(axis=0), *lab.std(axis=0)]
    edge = max(1, image.shape[0] // 16)
    rim = np.concatenate([image[:edge].reshape(-1, 3), image[-edge:].reshape(-1, 3)]).astype(np.float64)
    return np.asarray([*values, rim.mean(), rim.std()])


def draw_features(
    pack: LabelledPack,
    couples: int,
    config: LabelledConfig,
    spec: CropSpec,
    augment: AugmentConfig,
    seed: int = 0,
) -> Drawn:
    """Return the figures of ``couples`` as a run draws them: from its rows, by its shares, as its views.

    Raises ValueError where a wanted side has no large enough crop.
    """
    sampler, rng = Sampler(pack, config.sampling, to_train_on(pack, config.all)), np.random.default_rng(seed)
    draws = [draw for _ in range(couples) for draw in sampler.couple(rng)]
    augments = config.augments(augment)
    return Drawn(
        np.stack(
            [
                features(view(pack[draw.row], draw.size, spec, augments[draw.video], rng), draw.size)
                for draw in draws
            ]
        ),
        np.asarray([draw.fake for draw in draws]),
        np.asarray([draw.video for draw in draws]),
        np.asarray([pack.records["source"][draw.row] for draw in draws]),
    )


def find_shortcuts(draws: Sequence[Drawn], seed: int = 0) -> Shortcuts:
    """Tell how well figures tell the classes of sources that they were not fitted on.

    The mean over ``draws`` and over `_DIVISIONS` divisions of the sources of each into folds: by which
    sources meet in a fold, the AUC of one division differs by .05 from that of another, and by which crops
    are drawn, that of one draw by .03.
    """
    scores = [
        [_cross_scored(drawn, seed + number * _DIVISIONS + division) for division in range(_DIVISIONS)]
        for number, drawn in enumerate(draws)
    ]
    by_draw = [
        _told(drawn, of_draw, np.ones(len(drawn.fake), np.bool_))
        for drawn, of_draw in zip(draws, scores, strict=True)
    ]
    by_kind: dict[str, float] = {}
    for name, video in (("stills", False), ("clips", True)):
        both = [
            (one, s)
            for one, s in zip(draws, scores, strict=True)
            if len(set(one.fake[one.video == video])) > 1
        ]
        if both:
            by_kind[name] = float(np.mean([_told(one, s, one.video == video) for one, s in both]))
    means = np.concatenate([np.mean(of_draw, axis=0) for of_draw in scores])
    return Shortcuts(float(np.mean(by_draw)), tuple(by_draw), by_kind, tuple(_leaks(_together(draws), means)))


def _told(drawn: Drawn, scores: Sequence[NDArray[np.float64]], mine: NDArray[np.bool_]) -> float:
    return float(np.mean([auc(one[mine], drawn.fake[mine]) for one in scores]))


def _together(draws: Sequence[Drawn]) -> Drawn:
    return Drawn(
        np.concatenate([one.features for one in draws]),
        np.concatenate([one.fake for one in draws]),
        np.concatenate([one.video for one in draws]),
        np.concatenate([one.source for one in draws]),
    )


def _cross_scored(drawn: Drawn, seed: int) -> NDArray[np.float64]:
    names = np.unique(drawn.source)
    folds = dict(
        zip(
            np.random.default_rng(seed).permutation(names).tolist(),
            np.arange(len(names)) % _FOLDS,
            strict=True,
        )
    )
    fold = np.asarray([folds[name] for name in drawn.source.tolist()])
    scores = np.zeros(len(drawn.fake))
    for number in range(min(_FOLDS, len(names))):
        tested = fold == number
        scores[tested] = _fitted_scores(_part(drawn, ~tested), drawn.features[tested], seed)
    return scores


def _part(drawn: Drawn, rows: NDArray[np.bool_]) -> Drawn:
    return Drawn(drawn.features[rows], drawn.fake[rows], drawn.video[rows], drawn.source[rows])


def _fitted_scores(known: Drawn, tested: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the small network's logits of ``tested`` after it was fitted on ``known``."""
    mean, spread = known.features.mean(axis=0), known.features.std(axis=0) + 1e-9
    x, y = (torch.from_numpy((part - mean) / spread).float() for part in (known.features, tested))
    wanted, weights = torch.from_numpy(known.fake).float(), torch.from_numpy(_balanced(known)).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Linear(x.shape[1], _WIDTH), nn.Tanh(), nn.Dropout(0.2), nn.Linear(_WIDTH, 1)
        )
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.05)
        for _ in range(_STEPS):
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(network(x)[:, 0], wanted, weights)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    with torch.inference_mode():
        return np.asarray(network.eval()(y)[:, 0].numpy(), np.float64)


def _balanced(drawn: Drawn) -> NDArray[np.float64]:
    """Return weights of mean 1 under which both classes are as frequent among stills and among clips.

    Without them a fold that lacks one class's sources would shift the logits of all the others.
    """
    weights = np.zeros(len(drawn.fake))
    for video in (False, True):
        for fake in (False, True):
            mine = (drawn.video == video) & (drawn.fake == fake)
            weights[mine] = (drawn.video == video).sum() / max(1, mine.sum())
    return np.asarray(weights / weights.mean(), np.float64)


def _leaks(drawn: Drawn, scores: NDArray[np.float64]) -> Sequence[Leak]:
    leaks = []
    for source in np.unique(drawn.source):
        for fake in (False, True):
            mine, others = (drawn.source == source) & (drawn.fake == fake), drawn.fake != fake
            if mine.sum() >= _FEWEST:
                used = mine | others
                leaks.append(
                    Leak(str(source), fake, int(mine.sum()), float(auc(scores[used], drawn.fake[used])))
                )
    return sorted(leaks, key=lambda leak: -leak.crops * (leak.auc - 0.5))


def _blockiness(image: Image) -> list[float]:
    """Return how much the steps between neighbours repeat at the periods of coded blocks of a view that was
    enlarged or reduced by up to a factor of 2.5, in columns and rows."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    values = []
    for steps in (np.abs(np.diff(grey, axis=1)).mean(axis=0), np.abs(np.diff(grey, axis=0)).mean(axis=1)):
        spectrum = np.abs(np.fft.rfft(steps - steps.mean()))
        frequencies = np.fft.rfftfreq(len(steps))
        blocks = (frequencies > 1 / 20) & (frequencies < 1 / 6)
        values.append(float(spectrum[blocks].max() / (spectrum[1:].mean() + 1e-9)))
    return values


def describe(found: Shortcuts) -> Iterator[str]:
    """Yield what a check found, as lines of text; sources come with the largest share in it first."""
    kinds = ", ".join(f"{name} {value:.3f}" for name, value in found.by_kind.items())
    each = ", ".join(f"{value:.3f}" for value in found.by_draw)
    yield f"AUC of size, sharpness, compression, borders and colour: {found.auc:.3f} ({kinds}; draws {each})"
    yield from (
        f"  {name} alone come to {HIGHEST_AUC} or more: what is said of them may rest on more than traces"
        for name in found.kinds_over
    )
    for leak in found.leaks[:10]:
        yield f"  {leak.source} ({'fake' if leak.fake else 'authentic'}, {leak.crops} crops): {leak.auc:.3f}"
