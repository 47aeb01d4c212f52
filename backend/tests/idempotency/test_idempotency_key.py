"""Idempotency-Key: the same request twice makes one thing, however the two meet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import Clock, MakeResources
from sqlalchemy import func, select, text

from deepshield.domain.quota import Tier
from deepshield.jobs.sweep import sweep
from deepshield.persistence.tables import ApiKey, Job, KeptAnswer
from deepshield.resources import Resources

pytestmark = pytest.mark.api

KEY = {"Idempotency-Key": "5f0e4a53-1c7d"}
WANTED = {"name": "import", "scopes": ["read"]}
Headers = dict[str, str]


@pytest.fixture
def resources(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, saas={"jwt_exp_hours": 1e5}, rate={"limit_rps": 0})


@pytest.fixture
def ada(resources: Resources) -> Headers:
    return world.account(resources, Tier.FREE)[1]


def upload(client: TestClient, headers: Headers, content: bytes = world.PICTURE, **query: Any) -> Any:
    file = {"file": ("a.png", content, "image/png")}
    return client.post("/api/analyze-image", files=file, headers=headers, params=query)


def rows(resources: Resources, table: Any) -> int:
    with resources.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_upload_sent_again_is_the_same_job_charged_once(
    make_resources: MakeResources,
) -> None:
    resources = make_resources(saas={"require_auth": True})
    ada = world.account(resources, Tier.FREE)[1]
    with world.serving(resources) as client:
        first = upload(client, ada | KEY, reuse=False)
        again = upload(client, ada | KEY, reuse=False)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["X-RateLimit-Remaining"] == "19"
    assert rows(resources, Job) == 1
    assert len(list(resources.store.list("uploads"))) == 1, "the second upload is not kept"


def test_a_visitor_has_keys_of_their_own(client: TestClient, resources: Resources, ada: Headers) -> None:
    jobs = [upload(client, headers | KEY).json()["job_id"] for headers in ({}, {}, ada)]
    assert jobs[0] == jobs[1] != jobs[2]


@pytest.mark.parametrize("other", [{"content": world.PICTURE + b"x"}, {"reuse": False}])
def test_a_key_used_for_something_else_is_refused(
    client: TestClient, resources: Resources, ada: Headers, other: dict[str, Any]
) -> None:
    upload(client, ada | KEY)
    refused = upload(client, ada | KEY, **other)
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    made = client.post("/api/keys", json=WANTED, headers=ada | KEY)
    assert made.status_code == 409, "another route is something else too"
    assert (rows(resources, Job), rows(resources, ApiKey)) == (1, 0)
    assert len(list(resources.store.list("uploads"))) == 1


def test_a_secret_shown_once_is_shown_again_and_not_readable_in_the_database(
    client: TestClient, resources: Resources, ada: Headers
) -> None:
    first, again = (client.post("/api/keys", json=WANTED, headers=ada | KEY).json() for _ in range(2))
    assert first == again
    assert rows(resources, ApiKey) == 1
    with resources.database.read() as session:
        kept = str(session.execute(text("SELECT * FROM idempotency_keys")).all())
    assert first["key"] not in kept
    assert KEY["Idempotency-Key"] not in kept


def test_sharing_and_starting_again_happen_once(client: TestClient, resources: Resources) -> None:
    shared, failed = world.completed(resources), world.failed(resources)
    for path in (f"/api/jobs/{shared}/share", f"/api/jobs/{failed}/retry"):
        key = {"Idempotency-Key": path}
        first, again = (client.post(path, headers=key) for _ in range(2))
        assert (first.status_code, first.json()) == (again.status_code, again.json())
        assert first.status_code == 200
    assert client.post(f"/api/jobs/{failed}/retry").status_code == 409, "it has been started"


def test_what_failed_may_be_sent_again(client: TestClient, ada: Headers) -> None:
    assert upload(client, ada | KEY, content=b"%PDF-1.4" + bytes(99)).status_code == 415
    assert upload(client, ada | KEY).status_code == 200


def test_of_twins_at_once_one_makes_and_both_get_it(
    client: TestClient, resources: Resources, ada: Headers
) -> None:
    def send(_: int) -> Any:
        return upload(client, ada | KEY, reuse=False)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    assert rows(resources, Job) == 1
    assert len(list(resources.store.list("uploads"))) == 1
    assert client.get("/api/auth/me", headers=ada).json()["usage"]["used"] == 1


def test_a_day_later_the_key_is_new(client: TestClient, resources: Resources, clock: Clock) -> None:
    first = upload(client, KEY).json()["job_id"]
    clock.time += timedelta(hours=23, minutes=59)
    assert upload(client, KEY).json()["job_id"] == first
    clock.time += timedelta(minutes=1)
    assert upload(client, KEY).json()["job_id"] != first, "also when no sweep has come by"
    clock.time += timedelta(days=1)
    sweep(resources)
    assert rows(resources, KeptAnswer) == 0


def test_nothing_is_kept_of_what_is_rolled_back(
    client: TestClient, resources: Resources, ada: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepshield.keys import making

    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("no more disk")

    with monkeypatch.context() as broken:
        broken.setattr(making.audit, "record", full)
        assert client.post("/api/keys", json=WANTED, headers=ada | KEY).status_code == 500
    assert (rows(resources, ApiKey), rows(resources, KeptAnswer)) == (0, 0)
    assert client.post("/api/keys", json=WANTED, headers=ada | KEY).status_code == 200


def test_an_account_takes_its_answers_with_it(client: TestClient, resources: Resources) -> None:
    credentials = {"email": "ada@example.com", "password": "correct horse battery"}
    token = client.post("/api/auth/register", json=credentials).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    client.cookies.clear()
    assert client.post("/api/keys", json=WANTED, headers=headers | KEY).status_code == 200
    gone = client.request(
        "DELETE", "/api/auth/me", json={"password": credentials["password"]}, headers=headers
    )
    assert gone.status_code == 200
    assert (rows(resources, ApiKey), rows(resources, KeptAnswer)) == (0, 0)


def test_an_api_key_of_another_workspace_does_not_get_the_answer(
    client: TestClient, resources: Resources
) -> None:
    ada = world.account(resources)[1]
    space = client.post("/api/workspaces", json={"name": "Newsroom"}, headers=ada).json()["id"]
    there = ada | {"X-Workspace": space}
    wanted = {"name": "import", "scopes": ["analyse", "read"]}
    by_key = {"X-API-Key": client.post("/api/keys", json=wanted, headers=there).json()["key"]}
    assert upload(client, ada | KEY).status_code == 200
    refused = upload(client, by_key | KEY)
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    other = {"Idempotency-Key": "in-the-workspace"}
    made = upload(client, by_key | other).json()["job_id"]
    assert upload(client, there | other).json()["job_id"] == made, "the same workspace, by another way"
