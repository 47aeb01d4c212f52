"""What people hold a file to be: the words of reviews and labels."""

from __future__ import annotations

from enum import StrEnum


class Value(StrEnum):
    """What somebody holds a file, or a person in it, to be."""

    AUTHENTIC = "authentic"
    """Not manipulated in what it shows."""
    MANIPULATED = "manipulated"
    """Recorded, and changed afterwards."""
    GENERATED = "generated"
    """Made by a program as a whole."""
    UNKNOWN = "unknown"
    """Cannot tell."""


POSITIVE = frozenset({Value.MANIPULATED, Value.GENERATED})
"""Values of a file that is not what it shows."""


class Kind(StrEnum):
    """How a file was manipulated or generated."""

    FACE_SWAP = "face_swap"
    LIPSYNC = "lipsync"
    REENACTMENT = "reenactment"
    """Somebody's face moved by another's."""
    ATTRIBUTES = "attributes"
    """Age, expression, beauty or the like changed."""
    RETOUCHED = "retouched"
    SPLICED = "spliced"
    """Parts of pictures put together, or cut so that the sense changes."""
    GENERATED_IMAGE = "generated_image"
    GENERATED_VIDEO = "generated_video"
    VOICE = "voice"
    """The sound alone was changed or made."""
    OUT_OF_CONTEXT = "out_of_context"
    """Unchanged, and said to show something else."""
    OTHER = "other"


class Grade(StrEnum):
    """What a label stands on."""

    SINGLE = "single"
    """One reader."""
    DOUBLE = "double"
    """Two readers who did not know of each other's answers, and agree."""
    ADJUDICATED = "adjudicated"
    """A lead, who knew the answers of both."""
