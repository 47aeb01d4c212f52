"""A bundle that is proposed to a service: its states, and who may approve it."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

LONGEST_NAME: Final = 128
"""Characters of the name of who proposes or approves."""


class BundleState(StrEnum):
    """A proposed bundle's state; at most one is active, and with none the released one is served."""

    CANDIDATE = "candidate"
    """It waits for approval."""
    ACTIVE = "active"
    """It is served."""
    RETIRED = "retired"
    """It was served, or is not wanted; it can be approved again."""


def person(name: str) -> str:
    """Return a name as it is kept: composed and trimmed; raises ValueError for none or a long one."""
    kept = unicodedata.normalize("NFC", name).strip()
    if not kept or len(kept) > LONGEST_NAME or any(unicodedata.category(sign) == "Cc" for sign in kept):
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters")
    return kept


def same_person(one: str, other: str) -> bool:
    """Tell whether two kept names are of one person, however they are capitalised."""
    return one.casefold() == other.casefold()
