"""`/api/keys`: made once, shown once, used like its owner, ended at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import api_world as world
import httpx
import pytest
from fastapi.testclient import TestClient
from live_server import listening
from service_parts import NOON, Clock, MakeResources
from sqlalchemy import text

from deepshield.api.ratelimit import RateLimit, RequestLimiter
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.scopes import Scope
from deepshield.keys import making
from deepshield.persistence.repositories import audit
from deepshield.resources import Resources

pytestmark = pytest.mark.api

Headers = dict[str, str]


@pytest.fixture
def resources(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, saas={"require_auth": True, "jwt_exp_hours": 1e5})


@pytest.fixture
def ada(resources: Resources) -> tuple[Owner, Headers]:
    return world.account(resources)


def make(client: TestClient, headers: Headers, *scopes: str, **fields: Any) -> dict[str, Any]:
    wanted = {"name": "import", "scopes": scopes or ("analyse", "read"), **fields}
    answer = client.post("/api/keys", json=wanted, headers=headers)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def listed(client: TestClient, headers: Headers) -> list[dict[str, Any]]:
    answer = client.get("/api/keys", headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["keys"]
    return found


def using(made: dict[str, Any]) -> Headers:
    return {"X-API-Key": made["key"]}


def test_a_key_is_shown_once_and_only_its_hash_is_kept(
    client: TestClient, resources: Resources, ada: tuple[Owner, Headers]
) -> None:
    made = make(client, ada[1], "read")
    secret = made["key"]
    assert secret.startswith("ds_")
    assert len(secret) > 40
    (shown,) = listed(client, ada[1])
    assert "key" not in shown
    assert (shown["prefix"], shown["name"], shown["scopes"]) == (secret[:10], "import", ["read"])
    with resources.database.read() as session:
        rows = str(session.execute(text("SELECT * FROM api_keys")).all())
        log = str([entry.details for entry in audit.of_subject(session, made["id"])])
    assert secret not in rows + log
    assert making.hash_of(secret) in rows


def test_a_job_handed_in_with_a_key_is_its_owners_and_charged_to_them(
    client: TestClient, make_resources: MakeResources, resources: Resources
) -> None:
    _, headers = world.account(resources, Tier.FREE)
    key = using(make(client, headers))
    picture = {"file": ("a.png", world.PICTURE, "image/png")}
    accepted = client.post("/api/analyze-image", files=picture, headers=key)
    assert accepted.status_code == 200, accepted.text
    assert accepted.headers["X-RateLimit-Remaining"] == "19"
    assert client.get(f"/api/results/{accepted.json()['job_id']}", headers=headers).status_code == 200


def test_a_key_needs_no_same_site_page(client: TestClient, ada: tuple[Owner, Headers]) -> None:
    key = using(make(client, ada[1])) | {
        "Origin": "https://elsewhere.example",
        "Sec-Fetch-Site": "cross-site",
    }
    gone = client.delete("/api/jobs/0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11", headers=key)
    assert gone.status_code == 404


def test_a_revoked_key_opens_nothing_at_once(client: TestClient, ada: tuple[Owner, Headers]) -> None:
    made = make(client, ada[1])
    assert client.get("/api/jobs/me", headers=using(made)).status_code == 200
    assert client.delete(f"/api/keys/{made['id']}", headers=ada[1]).json()["status"] == "revoked"
    assert client.get("/api/jobs/me", headers=using(made)).status_code == 401
    assert client.delete(f"/api/keys/{made['id']}", headers=ada[1]).status_code == 404
    assert listed(client, ada[1]) == []


def test_nobody_sees_or_revokes_the_keys_of_others(
    client: TestClient, resources: Resources, ada: tuple[Owner, Headers]
) -> None:
    made = make(client, ada[1])
    _, other = world.account(resources)
    assert listed(client, other) == []
    assert client.delete(f"/api/keys/{made['id']}", headers=other).status_code == 404
    assert client.get("/api/jobs/me", headers=using(made)).status_code == 200


def test_a_key_ends_when_it_expires(client: TestClient, clock: Clock, ada: tuple[Owner, Headers]) -> None:
    made = make(client, ada[1], expires_at=(NOON + timedelta(days=1)).isoformat())
    clock.time += timedelta(hours=23)
    assert client.get("/api/jobs/me", headers=using(made)).status_code == 200
    clock.time += timedelta(hours=1)
    assert client.get("/api/jobs/me", headers=using(made)).status_code == 401
    assert [one["id"] for one in listed(client, ada[1])] == [made["id"]], "its owner sees why"
    past = {"name": "a", "scopes": ["read"], "expires_at": NOON.isoformat()}
    assert client.post("/api/keys", json=past, headers=ada[1]).status_code == 422


def test_the_last_use_is_written_once_a_minute(
    client: TestClient, clock: Clock, ada: tuple[Owner, Headers]
) -> None:
    made = make(client, ada[1])
    uses = []
    for seconds in (0, 30, 31):
        clock.time += timedelta(seconds=seconds)
        client.get("/api/jobs/me", headers=using(made))
        uses.append(datetime.fromisoformat(listed(client, ada[1])[0]["last_used_at"]))
    assert uses == [NOON, NOON, NOON + timedelta(seconds=61)]


def test_an_account_has_a_bounded_number_of_keys(
    client: TestClient, ada: tuple[Owner, Headers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "MOST", 2)
    first = make(client, ada[1])
    make(client, ada[1])
    wanted = {"name": "a", "scopes": ["read"]}
    refused = client.post("/api/keys", json=wanted, headers=ada[1])
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (409, "TOO_MANY")
    client.delete(f"/api/keys/{first['id']}", headers=ada[1])
    make(client, ada[1])


def test_every_change_is_in_the_audit_log(
    client: TestClient, resources: Resources, ada: tuple[Owner, Headers]
) -> None:
    made = make(client, ada[1])
    client.delete(f"/api/keys/{made['id']}", headers=ada[1])
    with resources.database.read() as session:
        entries = audit.of_subject(session, made["id"])
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("key.created", ada[0].id),
        ("key.revoked", ada[0].id),
    ]


def test_an_operator_revokes_all_keys_of_an_account(
    client: TestClient, resources: Resources, ada: tuple[Owner, Headers]
) -> None:
    made = make(client, ada[1])
    assert making.revoke_all_keys(resources.database, ada[0].id, NOON) == 1
    assert client.get("/api/jobs/me", headers=using(made)).status_code == 401


def test_a_stream_ends_with_its_key(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0})
    owner, _ = world.account(resources)
    made = making.make_key(resources, owner, name="a", scopes=[Scope.READ], expires_at=None)
    lease = world.running(resources, owner)
    with listening(resources) as url:
        events = f"{url}/api/jobs/{lease.job_id}/events"
        with httpx.stream("GET", events, headers={"X-API-Key": made.secret}, timeout=20) as stream:
            lines = stream.iter_lines()
            next(lines)
            making.revoke_key(resources, owner, made.row.id)
            assert not any("final" in line for line in lines), "the stream ends by itself"


def test_requests_with_a_known_key_count_for_its_account(
    resources: Resources, client: TestClient, ada: tuple[Owner, Headers]
) -> None:
    made = make(client, ada[1])
    limit = RateLimit(client.app, resources.settings, RequestLimiter(resources.settings))

    def counted_for(secret: str) -> str:
        headers = [(b"x-api-key", secret.encode())]
        return limit._who({"type": "http", "headers": headers, "client": ("1.2.3.4", 1), "app": client.app})

    assert counted_for(made["key"]) == "address:1.2.3.4", "not opened yet"
    client.get("/api/jobs/me", headers=using(made))
    assert counted_for(made["key"]) == f"account:{ada[0].id}"
    assert counted_for("ds_invented") == "address:1.2.3.4"
