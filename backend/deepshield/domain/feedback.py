"""What a reader answers to "Was this right?"."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

LONGEST_TEXT: Final = 1_000  # characters


class Answer(StrEnum):
    """Whether a reader holds a result to be right."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
