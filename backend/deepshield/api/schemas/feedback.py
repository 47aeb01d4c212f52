"""Answers to "Was this right?"."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from deepshield.api.schemas.base import Answer as Base
from deepshield.domain.feedback import LONGEST_TEXT, Answer


class FeedbackGiven(BaseModel):
    """What somebody thinks of a result."""

    model_config = ConfigDict(extra="forbid")

    answer: Answer
    text: str | None = Field(
        default=None,
        max_length=LONGEST_TEXT,
        pattern=r"^[^\x00]*$",
        description="A sentence of one's own.",
        examples=["It is satire."],
    )


class Feedback(Base):
    """One's own answer about a result."""

    asked: bool = Field(
        description="Whether the question is asked: of completed analyses in a workspace, for accounts and "
        "whoever has the link."
    )
    answer: Answer | None = Field(description="Null until there is one.")
    text: str | None
    at: datetime | None
