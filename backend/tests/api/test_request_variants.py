"""A slash at the end, HEAD for GET, a wrong address, and what the service's own address may be."""

from __future__ import annotations

import time
from collections.abc import Iterator

import api_world as world
import httpx
import pytest
from fastapi.testclient import TestClient
from live_server import listening
from pydantic import ValidationError
from service_parts import MakeResources, MakeSettings

from deepshield.resources import Resources

pytestmark = pytest.mark.api


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources, follow_redirects=False) as client:
        yield client


def test_an_address_with_a_slash_at_its_end_is_answered(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    evil = {"Host": "evil.example.org"}
    for address in ("/api/limits", "/api/health", "/api/docs", f"/api/results/{job_id}", "/api/openapi.json"):
        plain, slashed = client.get(address), client.get(f"{address}/", headers=evil)
        assert (slashed.status_code, slashed.content) == (200, plain.content), address
        assert "location" not in slashed.headers
    refused = client.post("/api/auth/login/", json={"email": "a@example.org", "password": "long-enough"})
    assert refused.json()["error"]["error_code"] == "INVALID_CREDENTIALS"


def test_no_answer_leads_to_the_host_that_a_request_names(client: TestClient) -> None:
    for address in (
        "/api/limits//",
        "/api/nothing/",
        "/api/auth/login//",
        "/static/docs.js/",
        "//evil.example.org/",
    ):
        answer = client.get(address, headers={"Host": "evil.example.org"})
        assert "evil.example.org" not in answer.headers.get("location", ""), address


def test_a_large_upload_may_go_to_an_address_with_a_slash(client: TestClient) -> None:
    picture = world.PICTURE + bytes(200_000)
    answer = client.post("/api/analyze-image/", files={"file": ("a.png", picture, "image/png")})
    assert answer.status_code == 200, answer.text


def test_head_is_get_without_its_body(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    kept = ("content-type", "content-length", "content-security-policy", "accept-ranges")
    for address in (
        "/api/limits",
        "/api/health/live",
        "/api/docs",
        "/static/docs.js",
        f"/api/results/{job_id}",
        f"/api/artifacts/{job_id}/{world.CROP}",
        "/api/nothing",
    ):
        get, head = client.get(address), client.head(address)
        assert (head.status_code, head.content) == (get.status_code, b""), address
        assert [head.headers.get(name) for name in kept] == [get.headers.get(name) for name in kept]
    assert client.head("/api/auth/login").status_code == 405
    assert client.head("/api/jobs/me").headers["x-request-id"]


def test_head_of_a_stream_ends(resources: Resources) -> None:
    job_id = world.queued(resources)
    with listening(resources) as address, httpx.Client(base_url=address, timeout=5) as client:
        head = client.head(f"/api/jobs/{job_id}/events")
        assert (head.status_code, head.headers["content-type"].partition(";")[0]) == (
            200,
            "text/event-stream",
        )
        assert client.head("/api/limits").headers["content-length"] == str(
            len(client.get("/api/limits").content)
        )


def test_a_form_that_drips_is_refused(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepshield.api.app._LONGEST_FORM_SECONDS", 0.5)

    def dripping() -> Iterator[bytes]:
        for _ in range(40):
            yield b" "
            time.sleep(0.1)

    with listening(resources) as address:
        began = time.monotonic()
        headers = {"Content-Type": "application/json"}
        answer = httpx.post(f"{address}/api/auth/login", content=dripping(), headers=headers, timeout=20)
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (408, "UPLOAD_TIMEOUT")
        assert time.monotonic() - began < 10


def test_head_and_put_are_counted_as_such(client: TestClient) -> None:
    client.head("/api/limits")
    client.put("/api/media/x/hold")
    text = client.get("/api/metrics").text
    assert 'method="PUT",route="/api/media/{media_id}/hold"' in text
    assert 'method="HEAD",route="/api/limits",status="200"' in text


def test_a_wrong_address_is_told_where_the_right_ones_are(client: TestClient) -> None:
    missing, wrong = client.get("/api/analyse-image"), client.get("/api/analyze-image")
    assert "/api/docs" in missing.json()["error"]["message"]
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert "does not take this kind of request" in wrong.json()["error"]["message"]
    assert client.post("/api/limits").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "address", ["https://shield.example.org", "https://shield.example.org/", "http://localhost:8001"]
)
def test_a_public_address_is_that_of_a_host(make_resources: MakeResources, address: str) -> None:
    assert make_resources(public_url=address).settings.public_url is not None


@pytest.mark.parametrize("rest", ["/deepshield", "/deepshield/", "/?a=b", "/#a"])
def test_a_public_address_under_a_path_stops_the_start(make_settings: MakeSettings, rest: str) -> None:
    with pytest.raises(ValidationError, match="PUBLIC_URL must be a host's own address"):
        make_settings(public_url=f"https://shield.example.org{rest}")
