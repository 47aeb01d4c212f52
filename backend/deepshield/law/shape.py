"""The shape of a country's file in ``data/``: strict, so that a file with a slip is refused."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator


class Sure(StrEnum):
    """How sure a fact is."""

    TEXT = "A"  # the legal text itself was read
    AGREED = "B"  # independent secondary sources agree
    REPORTED = "C"  # one secondary source
    UNRESOLVED = "U"  # a draft or an announcement of which no more is known


class Status(StrEnum):
    """How far the law of a country on manipulated media has come."""

    IN_FORCE = "in_force"
    ADOPTED_NOT_YET = "adopted_not_yet"
    BILL = "bill"
    NONE = "none"


class Topic(StrEnum):
    """What a country's facts are about."""

    INTIMATE = "intimate"
    ELECTIONS = "elections"
    LABELLING = "labelling"
    IMPERSONATION = "impersonation"
    PLATFORM_DUTY = "platform_duty"


class Audience(StrEnum):
    """Whom a help line is for."""

    ADULTS = "adults"
    MINORS = "minors"
    EVERYBODY = "everybody"


def _https(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.port:
        raise ValueError("an https address of a host is expected")
    return address


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Iso = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Link = Annotated[str, AfterValidator(_https)]


class Entry(BaseModel):
    """Base of the parts: frozen, without unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Entry):
    """The same in both languages."""

    en: Words
    de: Words


class Fact(Entry):
    """One statement, worded in the present tense; dates are in force on the day itself."""

    text: Text
    place: Text | None = None  # a part of the country that the fact is confined to
    since: date | None = None
    until: date | None = None
    bill: bool = False  # a draft, whose text is known
    as_of: date | None = None  # of a draft, or of what is unresolved: when it was so
    sure: Sure
    sources: tuple[Words, ...]

    @model_validator(mode="after")
    def _dated(self) -> Self:
        """A draft has a day on which it was one, and no day on which it is law."""
        open_ended = self.bill or self.sure is Sure.UNRESOLVED
        if open_ended and (self.as_of is None or self.since or self.until):
            raise ValueError("a draft and what is unresolved have as_of, and neither since nor until")
        if self.since and self.until and self.until < self.since:
            raise ValueError("until is before since")
        if not self.sources and self.sure is not Sure.UNRESOLVED:
            raise ValueError("a source is missing")
        return self


class Official(Entry):
    """An official text or page."""

    title: Words
    url: Link
    lang: Language


class Help(Entry):
    """Where those shown find help."""

    name: Words
    url: Link
    phone: Words | None = None
    audience: Audience = Field(alias="for")


class Country(Entry):
    """What is known of one country, or of the European Union."""

    iso: Iso
    name: Text
    checked_on: date
    checked_by: Words | None  # a person admitted there, who has read the entry
    status: Status
    topics: tuple[Topic, ...] = Field(min_length=1)
    facts: tuple[Fact, ...] = Field(min_length=1)
    official: tuple[Official, ...] = Field(min_length=1)
    help: tuple[Help, ...]
    missing: Text | None = None  # what the entry leaves out
