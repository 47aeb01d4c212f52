"""Passwords, kept as argon2id hashes."""

from __future__ import annotations

import functools
import secrets
from threading import BoundedSemaphore

from passlib.hash import argon2

SHORTEST, LONGEST = 8, 128  # characters

_SCHEME = argon2.using(type="ID", memory_cost=19 * 1024, time_cost=2, parallelism=1)
"""19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first choice for argon2id."""

_AT_ONCE = BoundedSemaphore(4)  # so that a burst of logins takes no more memory than four


def hash_password(password: str) -> str:
    """Return the salted hash to store."""
    with _AT_ONCE:
        return str(_SCHEME.hash(password))


def matches(password: str, kept: str | None) -> bool:
    """Return whether this is the password of the stored hash.

    Without a hash (None: there is no such account) it takes as long, so that the time reveals nothing.
    """
    known = kept if kept is not None else _dummy()
    with _AT_ONCE:
        right = bool(_SCHEME.verify(password, known))
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Return whether a hash was made with other cost parameters than the present ones."""
    return bool(_SCHEME.needs_update(kept))


@functools.cache
def _dummy() -> str:
    return hash_password(secrets.token_urlsafe())
