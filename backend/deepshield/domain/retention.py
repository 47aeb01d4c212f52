"""How long a job and its files are kept after it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class Periods(Protocol):
    """The periods that an operator has set, counted from a job's end."""

    @property
    def upload_hours(self) -> float:
        """Hours that the upload is kept."""

    @property
    def artifact_hours(self) -> float:
        """Hours that the artifacts are kept."""

    @property
    def job_days(self) -> float:
        """Days that the row with the result is kept."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """An operator's periods, with files kept no longer than a workspace has set."""

    upload_hours: float
    artifact_hours: float
    job_days: float


def shortened(periods: Periods, hours: int | None) -> Periods:
    """Return the periods of a workspace that keeps files for ``hours``; never longer than the operator's."""
    if hours is None:
        return periods
    return Shortened(min(periods.upload_hours, hours), min(periods.artifact_hours, hours), periods.job_days)


def longest_hours(periods: Periods) -> float:
    """Return the longest period for files that a workspace can set: a longer one would promise too much."""
    return max(periods.upload_hours, periods.artifact_hours)


def expires_at(ended_at: datetime, periods: Periods) -> datetime:
    """Return when a job expires: its artifacts are deleted, or its row with them, and its link ends."""
    return ended_at + _until_expiry(periods)


def uploads_end_before(now: datetime, periods: Periods) -> datetime:
    """Return the time such that the uploads of jobs that ended before it are due for deletion."""
    return now - min(timedelta(hours=periods.upload_hours), _row(periods))


def expired_end_before(now: datetime, periods: Periods) -> datetime:
    """Return the time such that jobs that ended before it have expired; the inverse of `expires_at`."""
    return now - _until_expiry(periods)


def rows_end_before(now: datetime, periods: Periods) -> datetime:
    """Return the time such that the rows of jobs that ended before it are due for deletion."""
    return now - _row(periods)


def _until_expiry(periods: Periods) -> timedelta:
    return min(timedelta(hours=periods.artifact_hours), _row(periods))


def _row(periods: Periods) -> timedelta:
    return timedelta(days=periods.job_days)
