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

from measures import compared
from measures.metrics import Flags, Values
from training.evaluation.records import FileRecord, fake_flags

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


def balanced_weights(records: Sequence[FileRecord], comparisons: Sequence[Comparison]) -> Values:
    """Return `compared.balanced_weights` of the counted comparisons."""
    counted = [comparison.members(records) for comparison in comparisons if comparison.counted]
    return compared.balanced_weights(counted, fake_flags(records))
