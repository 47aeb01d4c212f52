"""Timing two sides fairly: in turns, so that whatever else slows the machine slows both."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.report import Figure, Target

_PAUSE = 0.05  # seconds between two sides: threads that spin after their work come to rest


class Spent(NamedTuple):
    """What one run took, in seconds."""

    wall: float
    processor: float  # of all threads of this process: steadier where other processes share the machine


def alternate(sides: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, list[float]]:
    """Run each side once to warm up, then all in turns ``repeat`` times; return each side's wall seconds."""
    return {name: [one.wall for one in spent] for name, spent in spent_in_turns(sides, repeat).items()}


def spent_in_turns(sides: Mapping[str, Callable[[], object]], repeat: int) -> dict[str, list[Spent]]:
    """Run the sides as `alternate` does; return wall and processor time of each run."""
    for side in sides.values():
        side()
    spent: dict[str, list[Spent]] = {name: [] for name in sides}
    for _ in range(repeat):
        for name, side in sides.items():
            time.sleep(_PAUSE)
            wall, processor = time.perf_counter(), time.process_time()
            side()
            spent[name].append(Spent(time.perf_counter() - wall, time.process_time() - processor))
    return spent


def typical(name: str, values: Sequence[float], unit: str, scale: float = 1.0, digits: int = 2) -> Figure:
    """Return the median of ``values`` times ``scale``, with their spread."""
    scaled = [value * scale for value in values]
    return Figure(name, median(scaled), unit, (min(scaled), max(scaled)), digits=digits)


def ratio(
    name: str, above: Sequence[float], below: Sequence[float], target: Target | None = None, digits: int = 2
) -> Figure:
    """Return the ratio of the medians; its spread is that of the ratios of measurements made in one turn."""
    each = [a / b for a, b in zip(above, below, strict=True)]
    return Figure(name, median(above) / median(below), "", (min(each), max(each)), target, digits)
