"""Cross-site requests: changes that another site makes a browser send with the cookie are refused."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from service_parts import MakeSettings, TestSettings

from deepshield.accounts.administration import create_user
from deepshield.api.app import create_app
from deepshield.api.state import ApiState
from deepshield.domain.quota import Tier
from deepshield.resources import Resources, open_resources

pytestmark = pytest.mark.security

ADA, PASSWORD = "ada@example.com", "correct horse"
CREDENTIALS = {"email": ADA, "password": PASSWORD}
HOST = "shield.example.com"
FRIEND, PUBLIC = "https://app.example.org", "https://public.example.com"
UNSAFE = ("post", "put", "patch", "delete")
BODIES: dict[str, Any] = {
    "/api/auth/register": CREDENTIALS,
    "/api/auth/login": CREDENTIALS,
    "/api/auth/password": {"current_password": PASSWORD, "new_password": "battery staple"},
    "/api/auth/me": {"password": PASSWORD},
    "/api/analyze-url": {"file_url": "https://example.com/photo.jpg"},
}

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "something-new"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": f"https://{HOST}"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": f"https://{HOST}.evil.example"},
    {"Origin": f"https://evil.example/{HOST}"},
    {"Origin": f"https://{HOST}@evil.example"},
    {"Origin": f"https://{HOST}:8443"},
    {"Origin": "https://[broken"},
    {"Origin": "http://app.example.org"},
    {"Origin": f"{FRIEND}:444"},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": f"https://{HOST}"},
    {"Origin": f"https://{HOST}:443"},
    {"Origin": FRIEND},
    {"Sec-Fetch-Site": "cross-site", "Origin": FRIEND},
    {"Origin": PUBLIC},
]


@pytest.fixture
def resources(make_settings: MakeSettings, sqlite_url: str) -> Iterator[Resources]:
    settings = make_settings(
        database={"url": sqlite_url},
        cors={"allowed_origins": (FRIEND,)},
        public_url=PUBLIC,
        rate={"limit_rps": 0},  # a test asks every route
    )
    opened = open_resources(settings)
    create_user(opened.database, ADA, PASSWORD, Tier.FREE)
    yield opened
    opened.close()


@pytest.fixture
def client(resources: Resources) -> TestClient:
    """A browser that is signed in."""
    app = create_app(resources.settings)
    ApiState.of(resources).keep_in(app)
    client = TestClient(app, base_url=f"https://{HOST}")
    assert client.post("/api/auth/login", json=CREDENTIALS).status_code == 200
    return client


@functools.cache
def unsafe_routes() -> list[tuple[str, str]]:
    paths = create_app(TestSettings()).openapi()["paths"]
    found = [(method, path) for path, item in paths.items() for method in item if method in UNSAFE]
    assert ("post", "/api/auth/logout") in found
    return found


def send(client: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    url = re.sub(r"{\w+}", "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11", path)
    if path in BODIES or method == "delete":
        return client.request(method.upper(), url, json=BODIES.get(path), headers=headers)
    return client.request(method.upper(), url, files={"file": ("a.jpg", b"\xff\xd8\xff")}, headers=headers)


# All routes have the one check, which the other headers are tried on with some of them.
@pytest.mark.parametrize(
    ("headers", "every"), [(one, 1 if one in FOREIGN[:2] else 11) for one in FOREIGN], ids=str
)
def test_unsafe_routes_refuse_other_sites(client: TestClient, headers: dict[str, str], every: int) -> None:
    for method, path in unsafe_routes()[::every]:
        response = send(client, method, path, headers)
        assert response.status_code == 403, (method, path)
        assert response.json()["error"]["error_code"] == "CROSS_SITE_REQUEST"
    assert client.get("/api/auth/me").status_code == 200, "the login has not been ended"


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_requests_from_here_pass(client: TestClient, headers: dict[str, str]) -> None:
    change = {"current_password": PASSWORD, "new_password": PASSWORD}
    assert client.post("/api/auth/password", json=change, headers=headers).status_code == 200
    assert client.post("/api/auth/logout", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_programs_with_a_token_of_their_own_pass(client: TestClient, headers: dict[str, str]) -> None:
    token = client.cookies["deepshield_session"]
    client.cookies.clear()
    with_token = {**headers, "Authorization": f"Bearer {token}"}
    assert client.post("/api/auth/logout", headers=with_token).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_reading_is_not_held_up(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/api/auth/me", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/register"])
def test_other_sites_cannot_sign_a_visitor_in(client: TestClient, path: str) -> None:
    client.cookies.clear()
    response = client.post(path, json=CREDENTIALS, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_forms_of_other_sites_are_not_read_as_json(client: TestClient) -> None:
    client.cookies.clear()
    body = b'{"email": "ada@example.com", "password": "correct horse"}'
    response = client.post("/api/auth/login", content=body, headers={"Content-Type": "text/plain"})
    assert response.status_code == 422
