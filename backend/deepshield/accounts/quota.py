"""What an account has used today and what is left, in numbers and as headers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deepshield.domain.owner import Owner
from deepshield.domain.quota import daily_limit, resets_at, usage_day
from deepshield.persistence.repositories import usage
from deepshield.resources import Resources


@dataclass(frozen=True, slots=True)
class Allowance:
    """The use of a day; ``limit`` and ``remaining`` are None for an account without limit."""

    limit: int | None
    used: int
    resets_at: datetime

    @property
    def remaining(self) -> int | None:
        """How many analyses are left; 0 also when a lowered limit has been exceeded."""
        return None if self.limit is None else max(0, self.limit - self.used)


def todays_allowance(resources: Resources, owner: Owner) -> Allowance:
    """Return an account's use of the current day (UTC)."""
    day = usage_day(resources.clock())
    with resources.database.read() as session:
        used = usage.used(session, owner.id, day)
    return Allowance(daily_limit(owner.tier, resources.settings.saas.free_limit), used, resets_at(day))


def quota_headers(resources: Resources, owner: Owner | None) -> dict[str, str]:
    """Return the headers with an account's daily quota; without account or limit there are none.

    ``X-RateLimit-Reset`` is in seconds since 1970.
    """
    if owner is None:
        return {}
    allowance = todays_allowance(resources, owner)
    if allowance.limit is None:
        return {}
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(int(allowance.resets_at.timestamp())),
    }
