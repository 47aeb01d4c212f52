"""Which new passwords are refused."""

from __future__ import annotations

import functools
from pathlib import Path

from deepshield.domain.errors import Code, DeepShieldError

_RUNS = (
    *("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba"),
    *("qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn"),
)
_FEWEST_CHARACTERS = 4  # that differ
_COMMON = Path(__file__).with_name("common_passwords.txt")


def refuse_guessable(password: str, email: str) -> None:
    """Raise WEAK_PASSWORD for what guessers try first.

    That is a common password, few different characters, a run of the alphabet or the keyboard, or the
    account's own address.
    """
    plain = password.casefold().strip()
    guessable = (
        plain in _common()
        or plain.rstrip("0123456789!?.") in _common()
        or len(set(plain)) < _FEWEST_CHARACTERS
        or any(plain in run * 2 for run in _RUNS)
        or plain in (email.casefold(), email.casefold().partition("@")[0])
    )
    if guessable:
        raise DeepShieldError(Code.WEAK_PASSWORD)


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text("ascii").split())
