"""The hash chain of the audit log: every row's hash covers the row and the hash of the row before.

Changing, removing, inserting or moving a row therefore breaks every later link. The hash has no key: who can
rewrite the whole log can chain it again, which only a copy of the newest hash, kept elsewhere, reveals.

What people write can name somebody, and a link of a chain cannot be deleted. So a link has a digest of such a
text, under a random key of the text's own (HMAC-SHA-256, RFC 2104), and text and key are a row that can be
erased: as long as the row is there it can be held against the chain, and afterwards the digest tells nothing
of the text, not even to who guesses it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deepshield.domain.canonical import digest

FIRST = "0" * 64
"""What stands for the hash before the first row."""


_TEXT, _DIGEST = "text_id", "hmac_sha256"


@dataclass(frozen=True, slots=True)
class Erasable:
    """A text of a row's details that people have written: the chain has its digest alone."""

    text: str


def erasable(texts: Sequence[str]) -> list[Erasable]:
    """Return texts as ones that can be erased."""
    return [Erasable(text) for text in texts]


def new_key() -> str:
    """Return a key for one text's digest: 64 hexadecimal digits."""
    return secrets.token_hex(32)


def text_digest(key: str, text: str) -> str:
    """Return the digest of a text under its key, in hexadecimal."""
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def reference(text_id: str, key: str, text: str) -> dict[str, str]:
    """Return what stands for a text in a row's details."""
    return {_TEXT: text_id, _DIGEST: text_digest(key, text)}


def referred(value: Any) -> str | None:
    """Return the id of the text that a value of a row's details stands for; None for other values."""
    return value[_TEXT] if isinstance(value, dict) and value.keys() == {_TEXT, _DIGEST} else None


def replaced(value: Any, replace: Callable[[Any], Any]) -> Any:
    """Return details with each value as ``replace`` gives it back, from the outermost to the innermost."""
    value = replace(value)
    if isinstance(value, dict):
        return {name: replaced(one, replace) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(one, replace) for one in value]
    return value


@dataclass(frozen=True, slots=True)
class Link:
    """The content of a row of the log; ``position`` counts from 1 without gaps."""

    position: int
    at: datetime
    actor: str | None
    action: str
    subject: str | None
    details: dict[str, Any] | None
    workspace: str | None = None  # that it happened in; rows of earlier releases name none

    def hash_after(self, previous: str) -> str:
        """Return the SHA-256 of ``previous`` and this row, in hexadecimal; its time in microseconds, UTC."""
        row = {
            "position": self.position,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "details": self.details,
            "previous": previous,
        }
        if self.workspace is not None:
            row["workspace"] = self.workspace
        return digest(row)
