""" "Was this right?": who is asked, and what is kept of the answers."""

from __future__ import annotations

from collections.abc import Iterator

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources
from sqlalchemy import select
from workspace_world import Person, join

from deepshield.domain.roles import Role
from deepshield.persistence.repositories import audit
from deepshield.persistence.workbench import Feedback
from deepshield.resources import Resources

pytestmark = pytest.mark.api

NOTHING = {"answer": None, "text": None, "at": None}


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(rate={"limit_rps": 0})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


def rows(service: Resources) -> list[Feedback]:
    with service.database.read() as session:
        return list(session.scalars(select(Feedback)))


def test_an_account_answers_once_and_may_change_its_mind(client: TestClient, service: Resources) -> None:
    owner, headers = world.account(service)
    job_id = world.completed(service, owner)
    path = f"/api/jobs/{job_id}/feedback"
    assert client.get(path, headers=headers).json() == {"asked": True, **NOTHING}
    first = client.post(path, headers=headers, json={"answer": "wrong", "text": "  It is satire. "}).json()
    assert (first["answer"], first["text"]) == ("wrong", "It is satire.")
    client.post(path, headers=headers, json={"answer": "right"})
    (kept,) = rows(service)
    assert (kept.answer, kept.text, kept.given_by, kept.task_id) == ("right", None, owner.id, None)
    assert client.get(path, headers=headers).json()["answer"] == "right"
    with service.database.read() as session:
        noted = [
            (one.actor, one.details)
            for one in audit.of_subject(session, job_id)
            if one.action == "feedback.given"
        ]
    assert noted == [(owner.id, {"by": "account", "answer": one}) for one in ("wrong", "right")]


def test_who_comes_by_a_link_answers_apart_from_the_owner(client: TestClient, service: Resources) -> None:
    owner, headers = world.account(service)
    job_id = world.completed(service, owner)
    token = client.post(f"/api/jobs/{job_id}/share", headers=headers).json()["token"]
    by_link = {"X-Share-Token": token}
    answer = client.post("/api/shared/feedback", headers=by_link, json={"answer": "unsure"})
    assert answer.status_code == 200, answer.text
    client.post(f"/api/jobs/{job_id}/feedback", headers=headers, json={"answer": "right"})
    assert {one.answer for one in rows(service)} == {"unsure", "right"}
    assert client.get("/api/shared/feedback", headers=by_link).json()["answer"] == "unsure"
    assert all(token not in one.given_by for one in rows(service)), "a token is kept nowhere"
    client.delete(f"/api/jobs/{job_id}/share", headers=headers)
    assert client.post("/api/shared/feedback", headers=by_link, json={"answer": "wrong"}).status_code == 404
    assert len(rows(service)) == 2


def test_members_answer_for_themselves(client: TestClient, service: Resources) -> None:
    sender, reader = Person.new(service, client), Person.new(service, client)
    space = sender.make()
    join(service, space, reader, Role.VIEWER)
    path = f"/jobs/{world.completed(service, sender.within(space))}/feedback"
    assert reader.ask("POST", path, space, json={"answer": "wrong"}).status_code == 200
    told = sender.ask("GET", path, space).json()
    assert told == {"asked": True, **NOTHING}, "of others' answers nothing is shown"


def test_nobody_is_asked_about_what_nobody_reads(client: TestClient, service: Resources) -> None:
    owner, headers = world.account(service)
    running, visitors = world.running(service, owner).job_id, world.completed(service)
    for job_id, asker in ((running, headers), (visitors, {})):
        path = f"/api/jobs/{job_id}/feedback"
        assert client.get(path, headers=asker).json() == {"asked": False, **NOTHING}
        refused = client.post(path, headers=asker, json={"answer": "wrong"})
        assert (refused.status_code, refused.json()["error"]["error_code"]) == (409, "CONFLICT")
    token = client.post(f"/api/jobs/{visitors}/share").json()["token"]
    by_link = {"X-Share-Token": token}
    assert client.get("/api/shared/feedback", headers=by_link).json() == {"asked": False, **NOTHING}
    assert client.post("/api/shared/feedback", headers=by_link, json={"answer": "wrong"}).status_code == 409
    assert not rows(service)


@pytest.mark.parametrize("wrong", [{"answer": "maybe"}, {"answer": "right", "text": "a" * 1001}, {}])
def test_other_answers_are_refused(client: TestClient, service: Resources, wrong: dict[str, str]) -> None:
    owner, headers = world.account(service)
    job_id = world.completed(service, owner)
    answer = client.post(f"/api/jobs/{job_id}/feedback", headers=headers, json=wrong)
    assert answer.status_code == 422
    assert not rows(service)
