"""What an account may use per day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum


class Tier(StrEnum):
    """Accounts of tier ``free`` may have a daily limit, ``pro`` has none."""

    FREE = "free"
    PRO = "pro"


def usage_day(now: datetime) -> date:
    """Return the day that an analysis accepted at ``now`` (aware) counts for: the day in UTC."""
    return now.astimezone(UTC).date()


def resets_at(day: date) -> datetime:
    """Return when the use of ``day`` no longer counts."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def daily_limit(tier: Tier, free_limit: int | None) -> int | None:
    """Return how many analyses a day an account of this tier has; None is no limit.

    ``free_limit`` is that of tier free, None where visitors analyse without an account.
    """
    return free_limit if tier is Tier.FREE else None
