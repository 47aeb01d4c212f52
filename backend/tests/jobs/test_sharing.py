"""Links that let others read one job: what they open, and when they stop to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import Clock, MakeResources
from sqlalchemy import select

from deepshield.domain.jobs import State
from deepshield.jobs.retry import retry
from deepshield.jobs.sweep import sweep
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import ShareLink, User
from deepshield.resources import Resources

pytestmark = pytest.mark.api


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, rate={"limit_rps": 0})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


def share(client: TestClient, job_id: str, headers: dict[str, str] | None = None) -> str:
    answer = client.post(f"/api/jobs/{job_id}/share", headers=headers)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["token"]
    return token


def shared(client: TestClient, token: str | bytes, path: str = "", **headers: str) -> Any:
    return client.get(f"/api/shared{path}", headers={"X-Share-Token": token, **headers})


def links(service: Resources) -> list[ShareLink]:
    with service.database.read() as session:
        return list(session.scalars(select(ShareLink)))


def test_a_link_shows_the_job_and_not_its_id(client: TestClient, service: Resources) -> None:
    job_id = world.completed(service)
    answer = shared(client, share(client, job_id))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert job_id not in answer.text, "without accounts the id opens everything"
    seen, own = answer.json(), client.get(f"/api/results/{job_id}").json()
    assert seen["job_id"] == "shared"
    overlay = seen["result"]["top_k_suspicious"][0]["heatmap_overlay_url"]
    assert overlay == f"/api/shared/artifacts/{world.OVERLAY}"
    assert [one["url"] for one in seen["artifacts"]] == [
        f"/api/shared/artifacts/{name}" for name in (world.CROP, world.OVERLAY)
    ]
    owners_alone = {"marked_from": None, "upload_kept": False, "source": None}
    assert without_addresses(seen) == without_addresses({**own, **owners_alone})


def without_addresses(value: Any) -> Any:
    if isinstance(value, list):
        return [without_addresses(item) for item in value]
    if not isinstance(value, dict):
        return value
    hidden = {name for name in value if name == "job_id" or name == "url" or name.endswith("_url")}
    return {name: without_addresses(inner) for name, inner in value.items() if name not in hidden}


def test_a_link_shows_the_files_whole_and_in_part(client: TestClient, service: Resources) -> None:
    token = share(client, world.completed(service))
    whole = shared(client, token, f"/artifacts/{world.CROP}")
    assert (whole.status_code, whole.content) == (200, world.PICTURE)
    assert whole.headers["cache-control"] == "no-store"
    assert "sandbox" in whole.headers["content-security-policy"]
    part = shared(client, token, f"/artifacts/{world.CROP}", Range="bytes=2-5")
    assert (part.status_code, part.content) == (206, world.PICTURE[2:6])
    assert shared(client, token, f"/artifacts/{world.CROP}", Range="bytes=9999-").status_code == 416
    assert shared(client, token, "/artifacts/absent.png").status_code == 404


def test_only_the_hash_of_a_token_is_kept(client: TestClient, service: Resources) -> None:
    token = share(client, world.completed(service))
    assert len(token) == 43
    (link,) = links(service)
    assert link.token_sha256 == hashlib.sha256(token.encode()).hexdigest()


def test_whether_a_job_is_shared_is_told_without_the_token(client: TestClient, service: Resources) -> None:
    job_id = world.completed(service)
    nothing = {"shared": False, "created_at": None, "expires_at": None}
    assert client.get(f"/api/jobs/{job_id}/share").json() == nothing
    made = client.post(f"/api/jobs/{job_id}/share").json()
    told = client.get(f"/api/jobs/{job_id}/share").json()
    assert told == {"shared": True, "created_at": made["created_at"], "expires_at": made["expires_at"]}
    assert client.delete(f"/api/jobs/{job_id}/share").json() == nothing
    assert client.get(f"/api/jobs/{job_id}/share").json() == nothing
    assert client.delete(f"/api/jobs/{job_id}/share").status_code == 200


def test_unknown_revoked_replaced_and_expired_links_are_one_answer(
    client: TestClient, service: Resources, clock: Clock
) -> None:
    revoked_id, replaced_id, expired_id = (world.completed(service) for _ in range(3))
    revoked, replaced, expired = (share(client, one) for one in (revoked_id, replaced_id, expired_id))
    client.delete(f"/api/jobs/{revoked_id}/share")
    newer = share(client, replaced_id)
    assert shared(client, newer).status_code == 200
    assert len(links(service)) == 2
    clock.time += timedelta(hours=25)
    answers = [
        (answer.status_code, answer.json()["error"])
        for token in ("", "x", "x" * 43, b"\xc3\xa9", revoked, replaced, expired)
        for path in ("", f"/artifacts/{world.CROP}")
        for answer in [shared(client, token, path)]
    ]
    assert answers[0][0] == 404
    assert all(answer == answers[0] for answer in answers)


def test_a_token_is_read_from_its_header_alone(client: TestClient, service: Resources) -> None:
    token = share(client, world.completed(service))
    for name in ("token", "X-Share-Token", "x_share_token"):
        assert client.get("/api/shared", params={name: token}).status_code == 422
        assert client.get("/api/shared", headers={"Cookie": f"{name}={token}"}).status_code == 422
    assert client.get(f"/api/shared/{token}").status_code == 404
    assert client.get("/api/shared", headers={"Authorization": f"Bearer {token}"}).status_code in (401, 422)


def test_a_link_ends_when_the_files_go(client: TestClient, service: Resources, clock: Clock) -> None:
    job_id = world.completed(service)
    made = client.post(f"/api/jobs/{job_id}/share").json()
    result = client.get(f"/api/results/{job_id}").json()
    assert made["expires_at"] == result["expires_at"]
    clock.time += timedelta(hours=23, minutes=59)
    assert shared(client, made["token"]).status_code == 200
    clock.time += timedelta(minutes=2)
    assert shared(client, made["token"]).status_code == 404
    assert client.get(f"/api/jobs/{job_id}/share").json()["shared"] is False
    again = client.post(f"/api/jobs/{job_id}/share")
    assert (again.status_code, again.json()["error"]["error_code"]) == (410, "EXPIRED")


def test_a_link_ends_when_the_summary_goes_before_the_files(
    make_resources: MakeResources, clock: Clock
) -> None:
    service = make_resources(clock=clock, retention={"artifact_hours": 48, "job_days": 1})
    with world.serving(service) as client:
        job_id = world.completed(service)
        made = client.post(f"/api/jobs/{job_id}/share").json()
        owners = client.get(f"/api/results/{job_id}").json()
        link = shared(client, made["token"]).json()
    assert datetime.fromisoformat(made["expires_at"]) == clock.time + timedelta(days=1)
    assert made["expires_at"] == owners["expires_at"] == link["expires_at"]


def test_a_link_ends_with_the_job_when_the_retention_is_shortened(
    make_resources: MakeResources, service: Resources, client: TestClient, clock: Clock
) -> None:
    job_id = world.completed(service)
    token = share(client, job_id)
    shortened = make_resources(clock=clock, retention={"artifact_hours": 1})
    clock.time += timedelta(hours=2)
    with world.serving(shortened) as later:
        assert datetime.fromisoformat(later.get(f"/api/results/{job_id}").json()["expires_at"]) < clock.time
        assert shared(later, token).status_code == 404
        assert later.get(f"/api/jobs/{job_id}/share").json()["shared"] is False


@pytest.mark.parametrize("state", [state for state in State if state is not State.RUNNING])
def test_ended_jobs_are_shared_and_others_are_not(
    client: TestClient, service: Resources, state: State
) -> None:
    job_id = world.in_every_state(service)[state]
    answer = client.post(f"/api/jobs/{job_id}/share")
    if state in (State.QUEUED, State.PROCESSING):
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (409, "CONFLICT")
        assert links(service) == []
    else:
        assert shared(client, answer.json()["token"]).json()["state"] == state


def test_a_job_that_is_started_again_is_not_shown_meanwhile(client: TestClient, service: Resources) -> None:
    job_id = world.failed(service)
    token = share(client, job_id)
    retry(service, None, job_id)
    assert shared(client, token).status_code == 404


def test_a_link_goes_with_its_job(client: TestClient, service: Resources, clock: Clock) -> None:
    deleted, kept = world.completed(service), world.completed(service)
    token, other = share(client, deleted), share(client, kept)
    assert client.delete(f"/api/jobs/{deleted}").status_code == 200
    assert [link.job_id for link in links(service)] == [kept]
    assert shared(client, token).status_code == 404
    assert shared(client, other).status_code == 200
    clock.time += timedelta(days=31)
    sweep(service)
    assert links(service) == []


def test_a_link_goes_with_the_account(client: TestClient, service: Resources) -> None:
    owner, headers = world.account(service)
    token = share(client, world.completed(service, owner), headers)
    with service.database.write() as session:
        session.delete(session.get(User, owner.id))
    assert links(service) == []
    assert shared(client, token).status_code == 404


def test_where_accounts_are_required_a_link_needs_none(make_resources: MakeResources) -> None:
    service = make_resources(saas={"require_auth": True}, rate={"limit_rps": 0})
    owner, headers = world.account(service)
    _, others = world.account(service)
    job_id = world.completed(service, owner)
    with world.serving(service) as client:
        assert client.post(f"/api/jobs/{job_id}/share").status_code == 401
        assert client.post(f"/api/jobs/{job_id}/share", headers=others).status_code == 404
        token = share(client, job_id, headers)
        for asker in ({}, others):
            answer = client.get("/api/shared", headers={"X-Share-Token": token, **asker})
            assert answer.status_code == 200
            assert owner.id not in answer.text
            assert job_id not in answer.text
        assert client.get(f"/api/artifacts/{job_id}/{world.CROP}").status_code == 401
        with service.database.read() as session:
            entries = audit.of_subject(session, job_id)
        about_links = [(entry.action, entry.actor) for entry in entries if "share" in entry.action]
        assert about_links == [("share.created", owner.id)]


def test_another_sites_page_shares_nothing(make_resources: MakeResources) -> None:
    service = make_resources(rate={"limit_rps": 0})
    owner, headers = world.account(service)
    job_id = world.completed(service, owner)
    cookie = headers["Authorization"].removeprefix("Bearer ")
    with world.serving(service) as client:
        answer = client.post(
            f"/api/jobs/{job_id}/share",
            headers={"Sec-Fetch-Site": "cross-site", "Cookie": f"deepshield_session={cookie}"},
        )
    assert answer.status_code == 403
    assert links(service) == []


def test_guessing_is_slowed_down(make_resources: MakeResources) -> None:
    service = make_resources(rate={"limit_rps": 1, "limit_burst": 3})
    with world.serving(service) as client:
        assert [shared(client, "x" * 43).status_code for _ in range(5)][-1] == 429
