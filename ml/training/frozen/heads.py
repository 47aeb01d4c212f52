"""Two linear heads on class tokens: one for each trace, as our bundles have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from measures.metrics import Flags, Values, auc
from training.frozen.faces import FaceRow
from training.frozen.ridge import PENALTIES, Figures, logistic, ridge, standardised
from training.labelled.heads import AUTHENTIC, HEADS, Targets, weights

Fit = Callable[[Figures, Flags, Values, Figures, Sequence[float]], Values]
FITS: dict[str, Fit] = {"ridge": ridge, "logistic": logistic}

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a search over penalties came to, of each head."""

    penalties: tuple[float, ...]
    aucs: tuple[float, ...]  # on sources that were left out of the faces to train on


def figures(tokens: NDArray[np.float16], blocks: Sequence[int]) -> Figures:
    """Return the class tokens ``(N, B * WIDTH)`` after some blocks (from 1), each normalised to itself.

    Blocks differ in the length of their tokens; the tower's own last step is this normalisation, too.
    """
    some = tokens[:, [block - 1 for block in blocks]].astype(np.float32)
    some -= some.mean(-1, keepdims=True)
    some /= some.std(-1, keepdims=True) + 1e-6
    return some.reshape(len(tokens), -1)


def head_weights(rows: Sequence[FaceRow]) -> Values:
    """Return what each face weighs in each head, ``(N, heads)``: as in training."""
    traces = [HEADS.index(row.trace) if row.fake else AUTHENTIC for row in rows]  # type: ignore[arg-type]
    targets = Targets(torch.tensor(traces), torch.tensor([row.video for row in rows]))
    return np.asarray(weights(targets).numpy(), np.float64)


def choose(x: Figures, rows: Sequence[FaceRow], fit: Fit) -> Chosen:
    """Choose each head's penalty on sources left out of the rows in five folds, stills and clips apart."""
    fake, video = (np.asarray([getattr(row, name) for row in rows]) for name in ("fake", "video"))
    fold = _source_folds([row.dataset for row in rows])
    by_head = head_weights(rows)
    penalties, reached = [], []
    for mine in by_head.T:
        found: list[Values] = []
        for number in range(_FOLDS):
            known, asked = (fold != number) & (mine > 0.0), (fold == number) & (mine > 0.0)
            ours, theirs = standardised(x[known], mine[known], x[asked])
            scores = fit(ours, fake[known], mine[known], theirs, PENALTIES)
            for clips in (False, True):
                part = video[asked] == clips
                found.append(np.asarray([auc(one[part], fake[asked][part]) for one in scores]))
        means = np.nanmean(np.stack(found), axis=0)
        penalties.append(PENALTIES[int(means.argmax())])
        reached.append(float(means.max()))
    return Chosen(tuple(penalties), tuple(reached))


def answers(
    x: Figures, rows: Sequence[FaceRow], asked: Figures, penalties: Sequence[float], fit: Fit
) -> Values:
    """Return the logits ``(M, heads)`` of ``asked`` by heads fitted on the rows."""
    fake = np.asarray([row.fake for row in rows])
    columns = []
    for mine, penalty in zip(head_weights(rows).T, penalties, strict=True):
        known = mine > 0.0
        ours, theirs = standardised(x[known], mine[known], asked)
        columns.append(fit(ours, fake[known], mine[known], theirs, (penalty,))[0])
    return np.stack(columns, 1)


def _source_folds(sources: Sequence[str]) -> NDArray[np.int64]:
    names = np.unique(sources)
    order = np.random.default_rng(0).permutation(len(names)) % _FOLDS
    return np.asarray(order[np.searchsorted(names, sources)], np.int64)
