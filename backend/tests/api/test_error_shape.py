"""Every failure in one shape, whoever raised it, and nothing in it that should stay inside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources
from sqlalchemy.exc import IntegrityError, OperationalError

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import resets_at, usage_day
from deepshield.jobs import lookup
from deepshield.resources import Resources
from deepshield.storage import StorageError, StorageFullError

pytestmark = pytest.mark.api

DOCUMENT = Path(__file__).parents[3] / "frontend" / "src" / "api" / "openapi.json"
SECRET = "hunter2hunter2"
UNKNOWN = "/api/results/0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"
Ask = Callable[[TestClient], Any]

REQUESTS: dict[str, tuple[Ask, int, str]] = {
    "no such route": (lambda c: c.get("/api/nothing"), 404, "NOT_FOUND"),
    "no such file": (lambda c: c.get("/static/app.py"), 404, "NOT_FOUND"),
    "no such job": (lambda c: c.get(UNKNOWN), 404, "NOT_FOUND"),
    "wrong method": (lambda c: c.put("/api/jobs/me"), 405, "METHOD_NOT_ALLOWED"),
    "wrong parameter": (lambda c: c.get("/api/jobs/me?limit=x"), 422, "VALIDATION_ERROR"),
    "wrong field": (
        lambda c: c.post("/api/auth/register", json={"email": 1, "password": SECRET}),
        422,
        "VALIDATION_ERROR",
    ),
    "no JSON": (
        lambda c: c.post("/api/auth/login", content=b"{", headers={"Content-Type": "application/json"}),
        422,
        "VALIDATION_ERROR",
    ),
    "wrong password": (
        lambda c: c.post("/api/auth/login", json={"email": "a@example.org", "password": SECRET}),
        401,
        "INVALID_CREDENTIALS",
    ),
    "forged token": (lambda c: c.get(UNKNOWN, headers={"Authorization": "Bearer x"}), 401, "UNAUTHORIZED"),
    "another site": (
        lambda c: c.post(
            "/api/jobs/x/retry",
            headers={"Sec-Fetch-Site": "cross-site", "Cookie": "deepshield_session=x"},
        ),
        403,
        "CROSS_SITE_REQUEST",
    ),
    "huge form": (
        lambda c: c.post("/api/auth/login", json={"email": "a" * 100_000, "password": SECRET}),
        413,
        "FILE_TOO_LARGE",
    ),
    "no file": (lambda c: c.post("/api/analyze-image"), 415, "INVALID_MIME_TYPE"),
    "no image": (
        lambda c: c.post("/api/analyze-image", files={"file": ("a.png", b"%PDF-1.4" + bytes(99))}),
        415,
        "INVALID_MAGIC_BYTES",
    ),
}
FAULTS: dict[str, tuple[Exception, int, str]] = {
    "a bug": (RuntimeError(f"secret {SECRET}"), 500, "INTERNAL_ERROR"),
    "the database away": (
        OperationalError(f"SELECT '{SECRET}'", {}, Exception("away")),
        503,
        "SERVICE_UNAVAILABLE",
    ),
    "a wrong statement": (IntegrityError(f"INSERT '{SECRET}'", {}, Exception("fk")), 500, "INTERNAL_ERROR"),
    "storage full": (StorageFullError(f"/{SECRET}"), 507, "STORAGE_FULL"),
    "storage away": (StorageError(f"/{SECRET}"), 503, "SERVICE_UNAVAILABLE"),
    "no model": (DeepShieldError(Code.MODEL_NOT_AVAILABLE, "Paused."), 503, "MODEL_NOT_AVAILABLE"),
}


ACCEPTED = {
    "application/problem+json": True,
    "text/html, application/problem+json;q=0.9, */*;q=0.1": True,
    "application/json, application/problem+json": True,
    "application/json, application/problem+json;q=0.5": False,
    "application/problem+json;q=0": False,
    "application/problem+json;q=many": False,
    "*/*": False,
    "application/json": False,
}


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def checked(response: Any, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json"), (
        response.text
    )
    body: dict[str, Any] = response.json()
    assert body.keys() == {"error", "request_id"}
    assert body["error"].keys() - {"details"} == {"error_code", "message"}
    assert (body["error"]["error_code"], bool(body["error"]["message"])) == (code, True)
    assert body["request_id"] == response.headers["x-request-id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in response.text
    return body


@pytest.mark.parametrize("kind", REQUESTS)
def test_refusals(client: TestClient, kind: str) -> None:
    ask, status, code = REQUESTS[kind]
    response = ask(client)
    checked(response, status, code)
    if status == 401:
        assert response.headers["www-authenticate"] == "Bearer"
    if status == 405:
        assert response.headers["allow"]


def test_a_wrong_method_is_told_all_that_the_address_takes(make_resources: MakeResources) -> None:
    with world.serving(make_resources(rate={"limit_rps": 0})) as client:
        check_allow(client)


def check_allow(client: TestClient) -> None:
    paths = json.loads(DOCUMENT.read_text())["paths"]
    patterns = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): {*taken} for path, taken in paths.items()}
    for path in paths:
        address = re.sub(r"\{\w+\}", "x", path)
        taken = set().union(*(these for pattern, these in patterns.items() if pattern.fullmatch(address)))
        taken |= {"head"} if "get" in taken else set()
        taken |= {"options"} if path.startswith("/api/uploads") else set()
        answer = client.request("PROPFIND", address)
        assert answer.status_code == 405, address
        assert sorted(answer.headers["allow"].lower().split(", ")) == sorted(taken), address


@pytest.mark.parametrize("kind", FAULTS)
def test_faults(client: TestClient, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    raised, status, code = FAULTS[kind]

    def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr("deepshield.api.routers.results.find_job", broken)
    response = client.get(UNKNOWN)
    checked(response, status, code)
    assert ("retry-after" in response.headers) == (status == 503)


def test_too_many_requests(make_resources: MakeResources) -> None:
    with world.serving(make_resources(rate={"limit_rps": 1, "limit_burst": 2})) as client:
        answers = [client.get("/api/limits") for _ in range(4)]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
        checked(answers[-1], 429, "RATE_LIMITED")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 4
        assert client.get("/api/health/live").status_code == 200, "probes are not counted"


def test_a_used_up_day_says_when_it_ends(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    until = resets_at(usage_day(resources.clock())).isoformat()

    def used_up(*_: object) -> None:
        raise DeepShieldError(Code.QUOTA_EXCEEDED, "Used.", resets_at=until)

    monkeypatch.setattr("deepshield.api.routers.results.find_job", used_up)
    with world.serving(resources) as client:
        response = client.get(UNKNOWN)
    assert 1 <= int(response.headers["retry-after"]) <= 86_400
    assert checked(response, 429, "QUOTA_EXCEEDED")["error"]["details"] == {"resets_at": until}


def test_unknown_and_foreign_are_one_answer(client: TestClient) -> None:
    with pytest.raises(DeepShieldError) as refusal:
        lookup.owned(None)
    assert client.get(UNKNOWN).json()["error"]["message"] == refusal.value.message


@pytest.mark.parametrize(("accept", "wanted"), ACCEPTED.items())
def test_who_asks_for_problem_details_gets_them(client: TestClient, accept: str, wanted: bool) -> None:
    answer = client.get(UNKNOWN, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == f"application/{'problem+json' if wanted else 'json'}"
    assert ("error" in answer.json()) is not wanted


def test_problem_details_say_what_the_usual_shape_says(client: TestClient) -> None:
    for name, (ask, status, code) in REQUESTS.items():
        usual = ask(client).json()["error"]
        client.headers["Accept"] = "application/problem+json"
        problem = ask(client).json()
        del client.headers["Accept"]
        assert (problem["status"], problem["error_code"]) == (status, code), name
        assert (problem["title"], problem["detail"]) == (Code(code).summary, usual["message"]), name
        assert problem.get("details") == usual.get("details"), name
        assert problem["type"] == f"/api/openapi.json#/x-failures/codes/{code}"
