"""A job without an account: who knows its id reads it, who has the secret changes and shares it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources

from deepshield.domain.jobs import MediaKind
from deepshield.jobs.ownership import hashed
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

pytestmark = pytest.mark.security

CHANGES = [
    ("DELETE", ""),
    ("POST", "/retry"),
    ("POST", "/preview"),
    ("GET", "/share"),
    ("POST", "/share"),
    ("DELETE", "/share"),
]


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(rate={"limit_rps": 0})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


def sent(client: TestClient, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = client.post(
        "/api/analyze-image", files={"file": ("a.png", world.PICTURE, "image/png")}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def row(service: Resources, job_id: str) -> Job:
    with service.database.read() as session:
        job = session.get(Job, job_id)
        assert job is not None
        return job


def test_the_secret_is_returned_once_and_only_its_hash_is_stored(
    client: TestClient, service: Resources
) -> None:
    accepted = sent(client)
    secret, job_id = accepted["owner_secret"], accepted["job_id"]
    assert len(secret) == 43
    assert row(service, job_id).owner_secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    seen = client.get(f"/api/results/{job_id}")
    assert seen.json()["needs_owner_secret"] is True
    assert secret not in seen.text


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_without_the_secret_a_job_is_read_and_not_changed(
    client: TestClient, service: Resources, method: str, path: str
) -> None:
    accepted, other = sent(client), sent(client)
    address = f"/api/jobs/{accepted['job_id']}{path}"
    _, as_somebody = world.account(service)
    guesses: list[dict[str, str]] = [
        {},
        as_somebody,
        *({"X-Owner-Secret": guess} for guess in ("", "x", "é", other["owner_secret"])),
    ]
    for headers in guesses:
        refused = client.request(method, address, headers={k: v.encode() for k, v in headers.items()})  # type: ignore[arg-type]
        assert refused.status_code == 403, headers
        assert refused.json()["error"]["error_code"] == "OWNER_SECRET_REQUIRED"
    for name in ("owner_secret", "X-Owner-Secret"):
        refused = client.request(method, address, params={name: accepted["owner_secret"]})
        assert refused.status_code == 403, "no address holds the secret"
    assert client.get(f"/api/results/{accepted['job_id']}").json()["state"] == "QUEUED"


def test_with_the_secret_a_job_is_shared_and_deleted(client: TestClient, service: Resources) -> None:
    job_id, secret = _ended(service)
    headers = {"X-Owner-Secret": secret}
    assert client.post(f"/api/jobs/{job_id}/share", headers=headers).status_code == 200
    assert client.get(f"/api/jobs/{job_id}/share", headers=headers).json()["shared"] is True
    assert client.delete(f"/api/jobs/{job_id}/share", headers=headers).json()["shared"] is False
    assert client.post(f"/api/jobs/{job_id}/retry", headers=headers).json()["state"] == "QUEUED"
    assert client.delete(f"/api/jobs/{job_id}", headers=headers).json()["outcome"] == "cancelled"
    assert client.delete(f"/api/jobs/{job_id}", headers=headers).json()["outcome"] == "deleted"
    assert client.get(f"/api/results/{job_id}").status_code == 404


def test_jobs_of_accounts_and_of_earlier_releases_have_none(client: TestClient, service: Resources) -> None:
    owner, as_owner = world.account(service)
    accepted = sent(client, as_owner)
    assert accepted["owner_secret"] is None
    assert client.delete(f"/api/jobs/{accepted['job_id']}", headers=as_owner).status_code == 200
    for job_id, headers in ((world.completed(service, owner), as_owner), (world.completed(service), {})):
        assert client.get(f"/api/results/{job_id}", headers=headers).json()["needs_owner_secret"] is False
        assert client.post(f"/api/jobs/{job_id}/share", headers=headers).status_code == 200
        assert client.delete(f"/api/jobs/{job_id}", headers=headers).json()["outcome"] == "deleted"


def test_a_face_that_is_marked_in_it_belongs_to_its_sender_too(
    client: TestClient, service: Resources
) -> None:
    job_id, secret = _ended(service, world.complete)
    headers = {"X-Owner-Secret": secret}
    box = {"box": [10, 10, 90, 90]}
    assert client.post(f"/api/jobs/{job_id}/marks", json=box).status_code == 403
    marked = client.post(f"/api/jobs/{job_id}/marks", json=box, headers=headers)
    assert marked.status_code == 200, marked.text
    address = f"/api/jobs/{marked.json()['job_id']}"
    assert client.delete(address).status_code == 403
    assert client.delete(address, headers=headers).json()["outcome"] == "cancelled"


def _ended(service: Resources, end: Callable[[Resources, str], None] = world.fail) -> tuple[str, str]:
    """Return a job that has ended and its secret."""
    secret, key = uuid.uuid4().hex, f"uploads/{uuid.uuid4().hex}"
    with service.store.writer(key) as writer:
        writer.write(world.PICTURE)
        writer.commit()
    new = Submission(
        MediaKind.IMAGE,
        "a.png",
        None,
        len(world.PICTURE),
        "a" * 64,
        key,
        owner_secret_sha256=hashed(secret),
    )
    job, _ = submit(service, None, new)
    end(service, job.id)
    return job.id, secret
