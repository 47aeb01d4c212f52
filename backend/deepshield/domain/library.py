"""The library of a workspace: in which order its files are listed, and what a member may write on them."""

from __future__ import annotations

from enum import StrEnum

from deepshield.domain.errors import Code, DeepShieldError

LONGEST_TAG = 64
MOST_TAGS = 50
_WORDS_OF_QUERIES = ("any", "none")


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


class Keeps(StrEnum):
    """What a hold keeps of a file."""

    FILE = "file"
    """Its bytes, with all that is known of it."""
    RECORD = "record"
    """What is known of it alone: its bytes had gone before it was held."""


class Action(StrEnum):
    """What can be done to many files at once."""

    TAG = "tag"
    UNTAG = "untag"
    SENSITIVE = "sensitive"
    NOT_SENSITIVE = "not_sensitive"
    HOLD = "hold"
    RELEASE = "release"
    DELETE = "delete"
    FORGET = "forget"


class ActionState(StrEnum):
    """How far something is that is done to many files in the background."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Who asked for it may not do it any more; what was done stays so."""


def tag_of(text: str) -> str:
    """Return a tag as it is kept: in small letters, with single spaces.

    Raises `DeepShieldError` VALIDATION_ERROR for one that is empty, too long, or a word of queries.
    """
    tag = " ".join(text.split()).lower()
    if not tag or len(tag) > LONGEST_TAG or not tag.isprintable():
        raise DeepShieldError(
            Code.VALIDATION_ERROR,
            f"A tag has 1 to {LONGEST_TAG} printable characters.",
            tag=text[:LONGEST_TAG],
        )
    if tag in _WORDS_OF_QUERIES:
        raise DeepShieldError(
            Code.VALIDATION_ERROR, f'"{tag}" has a meaning in searches. Choose another tag.', tag=tag
        )
    return tag
