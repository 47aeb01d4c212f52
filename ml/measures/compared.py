"""Figures over several comparisons of the same files, each given by the rows ``(K,)`` of its files.

Arrays are as in `metrics`: ``scores`` and ``fake`` ``(N,)``, one place per file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from measures.metrics import Curve, Flags, Values, auc_of_draws, roc

Rows = NDArray[np.int64]


def mean_auc(members: Sequence[Rows], scores: Values, fake: Flags, draws: Values | None = None) -> Values:
    """Return the mean AUC over comparisons: ``(R,)``, one per draw ``(R, N)``.

    A comparison that lacks a class, in this draw or at all, is left out; NaN when none is left. Without
    draws every file counts once, and R is 1.
    """
    weights = np.ones((1, len(scores))) if draws is None else draws
    values = [auc_of_draws(scores[rows], fake[rows], weights[:, rows]) for rows in members if len(rows)]
    table = np.stack(values) if values else np.full((1, len(weights)), np.nan)
    known = ~np.isnan(table)
    total, count = np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)
    means: Values = np.full_like(total, np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means


def balanced_weights(members: Sequence[Rows], fake: Flags) -> Values:
    """Return ``(N,)`` weights under which comparisons, and both classes in each, count alike.

    They sum to the number of files that count; a file in no comparison with both classes has weight 0. So the
    population in which a probability holds is half manipulated, and no large set outvotes the others.
    """
    weights = np.zeros(len(fake))
    for rows in members:
        sides = [rows[fake[rows] == side] for side in (False, True)]
        if all(len(side) for side in sides):
            for side in sides:
                weights[side] += 1.0 / len(side)
    total = weights.sum()
    return weights * (np.count_nonzero(weights) / total) if total > 0.0 else weights


def curves(members: Mapping[str, Rows], scores: Values, fake: Flags) -> dict[str, Curve]:
    """Return the ROC curve of each comparison with both classes, by name."""
    both = {name: rows for name, rows in members.items() if len(np.unique(fake[rows])) == 2}
    return {name: roc(scores[rows], fake[rows]) for name, rows in both.items()}


def fakes_by_kind(kinds: Sequence[str], fake: Flags, rows: Rows) -> Iterator[tuple[str, Rows, Rows]]:
    """Yield each kind of fake among the rows: its name, its rows, and those together with all real rows.

    ``kinds`` has a name per file ``(N,)``. Nothing is yielded where all fakes are of one kind.
    """
    reals, fakes = rows[~fake[rows]], rows[fake[rows]]
    names = np.asarray([kinds[row] for row in fakes.tolist()])
    found = np.unique(names).tolist()
    for name in found if len(found) > 1 else []:
        mine = fakes[names == name]
        yield name, mine, np.concatenate([reals, mine])
