"""Who may ask for what, for every route that the OpenAPI document names: new ones are in it by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources, TestSettings

from deepshield.api.app import create_app
from deepshield.api.routers import analyze
from deepshield.domain.scopes import Scope
from deepshield.jobs.lookup import find_view
from deepshield.keys.making import make_key
from deepshield.resources import Resources

pytestmark = pytest.mark.security

UNKNOWN = "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"
PUBLIC = {
    ("GET", "/api/health"),
    ("GET", "/api/health/live"),
    ("GET", "/api/health/ready"),
    ("GET", "/api/law"),
    ("GET", "/api/law/{iso}"),
    ("GET", "/api/limits"),
    ("GET", "/api/metrics"),
    ("GET", "/api/shared"),  # opened by a link's token: see api/test_sharing.py
    ("GET", "/api/shared/artifacts/{name}"),
    ("GET", "/api/shared/report.pdf"),
    ("POST", "/api/shared/report.pdf"),
    ("GET", "/api/auth/oidc/start"),  # for whoever is not signed in yet: see accounts/test_oidc.py
    ("GET", "/api/auth/oidc/callback"),
    ("POST", "/api/auth/oidc/finish"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),  # takes the cookie from whoever asks
    ("POST", "/api/auth/register"),
}
PNG = {"file": ("a.png", world.PICTURE, "image/png")}
VALID_BODIES = {
    "/api/jobs/{job_id}/marks": {"json": {"box": [0, 0, 50, 50]}},
    "/api/jobs/{job_id}/report.pdf": {"json": {"note": "Seen."}},
    "/api/analyze-image": {"files": PNG},
    "/api/analyze-video": {"files": {"file": ("a.mp4", b"\0\0\0\x20ftypisom" + bytes(99), "video/mp4")}},
    "/api/analyze-url": {"json": {"file_url": "https://example.org/a.png"}},
    "/api/predict": {"files": PNG},
    "/api/batches": {"json": {"open": True}},
    "/api/webhooks": {"json": {"url": "https://example.org/hook"}},
    "/api/uploads": {"headers": {"Upload-Length": "9", "Tus-Resumable": "1.0.0"}},
    "/api/uploads/{upload_id}": {"headers": {"Upload-Offset": "0", "Tus-Resumable": "1.0.0"}},
    "/api/keys": {"json": {"name": "a", "scopes": ["read"]}},
    "/api/auth/me": {"json": {"password": "x" * 8}},
    "/api/auth/second-factor/confirm": {"json": {"code": "123456"}},
    "/api/auth/password": {"json": {"current_password": "x" * 8, "new_password": "y" * 8}},
}


@dataclass(frozen=True)
class Route:
    method: str
    path: str

    @property
    def is_about_a_job(self) -> bool:
        return "{job_id}" in self.path

    @property
    def scope(self) -> str | None:
        """The scope that a key needs; None where none is accepted."""
        ways = DOCUMENT["paths"][self.path][self.method.lower()].get("security", [])
        return next((scopes[0] for way in ways for name, scopes in way.items() if name == "key"), None)

    def ask(self, client: TestClient, job_id: str, headers: dict[str, str]) -> tuple[int, object]:
        path = self.path.replace("{job_id}", job_id).replace("{name}", world.CROP).replace("{iso}", "DE")
        names = ("key_id", "session_id", "webhook_id", "delivery_id", "batch_id", "upload_id")
        for name in (f"{{{one}}}" for one in names):
            path = path.replace(name, UNKNOWN)
        assert "{" not in path, f"tell this test what to put into {self.path}"
        options: dict[str, Any] = dict(VALID_BODIES.get(self.path, {}))
        headers = {**options.pop("headers", {}), **headers}
        response = client.request(self.method, path, headers=headers, **options)
        is_json = response.headers.get("content-type") == "application/json"
        return response.status_code, response.json().get("error") if is_json else response.content


DOCUMENT = create_app(TestSettings()).openapi()
ROUTES = [Route(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
JOB_ROUTES = [route for route in ROUTES if route.is_about_a_job]


def of(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def strict(make_resources: MakeResources) -> Resources:
    return make_resources(saas={"require_auth": True}, rate={"limit_rps": 0})


@pytest.fixture
def client(strict: Resources) -> Iterator[TestClient]:
    with world.serving(strict) as client:
        yield client


def test_the_matrix_is_not_empty() -> None:
    assert {of(route) for route in JOB_ROUTES} >= {
        "GET /api/results/{job_id}",
        "DELETE /api/jobs/{job_id}",
        "POST /api/jobs/{job_id}/retry",
        "GET /api/jobs/{job_id}/events",
        "GET /api/artifacts/{job_id}/{name}",
    }
    assert {(route.method, route.path) for route in ROUTES} >= PUBLIC


def test_where_accounts_are_required_strangers_get_nothing(client: TestClient, strict: Resources) -> None:
    job_id = world.completed(strict, world.account(strict)[0])
    forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."}
    for route in ROUTES:
        if (route.method, route.path) in PUBLIC:
            continue
        for headers in ({}, forged, {"Authorization": "Basic YTpi"}):
            status, error = route.ask(client, job_id, headers)
            assert status == 401, (of(route), status, error)


@pytest.mark.parametrize("require_auth", [True, False], ids=["accounts required", "accounts optional"])
def test_a_job_of_another_account_is_a_job_that_is_not_there(
    make_resources: MakeResources, require_auth: bool
) -> None:
    resources = make_resources(saas={"require_auth": require_auth}, rate={"limit_rps": 0})
    owner, as_owner = world.account(resources)
    _, as_other = world.account(resources)
    askers = [as_other] if require_auth else [as_other, {}]
    jobs = world.in_every_state(resources, owner)
    before = sorted(info.key for info in resources.store.list(""))
    with world.serving(resources) as client:
        for route in JOB_ROUTES:
            for job_id in jobs.values():
                for headers in askers:
                    foreign = route.ask(client, job_id, headers)
                    unknown = route.ask(client, UNKNOWN, headers)
                    assert foreign[0] == 404, (of(route), foreign)
                    assert foreign == unknown, of(route)
        for state, job_id in jobs.items():
            assert find_view(resources, owner, job_id).job.state == state, "nobody else has changed it"
            assert client.get(f"/api/results/{job_id}", headers=as_owner).status_code == 200
    assert sorted(info.key for info in resources.store.list("")) == before


def test_a_revoked_login_opens_nothing(client: TestClient, strict: Resources) -> None:
    owner, headers = world.account(strict)
    job_id = world.completed(strict, owner)
    assert client.get(f"/api/results/{job_id}", headers=headers).status_code == 200
    assert client.post("/api/auth/logout", headers=headers).status_code == 200
    for route in JOB_ROUTES:
        assert route.ask(client, job_id, headers)[0] == 401, of(route)


@pytest.mark.parametrize("scope", Scope)
def test_a_key_opens_what_its_scope_says_and_nothing_else(
    client: TestClient, strict: Resources, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "_PREDICT_SECONDS", 0.1)  # nothing analyses here
    owner, _ = world.account(strict)
    secret = make_key(strict, owner, name="a", scopes=[scope], expires_at=None).secret
    for route in ROUTES:
        if (route.method, route.path) in PUBLIC:
            continue
        status, error = route.ask(client, UNKNOWN, {"Authorization": f"Bearer {secret}"})
        if route.scope is None:
            assert (status, error["error_code"]) == (403, "KEY_NOT_ACCEPTED"), of(route)  # type: ignore[index]
        elif route.scope != scope:
            assert (status, error["error_code"]) == (403, "SCOPE_MISSING"), of(route)  # type: ignore[index]
            assert error["details"] == {"scope": route.scope}  # type: ignore[index]
        else:
            assert status not in (401, 403), (of(route), error)


def test_a_key_is_one_only_where_keys_are_sent(client: TestClient, strict: Resources) -> None:
    owner, as_login = world.account(strict)
    secret = make_key(strict, owner, name="a", scopes=list(Scope), expires_at=None).secret
    token = as_login["Authorization"].removeprefix("Bearer ")
    assert client.get("/api/jobs/me", headers={"X-API-Key": secret}).status_code == 200
    for headers in (
        {"Cookie": f"deepshield_session={secret}"},
        {"X-API-Key": token},
        {"X-API-Key": "ds_invented", "Authorization": f"Bearer {token}"},
        {"X-API-Key": ""},
    ):
        assert client.get("/api/jobs/me", headers=headers).status_code == 401, headers
    with_cookie = {"X-API-Key": secret, "Cookie": f"deepshield_session={token}"}
    assert client.get("/api/keys", headers=with_cookie).status_code == 403, "the key decides"


def test_a_token_in_the_address_is_not_looked_at(client: TestClient, strict: Resources) -> None:
    owner, headers = world.account(strict)
    job_id = world.completed(strict, owner)
    token = headers["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "deepshield_session"):
        for path in (f"/api/artifacts/{job_id}/{world.CROP}", f"/api/results/{job_id}"):
            assert client.get(path, params={name: token}).status_code == 401


def test_without_accounts_a_job_opens_to_whoever_knows_its_id(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0})
    job_id = world.completed(resources)
    with world.serving(resources) as client:
        assert client.get(f"/api/results/{job_id}").status_code == 200
        assert client.get(f"/api/artifacts/{job_id}/{world.CROP}").content == world.PICTURE


def test_jobs_from_before_accounts_were_required_are_nobodys(strict: Resources, client: TestClient) -> None:
    job_id = world.completed(strict)
    _, headers = world.account(strict)
    for route in JOB_ROUTES:
        assert route.ask(client, job_id, headers)[0] == 404, of(route)
