"""The states of a batch and of its items, and how its progress is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from deepshield.domain.jobs import Verdict


class Held(StrEnum):
    """What an item is, as it is stored: yet to become a job, a job, or refused."""

    WAITING = "waiting"
    JOB = "job"
    REFUSED = "refused"


class ItemState(StrEnum):
    """An item's state as it is shown: that of its job where there is one."""

    WAITING = "WAITING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"
    DELETED = "DELETED"


ENDED = frozenset(
    {ItemState.COMPLETED, ItemState.FAILED, ItemState.CANCELLED, ItemState.REFUSED, ItemState.DELETED}
)


class BatchState(StrEnum):
    """A batch's state: OPEN takes items, RUNNING is closed, the others have ended."""

    OPEN = "OPEN"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a batch's items are in each state, and how many results have each verdict."""

    states: Mapping[ItemState, int] = field(default_factory=dict)
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """All items."""
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        """Items that need nothing more."""
        return sum(number for state, number in self.states.items() if state in ENDED)

    @property
    def percent(self) -> int:
        """The share of the items that have ended, from 0 to 100; 100 only when all have."""
        return 100 * self.ended // self.items if self.items else 0


def item_state(held: str, job_state: str | None) -> ItemState:
    """Return the state of an item whose job is in a state, None where the job is gone or never was."""
    if held == Held.JOB:
        return ItemState.DELETED if job_state is None else ItemState(job_state)
    return ItemState.WAITING if held == Held.WAITING else ItemState.REFUSED


def batch_state(closed: datetime | None, finished: datetime | None, cancelled: datetime | None) -> BatchState:
    """Return the state of a batch with these times."""
    if cancelled is not None:
        return BatchState.CANCELLED
    if finished is not None:
        return BatchState.FINISHED
    return BatchState.OPEN if closed is None else BatchState.RUNNING


def seconds_left(tally: Tally, analysed: int, since: datetime | None, now: datetime) -> float | None:
    """Estimate how long the rest takes at the pace so far; None before there is a pace.

    ``analysed`` items were analysed between ``since`` and ``now``.
    """
    left = tally.items - tally.ended
    if not left:
        return 0.0
    if since is None or analysed < _PACE_OF:
        return None
    return round(left * (now - since).total_seconds() / analysed, 1)


_PACE_OF = 3  # results; the first ones alone say little
