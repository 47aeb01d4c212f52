"""`DELETE /api/auth/me`: an account goes with all that is its own, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import api_world as world
import pytest
from example_results import example
from fastapi.testclient import TestClient
from service_parts import MakeResources
from sqlalchemy import func, select

from deepshield.accounts import closing
from deepshield.accounts.sessions import find_login
from deepshield.domain.errors import Code
from deepshield.domain.owner import Owner
from deepshield.jobs import lease as leases
from deepshield.jobs import submit as submitting
from deepshield.jobs.sweep import sweep
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import (
    Artifact,
    Attempt,
    Base,
    Job,
    PendingDeletion,
    Result,
    Session,
    Usage,
    User,
)
from deepshield.resources import Resources

pytestmark = pytest.mark.api

ADA, PASSWORD = "ada@example.com", "correct horse"
CREDENTIALS = {"email": ADA, "password": PASSWORD}
COOKIE = "deepshield_session"


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def registered(client: TestClient, resources: Resources) -> Owner:
    response = client.post("/api/auth/register", json=CREDENTIALS)
    assert response.status_code == 200, response.text
    return find_login(resources, response.json()["access_token"]).owner


def delete(client: TestClient, password: str = PASSWORD, **options: Any) -> Any:
    return client.request("DELETE", "/api/auth/me", json={"password": password}, **options)


def rows(resources: Resources, table: type[Base], *conditions: Any) -> int:
    with resources.database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def stored(resources: Resources) -> list[str]:
    return sorted(info.key for info in resources.store.list(""))


def test_everything_of_the_account_goes(client: TestClient, resources: Resources) -> None:
    owner = registered(client, resources)
    world.in_every_state(resources, owner)
    assert rows(resources, Job) == 5
    assert stored(resources)
    assert rows(resources, Usage) == 1
    answer = delete(client)
    assert (answer.status_code, answer.json()) == (200, {"status": "deleted"})
    for table in (User, Session, Usage, Job, Result, Artifact, Attempt, PendingDeletion):
        assert rows(resources, table) == 0, table
    assert stored(resources) == []


def test_it_signs_out_everywhere_and_clears_the_cookie(client: TestClient, resources: Resources) -> None:
    registered(client, resources)
    elsewhere = client.post("/api/auth/login", json=CREDENTIALS).json()["access_token"]
    cookie = delete(client).headers["set-cookie"].lower()
    assert cookie.startswith(f'{COOKIE}="";')
    assert COOKIE not in client.cookies
    bearer = {"Authorization": f"Bearer {elsewhere}"}
    assert client.get("/api/auth/me", headers=bearer).status_code == 401
    assert client.post("/api/auth/login", json=CREDENTIALS).json()["error"]["error_code"] == (
        "INVALID_CREDENTIALS"
    )
    again = client.post("/api/auth/register", json=CREDENTIALS)
    assert again.status_code == 200, "the address is free again"
    assert client.get("/api/jobs/me").json()["counts"]["all"] == 0


def test_what_belongs_to_others_stays(client: TestClient, resources: Resources) -> None:
    owner = registered(client, resources)
    other, as_other = world.account(resources)
    theirs = world.completed(resources, other)
    nobodys = world.completed(resources)
    before = stored(resources)
    world.completed(resources, owner)
    assert delete(client).status_code == 200
    assert stored(resources) == before
    assert client.get(f"/api/results/{theirs}", headers=as_other).json()["state"] == "COMPLETED"
    assert client.get(f"/api/results/{nobodys}").json()["state"] == "COMPLETED"
    assert rows(resources, User) == 1


def test_a_worker_loses_what_it_analyses_and_leaves_nothing(client: TestClient, resources: Resources) -> None:
    owner = registered(client, resources)
    lease = world.running(resources, owner)
    assert delete(client).status_code == 200
    assert not leases.heartbeat(resources, lease), "its worker stops"
    assert not leases.finish(resources, lease, example(), [], None)
    leases.fail(resources, lease, Code.WORKER_LOST, "Too late.")
    leases.release(resources, lease)
    assert leases.claim(resources, lease.job_id, "worker-2") is None
    assert (rows(resources, Job), rows(resources, Attempt), rows(resources, Usage)) == (0, 0, 0)


def test_the_wrong_password_deletes_nothing(client: TestClient, resources: Resources) -> None:
    owner = registered(client, resources)
    world.completed(resources, owner)
    before = stored(resources)
    answer = delete(client, "wrong password")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (401, "INVALID_CREDENTIALS")
    assert client.get("/api/auth/me").status_code == 200
    assert (rows(resources, Job), stored(resources)) == (1, before)
    with resources.database.read() as session:
        actions = [entry.action for entry in audit.of_subject(session, owner.id)]
    assert actions == ["account.registered", "password.refused"]


def test_tries_are_counted_with_those_of_logins(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"login_attempts": 3})
    with world.serving(resources) as client:
        registered(client, resources)
        tries = [delete(client, "wrong password") for _ in range(2)]
        login = client.post("/api/auth/login", json={"email": ADA, "password": "wrong password"})
        refused = delete(client)
    assert [answer.status_code for answer in (*tries, login, refused)] == [401, 401, 401, 429]
    assert refused.json()["error"]["error_code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) > 0
    assert rows(resources, User) == 1


def test_who_is_not_signed_in_deletes_nothing(client: TestClient, resources: Resources) -> None:
    registered(client, resources)
    client.cookies.clear()
    assert delete(client).status_code == 401
    foreign = {"Cookie": f"{COOKIE}=x", "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert delete(client, headers=foreign).status_code == 403
    assert rows(resources, User) == 1


def test_that_it_was_deleted_is_on_record_without_its_address(
    client: TestClient, resources: Resources
) -> None:
    owner = registered(client, resources)
    delete(client)
    with resources.database.read() as session:
        entries = audit.of_subject(session, owner.id)
    assert entries[-1].action == "account.deleted"
    assert all(ADA not in str(entry.details) for entry in entries)


def test_files_that_cannot_go_now_go_later(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = registered(client, resources)
    for _ in range(3):
        world.completed(resources, owner)
    monkeypatch.setattr(closing, "_DELETED_AT_ONCE", 2)
    assert delete(client).status_code == 200
    assert len(stored(resources)) == 7
    assert rows(resources, PendingDeletion) == 7
    sweep(resources)
    assert (stored(resources), rows(resources, PendingDeletion)) == ([], 0)


def test_an_upload_that_came_just_before_goes_too(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction is open while the account is deleted: it has charged, and then inserts its job."""
    owner = registered(client, resources)
    charged, go_on = Event(), Event()
    really_charge: Callable[..., None] = submitting.charge

    def charge_and_wait(*arguments: Any) -> None:
        really_charge(*arguments)
        charged.set()
        assert go_on.wait(20)

    monkeypatch.setattr(submitting, "charge", charge_and_wait)
    with ThreadPoolExecutor(2) as threads:
        upload = threads.submit(world.queued, resources, owner)
        assert charged.wait(20)
        deletion = threads.submit(delete, client)
        go_on.set()
        assert upload.result(20)
        assert deletion.result(20).status_code == 200
    assert (rows(resources, Job), rows(resources, Usage), stored(resources)) == (0, 0, [])


def test_an_upload_that_comes_just_after_is_refused_and_leaves_no_file(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(client, resources)
    really_submit: Callable[..., Any] = submitting.charge

    def deleted_meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(submitting, "charge", really_submit)
        arguments[0].rollback()  # the lock that SQLite's writers hold
        assert delete(TestClient(client.app, cookies=dict(client.cookies))).status_code == 200
        really_submit(*arguments)

    monkeypatch.setattr(submitting, "charge", deleted_meanwhile)
    answer = client.post("/api/analyze-image", files={"file": ("a.png", world.PICTURE, "image/png")})
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (401, "UNAUTHORIZED")
    assert (rows(resources, Job), rows(resources, Usage), stored(resources)) == (0, 0, [])
