"""What the law says: files of one strict shape, worded by the day, so that no draft reads as law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import api_world as world
import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from deepshield.law import links
from deepshield.law.files import countries, read
from deepshield.law.reading import Validity, is_stale, validity, worded
from deepshield.law.shape import Fact, Sure
from deepshield.resources import Resources

pytestmark = pytest.mark.unit

COUNTRY = """
iso: DE
name: {en: Germany, de: Deutschland}
checked_on: 2026-11-28
checked_by: null
status: bill
topics: [intimate]
facts:
  - text: {en: The law punishes it., de: Das Recht bestraft es.}
    sure: B
    sources: [example.org]
official: [{title: Code, url: "https://example.org/code", lang: de}]
help: []
"""


def fact(**changes: object) -> Fact:
    plain = {"text": {"en": "It is so.", "de": "Es ist so."}, "sure": "B", "sources": ("example.org",)}
    return Fact.model_validate(plain | changes)


def test_every_file_is_of_the_shape_and_in_both_languages() -> None:
    found = countries()
    assert {"EU", "GB", "US", "DE", "FR", "IT", "ES", "DK", "IN", "CN", "KR", "JP", "AU", "BR", "CA"} <= set(
        found
    )
    for country in found.values():
        for each in country.facts:
            assert each.text.en != each.text.de


@pytest.mark.parametrize(
    "slip",
    [
        ("status: bill", "status: bills"),
        ("checked_by: null", "checked_bye: null"),
        ("sources: [example.org]", "sources: []"),
        ("https://example.org/code", "http://example.org/code"),
        ("sure: B", "sure: U"),
        ("sure: B", "sure: B\n    bill: true"),
        ("de: Das Recht bestraft es.", "de: ''"),
        ("sure: B", "sure: B\n    since: 2026-02-01\n    until: 2026-01-01"),
    ],
)
def test_a_file_with_a_slip_is_refused(slip: tuple[str, str]) -> None:
    assert read(COUNTRY).iso == "DE"
    with pytest.raises(ValidationError):
        read(COUNTRY.replace(*slip))


def test_no_text_gives_advice_or_calls_a_case_illegal() -> None:
    for country in countries().values():
        for each in country.facts:
            for words in ("you can", "is illegal", "you may sue"):
                assert words not in each.text.en.lower()


def test_the_days_of_december_2026_flip_the_wording() -> None:
    day = date(2026, 12, 2)
    flipping = [each for each in countries()["EU"].facts if each.since == day]
    assert len(flipping) == 2
    for each in flipping:
        assert validity(each, day - timedelta(days=1)) is Validity.UPCOMING
        assert worded(each, day - timedelta(days=1)).en.startswith("From 2 December 2026: ")
        assert worded(each, day - timedelta(days=1)).de.startswith("Ab 2. Dezember 2026: ")
        assert validity(each, day) is Validity.IN_FORCE
        assert worded(each, day) == each.text


def test_a_fact_ends_after_its_last_day() -> None:
    ending = fact(until=date(2026, 3, 1))
    assert validity(ending, date(2026, 3, 1)) is Validity.IN_FORCE
    assert worded(ending, date(2026, 3, 2)).en == "Until 1 March 2026: It is so."


def test_what_is_not_law_never_reads_as_law() -> None:
    today = date(2026, 11, 29)
    for country in countries().values():
        for each in country.facts:
            text = worded(each, today)
            if each.sure is Sure.UNRESOLVED:
                assert "not to be read as law" in text.en
                assert "nicht als geltendes Recht zu lesen" in text.de
            elif each.bill:
                assert "Draft, not law on" in text.en
                assert "kein Gesetz" in text.de
            if each.sure is Sure.REPORTED:
                assert "Reportedly: " in text.en
                assert "Berichten zufolge: " in text.de


def test_a_place_comes_first() -> None:
    there = fact(place={"en": "Texas", "de": "Texas"}, sure="C", since=date(2027, 1, 1))
    assert worded(there, date(2026, 1, 1)).en == "Texas: From 1 January 2027: Reportedly: It is so."


def test_an_entry_decays_after_180_days() -> None:
    country = read(COUNTRY)
    assert not is_stale(country, country.checked_on + timedelta(days=180))
    assert is_stale(country, country.checked_on + timedelta(days=181))


def test_the_link_check_asks_for_each_address_once_and_names_what_fails() -> None:
    asked: list[str] = []

    def ask(address: str) -> str | None:
        asked.append(address)
        return "status 404" if "stopncii" in address else None

    known = list(links.addresses(countries().values()))
    lines = links.check(known, ask)
    assert sorted(asked) == sorted({address for _, address in known})
    assert lines == ["GB  https://stopncii.org  status 404"]


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def test_the_list_names_every_country(client: TestClient) -> None:
    answer = client.get("/api/law")
    assert [each["iso"] for each in answer.json()["countries"]] == list(countries())
    assert "not legal advice" in answer.json()["notice"]["en"]
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_an_answer_that_still_holds_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/api/law/de")
    assert first.json()["name"] == {"en": "Germany", "de": "Deutschland"}
    for known in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}', "*"):
        again = client.get("/api/law/DE", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/law/DE", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_answer_is_that_of_the_day(resources: Resources) -> None:
    texts = []
    for day in (datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)):
        with world.serving(replace(resources, clock=lambda day=day: day)) as client:
            answer = client.get("/api/law/EU")
            texts.append((answer.json()["facts"][2]["text"]["en"], answer.headers["ETag"]))
    (before, old), (after, new) = texts
    assert before == f"From 2 December 2026: {after}"
    assert old != new


def test_a_country_without_an_entry_is_not_found(client: TestClient) -> None:
    answer = client.get("/api/law/XX")
    assert answer.status_code == 404
    assert answer.json()["error"]["error_code"] == "NOT_FOUND"
