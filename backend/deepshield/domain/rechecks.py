"""The states of a recheck and of its items, and what a changed verdict is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from deepshield.domain.jobs import Verdict


class RecheckState(StrEnum):
    """A recheck's state: its files are being listed, analysed, or wait; it was stopped, or all have ended."""

    PREPARING = "PREPARING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    FINISHED = "FINISHED"


class RecheckText(StrEnum):
    """A text of a recheck that can be erased."""

    QUERY = "query"
    REASON = "reason"


class FileState(StrEnum):
    """What has become of a file of a recheck."""

    WAITING = "WAITING"
    """Not yet a job."""
    QUEUED = "QUEUED"
    """A job, which has not ended."""
    DONE = "DONE"
    FAILED = "FAILED"
    GONE = "GONE"
    """No analysis of it has its file any more."""
    SKIPPED = "SKIPPED"
    """The same model had judged it with the same threshold already."""
    STOPPED = "STOPPED"
    """It still waited when the recheck was stopped."""


OPEN = frozenset({FileState.WAITING, FileState.QUEUED})
"""States of items that need something more."""


class Change(StrEnum):
    """How a verdict relates to the one before it."""

    FIRST = "first"
    """There was none."""
    SAME = "same"
    UP = "up"
    """From no signs to manipulated."""
    DOWN = "down"
    """From manipulated to no signs."""
    UNCLEAR = "unclear"
    """Into inconclusive."""
    CLEAR = "clear"
    """Out of inconclusive, to manipulated or no signs."""
    FACES = "faces"
    """Faces are judged where none was found before, or the other way round."""


FLIPS = (Change.UP, Change.DOWN, Change.UNCLEAR, Change.CLEAR, Change.FACES)
"""Changes that somebody is told of."""


def change_of(before: str | None, after: str) -> Change:
    """Return how a verdict relates to the one before it, None where there was none."""
    if before is None:
        return Change.FIRST
    if before == after:
        return Change.SAME
    if Verdict.NO_FACE in (before, after):
        return Change.FACES
    if after == Verdict.INCONCLUSIVE:
        return Change.UNCLEAR
    if before == Verdict.INCONCLUSIVE:
        return Change.CLEAR
    return Change.UP if after == Verdict.MANIPULATED else Change.DOWN


def pairs_of(change: Change) -> tuple[tuple[str | None, str], ...]:
    """Return the verdicts before and after that make a change."""
    befores: tuple[str | None, ...] = (None, *(verdict.value for verdict in Verdict))
    return tuple(
        (before, after.value)
        for before in befores
        for after in Verdict
        if change_of(before, after.value) is change
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many files of a recheck are in each state, and how many verdicts changed how."""

    states: Mapping[FileState, int] = field(default_factory=dict)
    changes: Mapping[Change, int] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """All files."""
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        """Files that need nothing more."""
        return sum(number for state, number in self.states.items() if state not in OPEN)

    @property
    def percent(self) -> int:
        """The share of the files that have ended, from 0 to 100; 100 only when all have."""
        return 100 * self.ended // self.items if self.items else 0

    @property
    def flipped(self) -> int:
        """Verdicts that differ from those before."""
        return sum(self.changes.get(change, 0) for change in FLIPS)


def is_over(state: str, finished_at: datetime | None) -> bool:
    """Return whether nothing of a recheck changes any more."""
    return finished_at is not None or state == RecheckState.FINISHED


def seconds_expected(
    files: Mapping[str, int], seconds: Mapping[str, float], analysing: Mapping[str, int]
) -> float | None:
    """Estimate how long files take, by their kinds: how many, seconds of an analysis, workers at it.

    The kinds are analysed side by side. None where a kind was not analysed lately.
    """
    wanted = [kind for kind, number in files.items() if number]
    if any(kind not in seconds for kind in wanted):
        return None
    return round(
        max((files[kind] * seconds[kind] / max(1, analysing.get(kind, 0)) for kind in wanted), default=0.0), 1
    )
