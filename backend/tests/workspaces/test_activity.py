"""A workspace's activity: whose entries are listed, to whom, by pages, as a table, and the chain's check."""

from __future__ import annotations

import csv
import io

import api_world as world
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from workspace_world import Person, code_of, join

from deepshield.accounts import administration
from deepshield.domain.roles import ALLOWED, May, Role
from deepshield.persistence.repositories import audit
from deepshield.resources import Resources
from deepshield.workspaces import activity

pytestmark = pytest.mark.integration


@pytest.fixture
def ada(resources: Resources, client: TestClient) -> Person:
    return Person.new(resources, client)


@pytest.fixture
def ben(resources: Resources, client: TestClient) -> Person:
    return Person.new(resources, client)


def send(person: Person, space: str | None = None) -> str:
    """Hand in a picture; return its job."""
    answer = person.ask(
        "POST", "/analyze-image", space, files={"file": ("a.png", world.PICTURE, "image/png")}
    )
    assert answer.status_code == 200, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def listed(person: Person, space: str | None = None, **wanted: object) -> list[tuple[str, str | None]]:
    """Return action and subject of what a person is shown."""
    answer = person.ask("GET", "/activity", space, params=wanted)
    assert answer.status_code == 200, answer.text
    return [(one["action"], one["subject"]) for one in answer.json()["entries"]]


def test_what_happens_in_a_workspace_is_listed_there_and_nowhere_else(
    resources: Resources, ada: Person, ben: Person
) -> None:
    space = ada.make()
    join(resources, space, ben, Role.ANALYST)
    job, own = send(ben, space), send(ada)
    assert ada.ask("DELETE", f"/jobs/{job}", space).status_code == 200
    key = ada.ask("POST", "/keys", space, json={"name": "k", "scopes": ["read"]}).json()["id"]
    assert ada.ask("PATCH", f"/workspaces/{space}/members/{ben.id}", json={"role": "lead"}).status_code == 200
    shown = listed(ada, space)
    assert shown[0] == ("member.changed", space)
    assert {("job.accepted", job), ("key.created", key)} <= set(shown)
    assert next(action for action, subject in shown if subject == job) in {"job.cancelled", "job.deleted"}
    assert ("job.accepted", own) not in shown
    assert listed(ada) == [("job.accepted", own)], "logins are no activity of the personal workspace"
    entries = ada.ask("GET", "/activity", space, params={"action": "job", "actor": ben.id}).json()["entries"]
    email = ben.ask("GET", "/auth/me").json()["email"]
    assert [(one["action"], one["actor_email"]) for one in entries] == [("job.accepted", email)]


@pytest.mark.parametrize("role", Role)
def test_leads_and_admins_read_it(resources: Resources, ada: Person, ben: Person, role: Role) -> None:
    space = ada.make()
    join(resources, space, ben, role)
    for path in ("/activity", "/activity.csv", "/activity/verify"):
        answer = ben.ask("GET", path, space)
        if May.AUDIT in ALLOWED[role]:
            assert answer.status_code == 200
        else:
            assert code_of(answer) == (403, "ROLE_MISSING")
    assert (May.AUDIT in ALLOWED[role]) == (role in {Role.LEAD, Role.ADMIN})


def test_who_is_no_member_learns_nothing(ada: Person, ben: Person) -> None:
    space = ada.make()
    for path in ("/activity", "/activity.csv", "/activity/verify"):
        assert code_of(ben.ask("GET", path, space)) == (404, "NOT_FOUND")


def test_pages_follow_each_other_while_entries_are_added(
    resources: Resources, ada: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        ben.make()
    space = ada.make()
    with resources.database.write() as session:
        for number in range(25):
            details = {"n": number}
            audit.record(session, "test.made", resources.clock(), subject=space, details=details)
    found: list[int] = []
    places: list[int] = []
    cursor: str | None = None
    while True:
        wanted = {"limit": 10, "action": "test.made", **({"cursor": cursor} if cursor else {})}
        page = ada.ask("GET", "/activity", space, params=wanted).json()
        found += [one["details"]["n"] for one in page["entries"]]
        places += [one["position"] for one in page["entries"]]
        with resources.database.write() as session:
            audit.record(session, "test.made", resources.clock(), subject=space, details={"n": -1})
            audit.record(session, "test.other", resources.clock(), subject=ben.id)
        cursor = page["cursor"]
        if cursor is None:
            break
    assert found == list(range(24, -1, -1))
    # Places are those within the workspace, whatever others do and whatever is asked for, also in the table.
    everything = ada.ask("GET", "/activity", space, params={"limit": 200}).json()["entries"]
    assert [one["position"] for one in everything] == list(range(len(everything), 0, -1))
    assert places == [one["position"] for one in everything if (one["details"] or {}).get("n", -1) >= 0]
    monkeypatch.setattr(activity, "_PAGE", 4)
    table = csv.DictReader(io.StringIO(ada.ask("GET", "/activity.csv", space, params=wanted).text))
    assert [int(row["position"]) for row in table][-25:] == places
    for wrong in ("x", "-1", "9" * 20):
        assert code_of(ada.ask("GET", "/activity", space, params={"cursor": wrong}))[1] == "VALIDATION_ERROR"


def test_the_table_has_all_entries_and_no_formulas(
    resources: Resources, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "_PAGE", 3)
    space = ada.make()
    with resources.database.write() as session:
        for number in range(8):
            audit.record(session, "test.made", resources.clock(), subject=space, details={"n": number})
        audit.record(session, "=SUM(A1)", resources.clock(), subject=space)
    rows = list(
        csv.DictReader(io.StringIO(ada.ask("GET", "/activity.csv", space).text.removeprefix("\ufeff")))
    )
    assert rows[0]["action"] == "'=SUM(A1)"
    assert [row["details"] for row in rows if row["action"] == "test.made"] == [
        f'{{"n": {number}}}' for number in range(7, -1, -1)
    ]
    since = {"since": "2999-01-01T00:00:00Z"}
    assert ada.ask("GET", "/activity.csv", space, params=since).text.count("\n") == 1


def test_a_row_that_is_moved_to_another_workspace_breaks_the_chain(
    resources: Resources, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = ada.make()
    send(ada, space)
    whole = ada.ask("GET", "/activity/verify", space).json()
    assert set(whole) == {"at", "whole"}, "nothing of how much others do on the server"
    assert whole["whole"] is True
    rows = activity.ChainCheck(resources).latest().of
    with resources.database.write() as session:
        session.execute(text("UPDATE audit_log SET workspace_id = NULL WHERE action = 'job.accepted'"))
    assert ada.ask("GET", "/activity/verify", space).json() == whole, "an answer is kept for some minutes"
    assert activity.ChainCheck(resources).latest().whole is False
    with resources.database.write() as session:
        audit.record(session, "test.made", resources.clock(), subject=space)
    monkeypatch.setattr(activity, "LINKS", 1)
    newest = activity.ChainCheck(resources).latest()
    assert (newest.whole, newest.links, newest.of) == (True, 1, rows + 1)


def test_what_people_wrote_is_shown_until_it_is_erased_and_never_in_the_chain(
    resources: Resources, ada: Person, ben: Person
) -> None:
    space = ada.make("Jane Doe's room")
    media_id = world.medium_of(resources, world.completed(resources, ada.within(space)))
    path, anyhow = f"/media/{media_id}", {"If-Match": "*"}
    with resources.database.write() as session:  # as an earlier release wrote it
        audit.record(session, "media.held", resources.clock(), subject=media_id, details={"reason": "Old."})
    ada.ask("PUT", f"{path}/hold", space, json={"reason": "Jane Doe complained."})
    ada.ask("DELETE", f"{path}/hold", space)
    ada.ask("PATCH", path, space, json={"tags": ["group:jane doe"]}, headers=anyhow)
    named = {"name": "Jane Doe's", "query": '"Jane Doe"'}
    view = ada.ask("POST", "/views", space, json=named).json()["id"]
    ada.ask("GET", "/export/results.csv", space, params={"q": '"jane doe"'})
    ada.ask("POST", "/rechecks", space, json={"q": '"jane doe"'})
    ada.ask("POST", "/keys", space, json={"name": "Jane Doe's laptop", "scopes": ["read"]})

    def told() -> dict[str, tuple[object, list[str]]]:
        entries = ada.ask("GET", "/activity", space).json()["entries"]
        return {one["action"]: (one["details"], one["erased"]) for one in reversed(entries)}

    before = told()
    assert before["media.held"] == ({"reason": "Jane Doe complained."}, [])
    assert before["media.changed"] == ({"untagged": [], "tagged": ["group:jane doe"]}, [])
    assert before["view.saved"] == ({"name": "Jane Doe's"}, [])
    assert before["workspace.created"] == ({"name": "Jane Doe's room"}, [])
    assert "jane doe" in str(before["results.exported"][0])
    assert "jane doe" in str(before["recheck.asked"][0])
    with resources.database.read() as session:
        assert "jane" not in str(session.execute(text("SELECT details FROM audit_log")).all()).lower()
    assert ada.ask("POST", f"{path}/forget", space, headers=anyhow).status_code == 200
    assert ada.ask("DELETE", f"/views/{view}", space).status_code == 200
    after = told()
    assert after["media.held"] == ({"reason": None}, ["reason"])
    assert after["media.changed"] == ({"untagged": [], "tagged": [None]}, ["tagged"])
    assert after["view.saved"] == ({"name": None}, ["name"])
    assert after["workspace.created"] == before["workspace.created"]
    found = administration.texts_containing(resources.database, "JANE DOE", space)
    administration.erase_texts(resources.database, found)
    assert told()["results.exported"][1] == ["q"]
    table = ada.ask("GET", "/activity.csv", space).text
    assert ("jane" in table.lower(), "Old." in table, '""erased"": [""q""]' in table) == (False, True, True)
    with resources.database.write() as session:
        assert audit.verify(session).fault is None
        session.execute(text("UPDATE audit_texts SET text = 'Another name'"))
    assert told()["workspace.created"][1] == ["name"], (
        "a text that was changed is not shown as it was written"
    )
    ada.ask("DELETE", f"/workspaces/{space}")
    with resources.database.read() as session:
        assert session.execute(text("SELECT id FROM audit_texts")).all() == []
