"""Exports of the library: whole, typed, safe for spreadsheets, and for those who may."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import NOON
from sqlalchemy import select
from workspace_world import Person, code_of, join

from deepshield.domain.roles import Role
from deepshield.library import exporting
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium, MediumTag
from deepshield.resources import Resources

pytestmark = pytest.mark.api


@pytest.fixture
def three(resources: Resources, ada: Person, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three analyses of three files, read one after the other."""
    monkeypatch.setattr(exporting, "_PAGE", 1)
    names = ("=cmd|'/c calc'!A0.mp4", 'b, "quoted".mp4', "c\u00e4.mp4")
    made = [world.completed(resources, ada.owner, name) for name in names]
    with resources.database.write() as session:
        media_id = session.scalar(select(Job.media_id).where(Job.id == made[0])) or ""
        session.add_all(
            MediumTag(media_id=media_id, tag=tag, workspace_id=ada.id, tagged_by=ada.id, tagged_at=NOON)
            for tag in ("news desk", "a")
        )
    return made


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_table_has_every_file_once_and_no_formulas(ada: Person, three: list[str]) -> None:
    answer = ada.ask("GET", "/export/results.csv")
    rows = {row["job_id"]: row for row in rows_of(answer)}
    assert sorted(rows) == sorted(three)
    assert rows[three[0]]["name"].startswith("'="), "a spreadsheet must not run it"
    assert rows[three[0]]["tags"] == "a; news desk"
    assert rows[three[2]]["name"] == "c\u00e4.mp4"
    assert float(rows[three[1]]["estimated_probability"]) > 0.5
    assert list(rows[three[0]]) == list(exporting.COLUMNS[exporting.Per.MEDIA])
    assert "@" not in answer.text, "no addresses"
    found = rows_of(ada.ask("GET", "/export/results.csv", params={"q": "tag:a"}))
    assert [row["job_id"] for row in found] == [three[0]]


def test_lines_of_json_and_the_table_say_the_same(
    resources: Resources, ada: Person, three: list[str]
) -> None:
    again = world.completed(resources, ada.owner, "b.mp4")
    for per in ("media", "analysis"):
        lines = ada.ask("GET", "/export/results.jsonl", params={"per": per}).text.splitlines()
        told = [json.loads(line) for line in lines]
        table = rows_of(ada.ask("GET", "/export/results.csv", params={"per": per}))
        assert [row["job_id"] for row in told] == [row["job_id"] for row in table]
        assert {row["job_id"] for row in told} == {*three, again}
        assert all(row["verdict"] == "manipulated" and isinstance(row["people"], int) for row in told)


@pytest.mark.parametrize("per", ["media", "analysis"])
def test_parquet_has_the_types_and_says_the_same(ada: Person, three: list[str], per: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    answer = ada.ask("GET", "/export/results.parquet", params={"per": per})
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    table = parquet.read_table(io.BytesIO(answer.content))
    lines = ada.ask("GET", "/export/results.jsonl", params={"per": per}).text.splitlines()
    told = [json.loads(line) for line in lines]
    rows = table.to_pylist()
    assert [row["job_id"] for row in rows] == [row["job_id"] for row in told]
    assert [row["tags"] for row in rows] == [row["tags"] for row in told]
    assert [row["estimated_probability"] for row in rows] == [row["estimated_probability"] for row in told]
    assert str(table.schema.field("label_revision").type) == "int64", "also where every value is empty"


def test_without_its_package_parquet_is_refused_with_what_to_do(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused = ada.ask("GET", "/export/results.parquet")
    assert code_of(refused) == (501, "FORMAT_NOT_AVAILABLE")


def test_who_may_not_export_gets_nothing(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    world.completed(resources, ada.within(space))
    join(resources, space, grace, Role.LEAD)
    for form in ("csv", "jsonl", "parquet"):
        path = f"/export/results.{form}"
        assert code_of(grace.ask("GET", path, space)) == (403, "ROLE_MISSING")
        assert code_of(ada.ask("GET", path, space, params={"q": "colour:red"})) == (422, "QUERY_INVALID")
        assert client.get(f"/api{path}").status_code == 401
    ada.ask("PATCH", f"/workspaces/{space}/members/{grace.id}", json={"role": "researcher"})
    assert len(rows_of(grace.ask("GET", "/export/results.csv", space))) == 1
    assert rows_of(grace.ask("GET", "/export/results.csv")) == [], "of one's own workspace"


def test_a_file_that_is_handed_in_again_meanwhile_comes_once(
    resources: Resources, ada: Person, three: list[str]
) -> None:
    pages = exporting.export(resources, ada.owner, exporting.Query(), exporting.Per.MEDIA, "csv")
    seen = [row["media_id"] for row in next(pages)]
    with resources.database.write() as session:
        for row in session.scalars(select(Medium)):
            row.seen_at = NOON.replace(year=2027)
    world.completed(resources, ada.owner, "later.mp4")
    seen += [row["media_id"] for page in pages for row in page]
    assert len(seen) == len(set(seen)) >= 3
