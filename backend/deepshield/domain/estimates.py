"""How often the machine errs on a workspace's own files, estimated from those that were drawn for readers.

The files are two strata, flagged and not flagged, and of each cells whose files were drawn with one
probability. Every file was drawn apart from all others, so that those of a cell that were read are a simple
random sample of it, given their number. Each stands for as many files as its cell has per file read: the
estimator of Horvitz and Thompson (1952, Journal of the American Statistical Association 47, 663-685) with the
weights brought to the known sizes (Hajek 1971; Holt and Smith 1979, Journal of the Royal Statistical Society
A 142, 33-46). That what waits for a reader is like what was read is an assumption.

A cell's number of wrong verdicts lies within the exact bounds of a sample without replacement: Clopper and
Pearson's tests (1934, Biometrika 26, 404-413) inverted for the hypergeometric distribution (Wright 1991,
Exact Confidence Bounds when Sampling from Small Finite Universes, Springer). All cells are within their
bounds together with at least 95 % (Sidak 1967, Journal of the American Statistical Association 62, 626-633).
Both rates rise with the number of wrong verdicts in every cell, so that the rates at all lower and at all
upper bounds are an interval of at least 95 %, whatever the files are and however few were read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from deepshield.domain.intervals import Interval
from deepshield.domain.labels import Value

CONFIDENCE: Final = 0.95
LEAST_FLAGGED: Final = 30
"""Flagged files that have to be read: with no false alarm among them up to 12 % may be some."""
LEAST_PASSED: Final = 60
"""Files without signs that have to be read: with no miss among them up to 6 % may be some."""
_NEGLIGIBLE: Final = 1e-18


class DrawnState(StrEnum):
    """What has become of a file that was drawn: a label's value, or why it has none."""

    AUTHENTIC = Value.AUTHENTIC.value
    MANIPULATED = Value.MANIPULATED.value
    GENERATED = Value.GENERATED.value
    UNKNOWN = Value.UNKNOWN.value
    WAITING = "waiting"
    """Readers have not done with it."""
    GONE = "gone"
    """Its files were deleted before anybody had read it."""


FAKE: Final = frozenset({DrawnState.MANIPULATED, DrawnState.GENERATED})
DECIDED: Final = FAKE | {DrawnState.AUTHENTIC}
LABELLED: Final = DECIDED | {DrawnState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Cell:
    """Files with one verdict that were drawn with one probability; ``wrong`` counts verdicts among ``read``.

    Raises ValueError for numbers that cannot be.
    """

    probability: float
    files: int
    read: int
    wrong: int

    def __post_init__(self) -> None:
        if not (0 <= self.wrong <= self.read <= self.files and 0.0 < self.probability <= 1.0):
            raise ValueError(f"not a cell: {self}")

    @property
    def is_open(self) -> bool:
        """Whether some of its files were read, and others not: what its bounds leave open is chance."""
        return 0 < self.read < self.files


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Missing:
    """What is to be done until a stratum has enough files read."""

    to_read: int
    """Of the files that wait for a reader."""
    to_analyse: int
    """Further files with this verdict, about: so many that enough of them are drawn."""


def wrong_share(cells: Sequence[Cell]) -> Rate | None:
    """Return the share of a stratum's files whose verdict is wrong; None where none was read."""
    files = sum(cell.files for cell in cells)
    if not any(cell.read for cell in cells):
        return None
    low, high = _wrong_within(cells, _tail(cells))
    return Rate(_wrong(cells) / files, (low / files, high / files))


def error_rates(flagged: Sequence[Cell], passed: Sequence[Cell]) -> tuple[Rate | None, Rate | None]:
    """Return the share of authentic files that are flagged, and of manipulated ones that are not.

    None for a rate of files of which there are none as far as is known, and for both where no file of a
    stratum was read that has some.
    """
    if any(_files(cells) and not any(cell.read for cell in cells) for cells in (flagged, passed)):
        return None, None
    tail = _tail([*flagged, *passed])
    alarms, misses = _wrong(flagged), _wrong(passed)
    alarm_bounds, miss_bounds = _wrong_within(flagged, tail), _wrong_within(passed, tail)
    return (
        _rate(alarms, misses, alarm_bounds, miss_bounds, _files(passed)),
        _rate(misses, alarms, miss_bounds, alarm_bounds, _files(flagged)),
    )


def missing(cells: Sequence[Cell], least: int, waiting: int, probability: float) -> Missing | None:
    """Return what is to be done until ``least`` files of a stratum are read; None once they are, or all are.

    ``waiting`` are drawn files that nobody has read, and ``probability`` that of the next draws.
    """
    read = sum(cell.read for cell in cells)
    if read >= min(least, _files(cells)):
        return None
    to_read = min(waiting, least - read)
    return Missing(to_read, math.ceil((least - read - to_read) / probability))


def used_of(hastened: int, waited: int, read_in_turn: int) -> int:
    """Return how many of a cell's ``hastened`` files count, those read sooner as there was a doubt too.

    Of the ``waited`` other drawn files ``read_in_turn`` were read. Hastened files are read before their turn
    and differ from the others: were all of them counted, they would have too large a share of those read.
    """
    return round(hastened * read_in_turn / waited) if waited else hastened


def wrong_bounds(files: int, read: int, wrong: int, tail: float) -> tuple[int, int]:
    """Return between which numbers of wrong verdicts ``files`` have, of which ``read`` were drawn and read.

    Either bound is passed with a probability of ``tail`` at most.
    """
    if read == files:
        return wrong, wrong
    low = _first(wrong, files - read + wrong, lambda few: _at_least(files, few, read, wrong) > tail)
    high = _first(low, files - read + wrong + 1, lambda many: _at_most(files, many, read, wrong) <= tail) - 1
    return low, max(low, high)


def _files(cells: Sequence[Cell]) -> int:
    return sum(cell.files for cell in cells)


def _wrong(cells: Sequence[Cell]) -> float:
    """Return how many verdicts are wrong; cells of which none was read are held to be like the rest."""
    weight = sum(cell.read / cell.probability for cell in cells)
    elsewhere = sum(cell.wrong / cell.probability for cell in cells) / weight if weight else 0.0
    return sum(
        cell.files * (cell.wrong / cell.read if cell.read else elsewhere) for cell in cells if cell.files
    )


def _tail(cells: Sequence[Cell]) -> float:
    """Return with which probability each of all cells' bounds may be passed (Sidak)."""
    number = sum(cell.is_open for cell in cells)
    return (1.0 - CONFIDENCE ** (1.0 / number)) / 2.0 if number else 0.0


def _wrong_within(cells: Sequence[Cell], tail: float) -> tuple[int, int]:
    found = [wrong_bounds(cell.files, cell.read, cell.wrong, tail) for cell in cells]
    return sum(low for low, _ in found), sum(high for _, high in found)


def _rate(
    wrong: float, other: float, bounds: tuple[int, int], others: tuple[int, int], other_files: int
) -> Rate | None:
    """Return the wrong verdicts' share of all files with one truth; ``other_files`` have the other verdict.

    Of those the ``other`` wrong ones have the other truth.
    """
    of = wrong + other_files - other
    if of <= 0.0:
        return None
    (low, high), (other_low, other_high) = bounds, others
    least, most = low + other_files - other_low, high + other_files - other_high
    return Rate(wrong / of, (low / least if least else 0.0, high / most if most else 1.0))


def _first(low: int, end: int, holds: Callable[[int], bool]) -> int:
    """Return the first number from ``low`` that meets a condition, as all after it do; else ``end``."""
    while low < end:
        middle = (low + end) // 2
        if holds(middle):
            end = middle
        else:
            low = middle + 1
    return low


def _at_most(files: int, wrong: int, read: int, found: int) -> float:
    """Return the probability of ``found`` or fewer wrong ones in a sample of ``read`` without replacement."""
    fewest, most = max(0, read - (files - wrong)), min(read, wrong)
    if found >= most:
        return 1.0
    if found < fewest:
        return 0.0
    right = files - wrong
    if found * files > read * wrong:  # the other end is the smaller one
        return 1.0 - _at_most(files, right, read, read - found - 1)
    log = _log_choose(wrong, found) + _log_choose(right, read - found) - _log_choose(files, read)
    total = term = 1.0  # of the probability of `found` itself, which may be too small for a float
    for number in range(found, fewest, -1):
        term *= number * (right - read + number) / ((wrong - number + 1) * (read - number + 1))
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return min(1.0, math.exp(log) * total)


def _at_least(files: int, wrong: int, read: int, found: int) -> float:
    """Return the probability of ``found`` or more."""
    return _at_most(files, files - wrong, read, read - found)


def _log_choose(number: int, chosen: int) -> float:
    return math.lgamma(number + 1) - math.lgamma(chosen + 1) - math.lgamma(number - chosen + 1)
