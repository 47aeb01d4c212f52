"""The account on whose behalf a request is made."""

from __future__ import annotations

from dataclasses import dataclass

from deepshield.domain.quota import Tier


@dataclass(frozen=True, slots=True)
class Owner:
    """A signed-in account; where accounts are optional, None stands for a visitor."""

    id: str
    tier: Tier
