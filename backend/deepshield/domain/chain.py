"""The hash chain of the audit log: every row's hash covers the row and the hash of the row before.

Changing, removing, inserting or moving a row therefore breaks every later link. The hash has no key: who can
rewrite the whole log can chain it again, which only a copy of the newest hash, kept elsewhere, reveals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deepshield.domain.canonical import digest

FIRST = "0" * 64
"""What stands for the hash before the first row."""


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
