"""Which files are compared with which: a figure is about one kind of manipulation against fitting reals.

Data sets differ in containers and encoders, so one pooled figure would partly measure those. Where a set
holds only fakes, a comparison names the sets whose reals it is held against.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter

from measures.metrics import Flags, Values, auc_of_draws
from training.evaluation.records import FileRecord

Unit = Literal["image", "video"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Reals of some sets against fakes of some sets; without fakes it is about false alarms only.

    ``counted`` comparisons enter the mean AUC and the calibration, one as much as the other. Too small
    ones are only shown.
    """

    name: str
    unit: Unit
    real: tuple[str, ...]
    fake: tuple[str, ...] = ()
    counted: bool = True

    def members(self, records: Sequence[FileRecord]) -> NDArray[np.int64]:
        """Return the places of the records that take part."""
        wanted = {False: self.real, True: self.fake}
        return np.flatnonzero(
            [r.entry.kind == self.unit and r.entry.dataset in wanted[r.fake] for r in records]
        )


_COMPARISONS = TypeAdapter(tuple[Comparison, ...], config=ConfigDict(extra="forbid"))


def load_comparisons(file: Path | None, records: Sequence[FileRecord] = ()) -> tuple[Comparison, ...]:
    """Read a TOML file of ``[[comparison]]`` tables; without a file, hold each data set against itself.

    Raises ValueError for unknown keys.
    """
    if file is None:
        return own_comparisons(records)
    return _COMPARISONS.validate_python(tomllib.loads(file.read_text())["comparison"])


def own_comparisons(records: Sequence[FileRecord]) -> tuple[Comparison, ...]:
    """Return one comparison per data set and unit, each set against itself."""
    found: dict[tuple[str, Unit], set[bool]] = {}
    for record in records:
        found.setdefault((record.entry.dataset, record.entry.kind), set()).add(record.fake)
    return tuple(
        Comparison(dataset, unit, (dataset,), (dataset,) if True in sides else (), sides == {False, True})
        for (dataset, unit), sides in sorted(found.items())
    )


def counted_rows(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], scored: Flags
) -> list[NDArray[np.int64]]:
    """Return, per counted comparison, the places of the records that have a score."""
    rows = [comparison.members(records) for comparison in comparisons if comparison.counted]
    return [members[scored[members]] for members in rows]


def mean_auc(
    rows: Sequence[NDArray[np.int64]], logits: Values, fake: Flags, draws: Values | None = None
) -> Values:
    """Return the mean over comparisons, given by their rows, of the AUC: ``(R,)``, one per draw ``(R, N)``.

    A comparison that lacks a class, in this draw or at all, is left out; NaN when none is left. Without
    draws every file counts once, and R is 1.
    """
    weights = np.ones((1, len(logits))) if draws is None else draws
    values = [
        auc_of_draws(logits[members], fake[members], weights[:, members]) for members in rows if len(members)
    ]
    table = np.stack(values) if values else np.full((1, len(weights)), np.nan)
    known = ~np.isnan(table)
    total, count = np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)
    means: Values = np.full_like(total, np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means


def balanced_weights(records: Sequence[FileRecord], comparisons: Sequence[Comparison]) -> Values:
    """Return ``(N,)`` weights under which counted comparisons, and both classes in each, count alike.

    They sum to the number of files that count; a file in no counted comparison has weight 0. So the
    population in which a probability holds is half manipulated, and no large set outvotes the others.
    """
    fake = np.asarray([record.fake for record in records], bool)
    weights = np.zeros(len(records))
    for comparison in comparisons:
        rows = comparison.members(records)
        sides = [rows[fake[rows] == side] for side in (False, True)]
        if comparison.counted and all(len(side) for side in sides):
            for side in sides:
                weights[side] += 1.0 / len(side)
    total = weights.sum()
    return weights * (np.count_nonzero(weights) / total) if total > 0.0 else weights
