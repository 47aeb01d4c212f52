"""Asking for a report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from deepshield.api.schemas.base import Answer
from deepshield.screening_report.shape import Language

Letter = Annotated[str, StringConstraints(max_length=8)]
_MOST_PEOPLE = 256
_LONGEST_LINE, _LONGEST_NOTE = 300, 2_000


class ReportRequest(Answer):
    """What a report is to contain beside the result; none of it is kept."""

    lang: Language = Language.EN
    law: str | None = Field(
        None, max_length=2, description="Also what the law of this country says: an `iso` of `/api/law`."
    )
    name: str = Field("", max_length=_LONGEST_LINE, description="Of the reader.", examples=["A. Reader"])
    obtained: str = Field("", max_length=_LONGEST_LINE, description="How the reader obtained the file.")
    note: str = Field("", max_length=_LONGEST_NOTE, description="The reader's own note.")
    location: bool = Field(
        False, description="Also what the file's metadata say of places, persons and devices."
    )
    not_faces: list[Letter] = Field(
        [],
        max_length=_MOST_PEOPLE,
        description="Letters of people of whom the reader says that they are no faces.",
    )
