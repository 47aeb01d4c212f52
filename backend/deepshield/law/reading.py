"""How a country's facts read on a day: what is not law never reads as law, and dates flip the wording."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from deepshield.law.shape import Country, Fact, Sure, Text

STALE_AFTER = timedelta(days=180)

NOTICE = Text(
    en="What the law says about manipulated pictures and recordings differs from country to country and "
    "changes often. This is a short, dated summary with links to official texts. It is not legal advice, it "
    "is not complete, and an analysis by this service proves nothing in law.",
    de="Was das Recht zu manipulierten Bildern und Aufnahmen sagt, ist von Land zu Land verschieden und "
    "ändert sich oft. Dies ist eine kurze, datierte Zusammenfassung mit Verweisen auf amtliche Texte. Sie "
    "ist keine Rechtsberatung, sie ist nicht vollständig, und eine Analyse durch diesen Dienst beweist "
    "rechtlich nichts.",
)
HELP_FIRST = Text(
    en="If intimate pictures of you, real or fake, are being shared, the fastest help is usually the "
    "platform's own report form and the help lines listed here; no analysis is needed first.",
    de="Werden intime Bilder von Ihnen verbreitet, wirkliche oder gefälschte, helfen meist am schnellsten "
    "das Meldeformular der Plattform und die hier genannten Hilfsstellen; eine Analyse ist nicht nötig.",
)
CHILD = Text(
    en="If a child is shown, do not upload, copy or forward the file: report it.",
    de="Ist ein Kind zu sehen, laden Sie die Datei nicht hoch, kopieren Sie sie nicht und leiten Sie sie "
    "nicht weiter: melden Sie sie.",
)

# fmt: off
_MONTHS = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
}
# fmt: on


class Validity(StrEnum):
    """What a fact is on a day."""

    IN_FORCE = "in_force"
    UPCOMING = "upcoming"
    ENDED = "ended"
    DRAFT = "draft"
    UNRESOLVED = "unresolved"


_PREFIXES: dict[Validity, Text | None] = {
    Validity.IN_FORCE: None,
    Validity.UPCOMING: Text(en="From {day}", de="Ab {day}"),
    Validity.ENDED: Text(en="Until {day}", de="Bis {day}"),
    Validity.DRAFT: Text(en="Draft, not law on {day}", de="Entwurf, am {day} kein Gesetz"),
    Validity.UNRESOLVED: Text(
        en="Unresolved, not to be read as law (as of {day}; see the links)",
        de="Ungeklärt, nicht als geltendes Recht zu lesen (Stand {day}; siehe die Verweise)",
    ),
}
_REPORTED = Text(en="Reportedly", de="Berichten zufolge")


def validity(fact: Fact, today: date) -> Validity:
    """Return what the fact is on that day; a day of `since` and of `until` is in force."""
    if fact.sure is Sure.UNRESOLVED:
        return Validity.UNRESOLVED
    if fact.bill:
        return Validity.DRAFT
    if fact.since is not None and today < fact.since:
        return Validity.UPCOMING
    if fact.until is not None and today > fact.until:
        return Validity.ENDED
    return Validity.IN_FORCE


def worded(fact: Fact, today: date) -> Text:
    """Return the fact as it is to be shown on that day, with the words that say what it is."""
    return Text(en=_worded(fact, today, "en"), de=_worded(fact, today, "de"))


def is_stale(country: Country, today: date) -> bool:
    """Return whether the entry was checked so long ago that it may be out of date."""
    return today - country.checked_on > STALE_AFTER


def written(day: date, language: str) -> str:
    """Write a day: "2 December 2026", "2. Dezember 2026"."""
    dot = "." if language == "de" else ""
    return f"{day.day}{dot} {_MONTHS[language][day.month - 1]} {day.year}"


def _worded(fact: Fact, today: date, language: str) -> str:
    said = [getattr(text, language) for text in (fact.place, _prefix(fact, today)) if text is not None]
    if fact.sure is Sure.REPORTED:
        said.append(getattr(_REPORTED, language))
    return ": ".join([*said, getattr(fact.text, language)])


def _prefix(fact: Fact, today: date) -> Text | None:
    now = validity(fact, today)
    words = _PREFIXES[now]
    day = {Validity.UPCOMING: fact.since, Validity.ENDED: fact.until}.get(now, fact.as_of)
    if words is None or day is None:
        return None
    return Text(en=words.en.format(day=written(day, "en")), de=words.de.format(day=written(day, "de")))
