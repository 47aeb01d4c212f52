"""The base of all requests and answers, values for their examples, and what several of them name."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

STORABLE = r"^[^\x00]*$"
"""Any text that databases take: none has a NUL."""
NAMING = r"^[^\x00]*[^\s\x00][^\x00]*$"
"""The same with something to be seen in it."""
JOB_ID = "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

# A list in the document: clients in TypeScript lose the length of tuples.
Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
Withheld = Annotated[
    bool,
    Field(
        description="Whether nothing is told of what the machine and people said, since who asks reads the "
        "file blind."
    ),
]


class Answer(BaseModel):
    """Base of all answers; a row or another object with the same attributes can be one."""

    model_config = ConfigDict(protected_namespaces=(), from_attributes=True)


class NamedPolicy(Answer):
    """A policy of a workspace by its number and name."""

    number: int = Field(examples=[3])
    name: str = Field(examples=["Fewer false alarms"])
