"""What members write on files: tags, holds, comments, deletion, and the same of many at once."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import Clock
from sqlalchemy import select
from workspace_world import Person, code_of, join

from deepshield.accounts.sessions import find_login
from deepshield.domain.labels import Grade, Value
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import Decision
from deepshield.domain.roles import Role
from deepshield.jobs.sweep import sweep
from deepshield.library import background, bulk
from deepshield.persistence.repositories import bulk_actions, labels
from deepshield.persistence.tables import AuditEntry
from deepshield.persistence.workbench import Label, Medium, Review
from deepshield.resources import Resources

pytestmark = pytest.mark.api

ANY_STATE = {"If-Match": "*"}


def file_of(resources: Resources, owner: Owner, name: str = "clip.mp4") -> str:
    return world.medium_of(resources, world.completed(resources, owner, name))


def stored(resources: Resources) -> set[str]:
    return {info.key for info in resources.store.list("")}


def actions(resources: Resources, subject: str) -> list[str]:
    with resources.database.read() as session:
        found = select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
        return list(session.scalars(found))


def test_a_change_is_made_upon_the_state_that_was_read(resources: Resources, ada: Person) -> None:
    path = f"/media/{file_of(resources, ada.owner)}"
    etag = ada.ask("GET", path).headers["ETag"]
    wanted = {
        "tags": ["Lip  Sync", "news", "news"],
        "sensitivity": "sensitive",
        "research_consent": "2026-11",
    }
    assert code_of(ada.ask("PATCH", path, json=wanted)) == (428, "REVISION_MISSING")
    changed = ada.ask("PATCH", path, json=wanted, headers={"If-Match": etag}).json()
    assert (changed["tags"], changed["sensitivity"]) == (["lip sync", "news"], "sensitive")
    assert changed["research_consent"]["by"] == ada.id
    stale = ada.ask("PATCH", path, json={"tags": []}, headers={"If-Match": etag})
    assert code_of(stale) == (412, "REVISION_MISMATCH")
    assert stale.json()["error"]["details"] == {"revision": changed["revision"]}
    less = ada.ask("PATCH", path, json={"tags": ["news"]}, headers=ANY_STATE).json()
    assert (less["tags"], less["sensitivity"]) == (["news"], "sensitive"), "what is left out stays"
    for bad in ("any", " ", "x" * 65):
        refused = ada.ask("PATCH", path, json={"tags": [bad]}, headers=ANY_STATE)
        assert code_of(refused) == (422, "VALIDATION_ERROR"), bad


def test_deleting_a_file_leaves_its_hash_and_labels_and_forgetting_leaves_nothing(
    resources: Resources, ada: Person
) -> None:
    before = stored(resources)
    job_id = world.completed(resources, ada.owner)
    media_id = world.medium_of(resources, job_id)
    world.queued(resources, ada.owner, "other.mp4")
    others = stored(resources)
    with resources.database.write() as session:
        decided = Decision(Value.MANIPULATED, None, Grade.SINGLE, ())
        labels.append(session, media_id, decided, ada.id, resources.clock())
    path = f"/media/{media_id}"
    for way in (("DELETE", path), ("POST", f"{path}/forget")):
        assert code_of(ada.ask(*way)) == (428, "REVISION_MISSING")
    gone = ada.ask("DELETE", path, headers=ANY_STATE).json()
    assert (gone["verdict"], gone["score"], gone["job_id"], gone["analyses"]) == (None, None, None, 0)
    assert (gone["label"]["value"], gone["deleted_at"] is not None) == ("manipulated", True)
    assert ada.ask("GET", f"/results/{job_id}").status_code == 404
    assert len(stored(resources)) == len(before) + 1 < len(others)
    assert [one["value"] for one in ada.ask("GET", f"{path}/labels").json()["labels"]] == ["manipulated"]
    assert [one["id"] for one in ada.ask("GET", "/media", params={"q": "deleted:yes"}).json()["media"]] == [
        media_id
    ]
    assert ada.ask("POST", f"{path}/forget", headers=ANY_STATE).json()["outcome"] == "forgotten"
    assert ada.ask("GET", path).status_code == 404
    with resources.database.read() as session:
        assert session.scalar(select(Label.media_id).where(Label.media_id == media_id)) is None
    assert actions(resources, media_id) == ["media.deleted", "media.forgotten"]


def commented(resources: Resources, ada: Person, space: str, media_id: str) -> None:
    assert ada.ask("POST", f"/media/{media_id}/comments", space, json={"text": "Seen."}).status_code == 200


def decided(resources: Resources, ada: Person, space: str, media_id: str) -> None:
    with resources.database.write() as session:
        decision = Decision(Value.MANIPULATED, None, Grade.DOUBLE, ())
        labels.append(session, media_id, decision, None, resources.clock())


def reviewed(resources: Resources, ada: Person, space: str, media_id: str) -> None:
    empty: dict[str, Any] = {key: [] for key in ("kinds", "spans", "regions", "basis", "links")}
    now = resources.clock()
    with resources.database.write() as session:
        session.add(
            Review(
                id=str(uuid.uuid4()), media_id=media_id, workspace_id=space, reader=ada.id, round=1,
                blind=True, answer="manipulated", per_person={}, started_at=now, submitted_at=now, **empty,
            )
        )  # fmt: skip


def frozen(resources: Resources, ada: Person, space: str, media_id: str) -> None:
    decided(resources, ada, space, media_id)
    dataset = ada.ask("POST", "/datasets", space, json={"name": "newsroom"}).json()["id"]
    wanted = {"licence": "https://spdx.org/licenses/CC0-1.0", "ids": [media_id], "consent": "not_asked"}
    answer = ada.ask("POST", f"/datasets/{dataset}/versions", space, json=wanted)
    assert answer.status_code == 200, answer.text


def test_who_sent_a_file_forgets_it_only_while_nobody_else_has_worked_on_it(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    own = {"text": "Mine."}
    for work, named in (
        (None, []), (commented, ["comments"]), (reviewed, ["reviews"]), (frozen, ["labels", "datasets"]),
    ):  # fmt: skip
        path = f"/media/{file_of(resources, there)}"
        assert grace.ask("POST", f"{path}/comments", space, json=own).status_code == 200
        assert grace.ask("PATCH", path, space, json={"tags": ["mine"]}, headers=ANY_STATE).status_code == 200
        if work is None:
            assert grace.ask("POST", f"{path}/forget", space, headers=ANY_STATE).status_code == 200
            continue
        work(resources, ada, space, path.rpartition("/")[2])
        refused = grace.ask("POST", f"{path}/forget", space, headers=ANY_STATE)
        assert code_of(refused) == (403, "OTHERS_WORKED_ON_IT"), work.__name__
        said = refused.json()["error"]
        assert ("Ask a lead" in said["message"], said["details"]) == (True, {"work": named})
        assert grace.ask("DELETE", path, space, headers=ANY_STATE).json()["deleted_at"] is not None
        assert ada.ask("POST", f"{path}/forget", space, headers=ANY_STATE).status_code == 200


def test_an_analysis_under_way_ends_with_its_file(resources: Resources, ada: Person) -> None:
    lease = world.running(resources, ada.owner)
    media_id = world.medium_of(resources, lease.job_id)
    assert ada.ask("POST", f"/media/{media_id}/forget", headers=ANY_STATE).status_code == 200
    with pytest.raises(AssertionError):
        world.finish(resources, lease)
    with resources.database.read() as session:
        forgotten = select(AuditEntry.workspace_id).where(AuditEntry.subject == media_id)
        assert session.scalar(forgotten) == ada.id, "its workspace's activity says so"
        assert session.get(Medium, media_id) is None


def test_what_is_held_neither_expires_nor_is_deleted_by_anybody(
    resources: Resources, clock: Clock, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    job_id = world.completed(resources, there)
    media_id = world.medium_of(resources, job_id)
    path = f"/media/{media_id}"
    assert code_of(grace.ask("PUT", f"{path}/hold", space, json={})) == (403, "ROLE_MISSING")
    told = ada.ask("PUT", f"{path}/hold", space, json={"reason": "Evidence."}).json()
    assert (told["hold"]["by"], told["hold"]["reason"]) == (f"{ada.id}@example.org", "Evidence.")
    assert told["expires_at"] is None
    assert ada.ask("GET", f"/results/{job_id}", space).json()["expires_at"] is None
    files = stored(resources)
    for way in (("DELETE", path), ("POST", f"{path}/forget"), ("DELETE", f"/jobs/{job_id}")):
        for person in (ada, grace):
            assert code_of(person.ask(*way, space, headers=ANY_STATE)) == (409, "HELD"), way
    assert code_of(ada.ask("DELETE", f"/workspaces/{space}")) == (409, "HELD")
    clock.time += timedelta(days=resources.settings.retention.job_days + 1)
    sweep(resources)
    assert stored(resources) == files
    assert ada.ask("GET", f"/results/{job_id}", space).json()["result"] is not None
    assert ada.ask("DELETE", f"{path}/hold", space).json()["hold"] is None
    sweep(resources)
    assert stored(resources) < files
    assert ada.ask("GET", f"/results/{job_id}", space).status_code == 404
    assert ada.ask("DELETE", f"/workspaces/{space}").status_code == 200
    assert actions(resources, media_id) == ["media.held", "media.released"]


def test_a_hold_says_whether_it_keeps_the_bytes_or_the_record_alone(
    resources: Resources, clock: Clock, ada: Person
) -> None:
    space = ada.make()
    path = f"/media/{file_of(resources, ada.within(space))}"
    held = ada.ask("PUT", f"{path}/hold", space, json={"reason": "Evidence."}).json()
    assert held["hold"]["keeps"] == "file"
    ada.ask("DELETE", f"{path}/hold", space)
    clock.time += timedelta(hours=resources.settings.retention.upload_hours + 1)
    sweep(resources)
    assert ada.ask("PUT", f"{path}/hold", space, json={}).json()["hold"]["keeps"] == "record"
    clock.time += timedelta(days=resources.settings.retention.job_days + 1)
    sweep(resources)
    told = ada.ask("GET", "/media", space).json()["media"]
    assert [(one["hold"]["keeps"], one["verdict"]) for one in told] == [("record", "manipulated")]


def test_an_account_is_not_closed_while_files_of_it_are_held(
    resources: Resources, client: TestClient
) -> None:
    proof = {"password": "correct horse battery"}
    answer = client.post("/api/auth/register", json={"email": "ada@example.org", **proof})
    client.cookies.clear()
    login = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    ada = Person(find_login(resources, answer.json()["access_token"]).owner, login, client)
    path = f"/media/{file_of(resources, ada.owner)}/hold"
    assert ada.ask("PUT", path, json={}).status_code == 200
    refused = ada.ask("DELETE", "/auth/me", json=proof)
    assert (code_of(refused), refused.json()["error"]["details"]) == ((409, "HELD"), {"held": 1})
    assert ada.ask("DELETE", path).status_code == 200
    assert ada.ask("DELETE", "/auth/me", json=proof).status_code == 200
    with resources.database.read() as session:
        assert session.scalars(select(Medium)).all() == []
    assert stored(resources) == set()


def test_cancelling_a_held_analysis_keeps_its_file(resources: Resources, ada: Person) -> None:
    job_id = world.queued(resources, ada.owner)
    media_id = world.medium_of(resources, job_id)
    assert ada.ask("PUT", f"/media/{media_id}/hold", json={}).status_code == 200
    files = stored(resources)
    assert ada.ask("DELETE", f"/jobs/{job_id}").json()["outcome"] == "cancelled"
    assert stored(resources) == files


def test_comments_are_never_edited_but_withdrawn(
    resources: Resources, clock: Clock, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    path = f"/media/{file_of(resources, there)}/comments"
    once = {"Idempotency-Key": "k"}
    hers = grace.ask("POST", path, space, json={"text": "The original is of 2019."}, headers=once).json()
    assert (
        grace.ask("POST", path, space, json={"text": "The original is of 2019."}, headers=once).json() == hers
    )
    clock.time += timedelta(seconds=1)
    ada.ask("POST", path, space, json={"text": "Seen."})
    told = grace.ask("GET", path, space).json()["comments"]
    assert [(one["author"], one["mine"], one["text"]) for one in told] == [
        (f"{grace.id}@example.org", True, "The original is of 2019."),
        (f"{ada.id}@example.org", False, "Seen."),
    ]
    page = ada.ask("GET", f"{path}?limit=1", space).json()
    assert [one["text"] for one in page["comments"]] == ["The original is of 2019."]
    rest = ada.ask("GET", f"{path}?cursor={page['next_cursor']}", space).json()
    assert ([one["text"] for one in rest["comments"]], rest["next_cursor"]) == (["Seen."], None)
    newest = ada.ask("GET", f"{path}?limit=1&newest_first=true", space).json()
    older = ada.ask("GET", f"{path}?newest_first=true&cursor={newest['next_cursor']}", space).json()
    assert [page["comments"][0]["text"] for page in (newest, older)] == ["Seen.", "The original is of 2019."]
    assert older["next_cursor"] is None
    assert code_of(grace.ask("DELETE", f"{path}/{told[1]['id']}", space)) == (403, "ROLE_MISSING")
    assert ada.ask("DELETE", f"{path}/{hers['id']}", space).json()["text"] is None, "an admin may"
    assert [one["text"] for one in grace.ask("GET", path, space).json()["comments"]] == [None, "Seen."]
    assert ada.ask("DELETE", f"{path}/{uuid.uuid4()}", space).status_code == 404


def act(person: Person, space: str | None = None, headers: Any = None, **wanted: Any) -> Any:
    return person.ask("POST", "/media/actions", space, json=wanted, headers=headers or {})


def test_many_are_changed_only_if_they_are_as_many_as_were_shown(resources: Resources, ada: Person) -> None:
    ids = [file_of(resources, ada.owner, f"{number}.mp4") for number in range(3)]
    wrong = act(ada, q="verdict:manipulated", action="tag", tag="seen", expect_count=2)
    assert code_of(wrong) == (409, "COUNT_DIFFERS")
    assert wrong.json()["error"]["details"] == {"count": 3}
    assert ada.ask("GET", "/media", params={"q": "tag:seen"}).json()["total"] == 0
    once = {"Idempotency-Key": "k"}
    right = {"q": "verdict:manipulated", "action": "tag", "tag": "Seen", "expect_count": 3}
    done = act(ada, headers=once, **right)
    assert done.json() == {"matched": 3, "changed": 3, "held": 0, "refused": 0}
    ids.append(file_of(resources, ada.owner))
    assert act(ada, headers=once, **right).json() == done.json(), "the first answer, though one more is there"
    again = act(ada, ids=[*ids, str(uuid.uuid4())], action="tag", tag="seen", expect_count=4)
    assert again.json() == {"matched": 4, "changed": 1, "held": 0, "refused": 0}
    assert act(ada, ids=ids[:1], action="hold", reason="x", expect_count=1).json()["changed"] == 1
    gone = act(ada, q="tag:seen", action="delete", expect_count=4).json()
    assert gone == {"matched": 4, "changed": 3, "held": 1, "refused": 0}
    assert [one["id"] for one in ada.ask("GET", "/media").json()["media"]] == ids[:1]
    for bad in ({"action": "tag", "tag": "x", "q": "", "ids": ids}, {"action": "tag", "q": ""}):
        assert code_of(act(ada, expect_count=1, **bad))[0] == 422
    assert actions(resources, ids[1]) == ["media.changed", "media.deleted"]


def test_others_files_are_changed_in_bulk_by_who_may(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    file_of(resources, ada.within(space))
    hers = file_of(resources, there)
    assert code_of(act(grace, space, q="", action="hold", expect_count=2)) == (403, "ROLE_MISSING")
    done = act(grace, space, q="", action="delete", expect_count=2).json()
    assert done == {"matched": 2, "changed": 1, "held": 0, "refused": 1}
    assert ada.ask("GET", f"/media/{hers}", space).json()["deleted_at"] is not None
    assert act(ada, space, q="", action="delete", expect_count=1).json()["changed"] == 1


@pytest.mark.parametrize("bad", ["\0", "a\0", "\ud800"])
def test_text_that_no_database_takes_is_refused(resources: Resources, ada: Person, bad: str) -> None:
    path = f"/media/{file_of(resources, ada.owner)}"
    some = {"q": "", "expect_count": 1}
    for method, at, body in (
        ("PATCH", path, {"research_consent": bad}),
        ("PATCH", path, {"tags": [bad]}),
        ("PUT", f"{path}/hold", {"reason": bad}),
        ("POST", "/media/actions", {**some, "action": "hold", "reason": bad}),
        ("POST", "/media/actions", {"ids": [bad], "expect_count": 0, "action": "hold"}),
        ("POST", "/views", {"name": bad, "query": ""}),
        ("PUT", f"{path}/hold", {bad: ""}),
        ("POST", "/datasets", {"name": "newsroom", "description": bad}),
    ):
        sent: dict[str, Any] = {
            "content": json.dumps(body),
            "headers": {**ANY_STATE, "Content-Type": "application/json"},
        }
        assert ada.ask(method, at, **sent).status_code == 422, (method, at)


def test_views_are_ones_own_or_the_workspaces(resources: Resources, ada: Person, grace: Person) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    first, second = file_of(resources, there, "b.mp4"), file_of(resources, there, "a.mp4")
    own = {"name": "Mine", "query": "owner:me", "sort": "name"}
    kept = grace.ask("POST", "/views", space, json=own).json()
    assert code_of(grace.ask("POST", "/views", space, json={**own, "shared": True})) == (403, "ROLE_MISSING")
    assert (
        code_of(grace.ask("POST", "/views", space, json={**own, "query": "colour:red"}))[1] == "QUERY_INVALID"
    )
    shared = ada.ask("POST", "/views", space, json={"name": "All", "query": "", "shared": True}).json()
    assert [one["name"] for one in grace.ask("GET", "/views", space).json()["views"]] == ["All", "Mine"]
    assert [one["name"] for one in ada.ask("GET", "/views", space).json()["views"]] == ["All"]
    assert grace.ask("GET", "/views").json()["views"] == [], "not in another workspace"
    found = grace.ask("GET", "/media", space, params={"view": kept["id"]}).json()["media"]
    assert [one["id"] for one in found] == [second, first], "in the view's order"
    narrowed = {"view": kept["id"], "q": "b.mp4"}
    assert grace.ask("GET", "/media", space, params=narrowed).json()["total"] == 1
    assert ada.ask("GET", "/media", space, params={"view": kept["id"]}).status_code == 404
    assert ada.ask("DELETE", f"/views/{kept['id']}", space).status_code == 404
    assert code_of(grace.ask("DELETE", f"/views/{shared['id']}", space)) == (403, "ROLE_MISSING")
    assert grace.ask("DELETE", f"/views/{kept['id']}", space).json()["outcome"] == "deleted"


def test_a_files_analyses_and_near_copies_are_those_of_its_jobs(resources: Resources, ada: Person) -> None:
    job_id = world.completed(resources, ada.owner)
    path = f"/media/{world.medium_of(resources, job_id)}"
    assert [one["job_id"] for one in ada.ask("GET", f"{path}/analyses").json()["analyses"]] == [job_id]
    assert ada.ask("GET", f"{path}/near").json() == ada.ask("GET", f"/jobs/{job_id}/near").json()


@pytest.mark.both_databases
def test_many_files_are_changed_in_the_background_in_steps_that_survive_kills(
    resources: Resources, clock: Clock, ada: Person, grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "FEW", 3)
    monkeypatch.setattr(background, "at_once", lambda _: 2)
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    ids = sorted(file_of(resources, there, f"{number}.mp4") for number in range(5))
    file_of(resources, ada.within(space))
    ada.ask("PUT", f"/media/{ids[0]}/hold", space, json={})
    wanted = {"q": "", "action": "delete", "expect_count": 6}
    assert act(grace, space, **{**wanted, "expect_count": 5}).json()["error"]["details"] == {"count": 6}
    first = act(grace, space, headers={"Idempotency-Key": "k"}, **wanted)
    again = act(grace, space, headers={"Idempotency-Key": "k"}, **wanted)
    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    path = first.headers["Location"].removeprefix("/api")
    file_of(resources, there, "later.mp4")

    def told() -> tuple[Any, ...]:
        found = ada.ask("GET", path, space).json()
        return tuple(found[name] for name in ("state", "done", "changed", "held", "refused"))

    def killed(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    assert told() == ("running", 0, 0, 0, 0)
    with monkeypatch.context() as patched:
        patched.setattr(bulk_actions, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            background.go_on(resources)
    assert told() == ("running", 0, 0, 0, 0)
    assert ada.ask("GET", "/media", space, params={"q": ""}).json()["total"] == 7, (
        "a step is whole or nothing"
    )
    assert not background.go_on(resources), "the lease of who was killed is not over"
    clock.time += timedelta(minutes=2)
    with resources.database.write() as session:
        row = bulk_actions.claim(session, "first", clock.time, clock.time + timedelta(minutes=1))
    assert row is not None
    assert background.step(resources, space, row.id, "first")
    clock.time += timedelta(minutes=2)
    assert background.go_on(resources), "somebody else goes on when a lease is over"
    assert told() == ("done", 6, 4, 1, 1)
    assert not background.step(resources, space, row.id, "first")
    left = [one["name"] for one in ada.ask("GET", "/media", space).json()["media"]]
    assert ("later.mp4" in left, len(left)) == (True, 3), "only what was counted, and was free"
    assert [actions(resources, one) for one in ids[1:]] == [["media.deleted"]] * 4, "each once"
    assert actions(resources, row.id) == ["media.many_asked", "media.many_ended"]
    assert grace.ask("GET", path).status_code == 404, "not in another workspace"

    stopped = act(grace, space, q="", action="tag", tag="x", expect_count=3)
    assert stopped.json()["changed"] == 3, "few are changed at once"
    monkeypatch.setattr(bulk, "FEW", 1)
    path = act(grace, space, q="", action="forget", expect_count=3).headers["Location"].removeprefix("/api")
    assert ada.ask("DELETE", f"/workspaces/{space}/members/{grace.id}").status_code == 200
    assert background.go_on(resources)
    assert told() == ("stopped", 0, 0, 0, 0)


def test_many_are_forgotten_but_what_others_have_worked_on(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    ids = [file_of(resources, there, f"{number}.mp4") for number in range(2)]
    commented(resources, ada, space, ids[0])
    done = act(grace, space, q="", action="forget", expect_count=2).json()
    assert done == {"matched": 2, "changed": 1, "held": 0, "refused": 1}
    assert [one["id"] for one in ada.ask("GET", "/media", space).json()["media"]] == ids[:1]
