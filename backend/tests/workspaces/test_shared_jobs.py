"""Jobs of a shared workspace: seen by its members, kept as it says, and left to it by who goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import NOON, Clock
from sqlalchemy import func, select, text, update
from workspace_world import Person, code_of, join

from deepshield.accounts.sessions import find_login
from deepshield.batches.ending import keep_up
from deepshield.batches.opening import Address, open_batch
from deepshield.batches.starting import start_waiting
from deepshield.domain.errors import Code
from deepshield.domain.events import Event
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.domain.quota import usage_day
from deepshield.domain.roles import Role
from deepshield.jobs import lease as leases
from deepshield.jobs.retry import retry
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import sweep
from deepshield.persistence.repositories import usage
from deepshield.persistence.tables import (
    ApiKey,
    Batch,
    BatchItem,
    Job,
    ResumableUpload,
    UploadPart,
    WebhookDelivery,
    WebhookEndpoint,
)
from deepshield.resources import Resources
from deepshield.webhooks import endpoints

pytestmark = pytest.mark.api

PASSWORD = "correct horse"


def registered(resources: Resources, client: TestClient, email: str) -> Person:
    answer = client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    client.cookies.clear()
    token = answer.json()["access_token"]
    return Person(find_login(resources, token).owner, {"Authorization": f"Bearer {token}"}, client)


def close(person: Person) -> Any:
    return person.ask("DELETE", "/auth/me", json={"password": PASSWORD})


def rows(resources: Resources, table: Any, *conditions: Any) -> int:
    with resources.database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def stored(resources: Resources) -> set[str]:
    return {info.key for info in resources.store.list("")}


def test_members_share_a_history_and_each_keeps_a_personal_one(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    own = world.completed(resources, ada.owner, "own.mp4")
    shared = world.completed(resources, ada.within(space), "shared.mp4")
    world.queued(resources, there, "hers.mp4")
    listed = grace.ask("GET", "/jobs/me", space).json()
    assert {job["original_filename"]: job["sent_by"] for job in listed["jobs"]} == {
        "shared.mp4": f"{ada.id}@example.org",
        "hers.mp4": f"{grace.id}@example.org",
    }
    (mine,) = ada.ask("GET", "/jobs/me").json()["jobs"]
    assert (mine["job_id"], mine["sent_by"]) == (own, None)
    assert grace.ask("GET", "/jobs/me").json()["total"] == 0
    result = grace.ask("GET", f"/results/{shared}", space).json()
    assert result["sent_by"] == f"{ada.id}@example.org"
    # A picture is loaded without headers of the page's.
    picture = next(one["url"] for one in result["artifacts"] if one["name"] == world.CROP)
    assert client.get(picture, headers=grace.login).content == world.PICTURE
    assert client.get(picture).status_code == 401
    assert ada.ask("GET", f"/results/{shared}").status_code == 404, "not in the personal one"


def test_only_its_sender_or_a_lead_deletes_and_shares_a_job(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    hers = world.completed(resources, join(resources, space, grace, Role.ANALYST))
    other = Person.new(resources, client)
    join(resources, space, other, Role.ANALYST)
    for method, path in (("DELETE", f"/jobs/{hers}"), ("POST", f"/jobs/{hers}/share")):
        assert code_of(other.ask(method, path, space)) == (403, "ROLE_MISSING")
    made = grace.ask("POST", f"/jobs/{hers}/share", space)
    shown = client.get("/api/shared", headers={"X-Share-Token": made.json()["token"]}).json()
    assert (shown["state"], shown["sent_by"]) == ("COMPLETED", None)
    ada.ask("PATCH", f"/workspaces/{space}/members/{grace.id}", json={"role": "viewer"})
    assert code_of(grace.ask("POST", f"/jobs/{hers}/share", space)) == (403, "ROLE_MISSING")
    ada.ask("PATCH", f"/workspaces/{space}/members/{other.id}", json={"role": "lead"})
    assert other.ask("DELETE", f"/jobs/{hers}", space).json()["outcome"] == "deleted"


def test_the_same_file_is_one_job_per_workspace(resources: Resources, ada: Person, grace: Person) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    file = Submission(MediaKind.IMAGE, "a.png", "image/png", 9, "a" * 64, "uploads/a")
    first, _ = submit(resources, ada.within(space), file)
    again, reused = submit(resources, there, file)
    assert (again.id, reused) == (first.id, True)
    own, reused = submit(resources, grace.owner, file)
    assert (own.id != first.id, reused) == (True, False)


def test_another_try_is_charged_to_who_sent_the_file(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    job_id = world.queued(resources, ada.within(space))
    lease = leases.claim(resources, job_id, "worker-1")
    assert lease is not None
    leases.fail(resources, lease, Code.ANALYSIS_CRASHED, "It broke off.")
    retry(resources, there, job_id)
    with resources.database.read() as session:
        used = [usage.used(session, one.id, usage_day(NOON)) for one in (ada, grace)]
    assert used == [1, 0]


def test_events_go_to_the_webhooks_of_the_jobs_workspace_alone(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ADMIN)
    made = {
        name: endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event)).row.id
        for name, owner in (("hers", grace.owner), ("shared", there), ("adas", ada.owner))
    }
    job_id = world.completed(resources, ada.within(space))
    with resources.database.read() as session:
        sent = [
            (row.endpoint_id, row.payload["data"]["job_id"])
            for row in session.scalars(select(WebhookDelivery))
        ]
    assert sent == [(made["shared"], job_id)]
    assert [one["id"] for one in ada.ask("GET", "/webhooks", space).json()["webhooks"]] == [made["shared"]]


def test_a_workspace_keeps_files_for_less_time_and_never_longer(
    resources: Resources, clock: Clock, ada: Person
) -> None:
    space = ada.make()
    shared, own = (world.completed(resources, owner) for owner in (ada.within(space), ada.owner))
    before = ada.ask("GET", f"/results/{shared}", space).json()
    ada.ask("PATCH", f"/workspaces/{space}", json={"retention_hours": 2})
    after = ada.ask("GET", f"/results/{shared}", space).json()
    hours = [datetime.fromisoformat(one["expires_at"]) - NOON for one in (before, after)]
    assert hours == [timedelta(hours=24), timedelta(hours=2)]
    assert after["revision"] > before["revision"]
    listed = ada.ask("GET", "/jobs/me", space).json()["jobs"]
    assert listed[0]["expires_at"] == after["expires_at"]
    clock.time = NOON + timedelta(hours=2, minutes=1)
    sweep(resources)
    assert ada.ask("GET", f"/results/{shared}", space).json()["files_deleted"]
    assert not ada.ask("GET", f"/results/{own}").json()["files_deleted"]
    assert {key.split("/")[1] for key in stored(resources) if key.startswith("artifacts/")} == {own}
    with resources.database.write() as session:  # as if an operator had shortened the time meanwhile
        session.execute(text("UPDATE workspaces SET retention_hours = 1000"))
    clock.time = NOON + timedelta(hours=24, minutes=1)
    sweep(resources)
    assert ada.ask("GET", f"/results/{own}").json()["files_deleted"]


def test_who_closes_an_account_leaves_a_shared_workspace_what_was_sent(
    resources: Resources, client: TestClient, ada: Person
) -> None:
    space = ada.make()
    eve = registered(resources, client, "eve@example.com")
    there = join(resources, space, eve, Role.ADMIN)
    shared = world.completed(resources, there, "shared.mp4")
    lease = world.running(resources, there, "running.mp4")
    world.completed(resources, eve.owner, "own.mp4")
    hook = endpoints.make_endpoint(resources, there, url="https://example.org/", events=list(Event)).row.id
    batch, _ = open_batch(
        resources, there, name="a", addresses=[Address("https://example.org/a.png")], closed=True
    )
    assert close(eve).status_code == 200
    found = ada.ask("GET", f"/results/{shared}", space).json()
    assert (found["state"], found["sent_by"], found["needs_owner_secret"]) == ("COMPLETED", None, False)
    assert ada.ask("GET", "/jobs/me", space).json()["total"] == 2
    world.finish(resources, lease)
    assert ada.ask("GET", f"/results/{lease.job_id}", space).json()["state"] == "COMPLETED"
    stranger = Person.new(resources, client)
    assert client.get(f"/api/results/{shared}").status_code == 404, "it is no visitor's"
    assert stranger.ask("GET", f"/results/{shared}").status_code == 404
    assert (
        rows(resources, WebhookEndpoint, WebhookEndpoint.id == hook, WebhookEndpoint.owner_id == ada.id) == 1
    )
    (shown,) = ada.ask("GET", "/webhooks", space).json()["webhooks"]
    assert (shown["id"], shown["disabled_why"]) == (hook, "left")
    assert rows(resources, Job, Job.original_filename == "own.mp4") == 0
    # What waited is not started for nobody.
    assert start_waiting(resources, 10) == 0
    with resources.database.read() as session:
        item = session.scalars(select(BatchItem).where(BatchItem.batch_id == batch.id)).one()
    assert (item.state, item.error_code) == ("refused", "CANCELLED")
    assert ada.ask("DELETE", f"/jobs/{shared}", space).json()["outcome"] == "deleted"


def test_the_only_admin_hands_over_before_closing_and_who_is_alone_takes_all_along(
    resources: Resources, client: TestClient, grace: Person
) -> None:
    eve = registered(resources, client, "eve@example.com")
    alone, led = eve.make("Alone"), eve.make("Led")
    join(resources, led, grace, Role.ANALYST)
    world.completed(resources, eve.within(alone))
    kept = world.completed(resources, eve.within(led))
    refused = close(eve)
    assert code_of(refused) == (409, "LAST_ADMIN")
    assert refused.json()["error"]["details"] == {"workspaces": [{"id": led, "name": "Led"}]}
    assert rows(resources, Job) == 2
    eve.ask("PATCH", f"/workspaces/{led}/members/{grace.id}", json={"role": "admin"})
    assert close(eve).status_code == 200
    assert [one["name"] for one in grace.ask("GET", "/workspaces").json()["workspaces"]] == [
        "Personal",
        "Led",
    ]
    assert rows(resources, Job) == rows(resources, Job, Job.id == kept) == 1
    assert {key.split("/")[1] for key in stored(resources) if key.startswith("artifacts/")} == {kept}


def test_deleting_a_workspace_deletes_all_that_is_in_it_and_nothing_else(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ADMIN)
    lease = world.running(resources, there)
    world.completed(resources, ada.within(space))
    open_batch(resources, there, name="a")
    endpoints.make_endpoint(resources, there, url="https://example.org/", events=list(Event))
    grace.ask("POST", "/keys", space, json={"name": "a", "scopes": ["read"]})
    begun = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "90",
        "Content-Type": "application/offset+octet-stream",
    }
    assert grace.ask("POST", "/uploads", space, headers=begun, content=world.PICTURE[:50]).status_code == 201
    assert any(key.startswith("parts/") for key in stored(resources))
    own = world.completed(resources, grace.owner)
    assert ada.ask("DELETE", f"/workspaces/{space}").json() == {"id": space, "status": "deleted"}
    assert not leases.heartbeat(resources, lease), "its worker stops"
    for table in (Batch, WebhookEndpoint, ApiKey, ResumableUpload, UploadPart):
        assert rows(resources, table) == 0, table
    assert rows(resources, Job) == rows(resources, Job, Job.id == own) == 1
    assert all(own in key or key.startswith("uploads/") for key in stored(resources))
    assert len([key for key in stored(resources) if key.startswith("uploads/")]) == 1
    assert code_of(grace.ask("GET", "/jobs/me", space)) == (404, "NOT_FOUND")
    with pytest.raises(Exception, match="no such workspace"):
        world.queued(resources, Owner(grace.id, grace.owner.tier, space))


def test_what_an_earlier_release_writes_is_in_the_senders_personal_workspace(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    job_id = world.completed(resources, ada.owner)
    with resources.database.write() as session:
        session.execute(update(Job).values(workspace_id=None))
    assert ada.ask("GET", f"/results/{job_id}").status_code == 200
    assert ada.ask("GET", f"/results/{job_id}", ada.make()).status_code == 404
    for stranger in (grace.ask("GET", f"/results/{job_id}"), client.get(f"/api/results/{job_id}")):
        assert stranger.status_code == 404
    sweep(resources)
    assert ada.ask("GET", "/jobs/me").json()["total"] == 1
    visitors = world.completed(resources)
    sweep(resources)
    assert client.get(f"/api/results/{visitors}").status_code == 200, "it stays a visitor's"


def test_files_that_a_batch_keeps_go_with_the_workspaces_time(
    resources: Resources, clock: Clock, ada: Person
) -> None:
    space = ada.make()
    kept = {}
    for owner in (ada.within(space), ada.owner):
        batch, _ = open_batch(resources, owner, name="a")
        kept[owner.workspace_id] = BatchItem(
            batch_id=batch.id, position=0, name="a.png", state="refused", reused=False,
            upload_key=f"uploads/{owner.workspace_id}", created_at=NOON,
        )  # fmt: skip
        with resources.database.write() as session:
            session.add(kept[owner.workspace_id])
            session.execute(update(Batch).values(closed_at=NOON, finished_at=NOON))
    ada.ask("PATCH", f"/workspaces/{space}", json={"retention_hours": 2})
    clock.time = NOON + timedelta(hours=2, minutes=1)
    keep_up(resources)
    with resources.database.read() as session:
        left = session.scalars(select(BatchItem.upload_key).where(BatchItem.upload_key.is_not(None))).all()
    assert left == [f"uploads/{ada.id}"]


@pytest.mark.parametrize("removed", [True, False])
def test_what_waits_in_a_batch_is_not_started_once_its_sender_may_analyse_no_longer(
    resources: Resources, ada: Person, grace: Person, removed: bool
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    batch, _ = open_batch(resources, there, name="a", addresses=[Address("https://example.org/a.png")])
    member = f"/workspaces/{space}/members/{grace.id}"
    if removed:
        assert ada.ask("DELETE", member).status_code == 200
    else:
        assert ada.ask("PATCH", member, json={"role": "viewer"}).status_code == 200
    start_waiting(resources, 10)
    (item,) = ada.ask("GET", f"/batches/{batch.id}/items", space).json()["items"]
    assert (item["state"], item["error_code"]) == ("REFUSED", "UNAUTHORIZED")
    assert rows(resources, Job) == 0
    with resources.database.read() as session:
        assert usage.used(session, grace.id, usage_day(NOON)) == 0


def test_a_closed_account_leaves_no_name_of_its_revoked_keys(
    resources: Resources, client: TestClient
) -> None:
    ada, ben = (registered(resources, client, f"{name}@example.org") for name in ("ada", "ben"))
    space = ada.make()
    join(resources, space, ben, Role.ADMIN)
    made = [
        person.ask("POST", "/keys", space, json={"name": f"{name}'s laptop", "scopes": ["read"]}).json()["id"]
        for person, name in ((ada, "Ada"), (ben, "Jane Doe"))
    ]
    for key in made:
        assert ada.ask("DELETE", f"/keys/{key}", space).status_code == 200
    assert close(ben).status_code == 200
    entries = ada.ask("GET", "/activity", space, params={"action": "key"}).json()["entries"]
    assert [(one["details"]["name"], one["erased"]) for one in entries] == [
        (None, ["name"]), ("Ada's laptop", []), (None, ["name"]), ("Ada's laptop", []),
    ]  # fmt: skip
    with resources.database.read() as session:
        assert "Jane" not in str(session.execute(text("SELECT text FROM audit_texts")).all())
