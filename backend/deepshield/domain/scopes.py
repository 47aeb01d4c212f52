"""What a key may do for its owner."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """A kind of request; every route that takes keys names the one that it needs."""

    ANALYSE = "analyse"
    """Hand in files, start again, cancel and delete."""
    READ = "read"
    """Read jobs, results and their files."""
    EXPORT = "export"
    """Take results out: reports, and links for others."""
    ADMIN = "admin"
    """Set up what the service does by itself, such as webhooks."""
