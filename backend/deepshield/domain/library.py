"""The library of a workspace: in which order its files are listed, and what a member may write on them."""

from __future__ import annotations

from enum import StrEnum


class MediaOrder(StrEnum):
    """How the library is sorted; ``SCORE`` has the highest estimate first and those without one last."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    SCORE = "score"


class Sensitivity(StrEnum):
    """What is known of a file's content before it is looked at."""

    SENSITIVE = "sensitive"
    """Pictures of it are blurred until they are asked for."""
