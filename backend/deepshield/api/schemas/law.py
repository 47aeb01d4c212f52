"""What the law says, per country."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from deepshield.api.schemas.base import Answer
from deepshield.law import reading
from deepshield.law.reading import Validity
from deepshield.law.shape import Audience, Country, Fact, Status, Sure, Text, Topic


class InBothLanguages(Answer):
    """A text in English and German."""

    en: str
    de: str


class LawHeading(Answer):
    """A country in the list."""

    iso: str = Field(examples=["DE"])
    name: InBothLanguages
    checked_on: date
    topics: list[Topic]


class LawList(Answer):
    """The countries, with what holds for all of them."""

    notice: InBothLanguages = Field(description="To be shown above any country.")
    help_first: InBothLanguages
    child: InBothLanguages
    countries: list[LawHeading]

    @classmethod
    def of(cls, countries: list[Country]) -> Self:
        """Make the list of the countries."""
        return cls(
            notice=_both(reading.NOTICE),
            help_first=_both(reading.HELP_FIRST),
            child=_both(reading.CHILD),
            countries=[LawHeading.model_validate(country) for country in countries],
        )


class LawFact(Answer):
    """One statement, with the words that say what it is on the day of the answer."""

    text: InBothLanguages = Field(description="What is a draft or unresolved says so itself.")
    validity: Validity
    sure: Sure = Field(
        description="A: the legal text was read; B: secondary sources agree; C: one source; U: unresolved."
    )
    since: date | None
    until: date | None
    as_of: date | None
    sources: list[str]

    @classmethod
    def on(cls, fact: Fact, today: date) -> Self:
        """Make the fact as it reads on that day."""
        return cls(
            text=_both(reading.worded(fact, today)),
            validity=reading.validity(fact, today),
            sure=fact.sure,
            since=fact.since,
            until=fact.until,
            as_of=fact.as_of,
            sources=list(fact.sources),
        )


class OfficialLink(Answer):
    """An official text or page."""

    title: str
    url: str
    lang: str = Field(examples=["de"])


class HelpLink(Answer):
    """Where those shown find help."""

    name: str
    url: str
    phone: str | None
    audience: Audience


class Law(LawHeading):
    """What is known of one country on the day of the answer; no legal advice."""

    checked_by: str | None = Field(description="A person admitted there; null where none has read the entry.")
    may_be_out_of_date: bool = Field(description="Checked more than 180 days ago.")
    status: Status
    facts: list[LawFact]
    official: list[OfficialLink]
    help: list[HelpLink]
    missing: InBothLanguages | None = Field(description="What the entry leaves out.")

    @classmethod
    def on(cls, country: Country, today: date) -> Self:
        """Make the country's entry as it reads on that day."""
        return cls(
            **dict(LawHeading.model_validate(country)),
            checked_by=country.checked_by,
            may_be_out_of_date=reading.is_stale(country, today),
            status=country.status,
            facts=[LawFact.on(fact, today) for fact in country.facts],
            official=[OfficialLink.model_validate(link) for link in country.official],
            help=[HelpLink.model_validate(link) for link in country.help],
            missing=country.missing and _both(country.missing),
        )


def _both(text: Text) -> InBothLanguages:
    return InBothLanguages.model_validate(text)
