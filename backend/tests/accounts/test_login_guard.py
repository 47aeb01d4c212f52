"""Guessing passwords: timing reveals nothing, attempts are limited, and a login ends at once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from service_parts import MakeSettings

from deepshield.accounts import passwords
from deepshield.accounts.administration import create_user
from deepshield.accounts.login import log_in
from deepshield.accounts.throttle import Throttle
from deepshield.api.http import errors
from deepshield.api.routers import accounts, sessions
from deepshield.api.state import ApiState
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.resources import Resources, open_resources

pytestmark = pytest.mark.security

ADA, EVE, PASSWORD = "ada@example.com", "eve@example.com", "correct horse"
TRIES, ROUNDS = 15, 3


@pytest.fixture
def resources(make_settings: MakeSettings, sqlite_url: str) -> Iterator[Resources]:
    opened = open_resources(make_settings(database={"url": sqlite_url}))
    create_user(opened.database, ADA, PASSWORD, Tier.FREE)
    yield opened
    opened.close()


@pytest.fixture
def app(resources: Resources) -> FastAPI:
    app = FastAPI()
    ApiState.of(resources).keep_in(app)
    errors.install(app)
    for module in (accounts, sessions):
        app.include_router(module.router, prefix="/api")
    return app


class Unthrottled(Throttle):
    """Lets everybody try, as often as the measurement needs."""

    def admit_login(self, email: str, address: str) -> None:
        return


def refused_in(resources: Resources, throttle: Throttle, email: str) -> float:
    """Return the seconds of this thread that a refusal took, which other programs do not lengthen."""
    started = time.thread_time()
    with pytest.raises(DeepShieldError) as refused:
        log_in(resources, throttle, email=email, password="wrong password", address="192.0.2.1")
    assert refused.value.code is Code.INVALID_CREDENTIALS
    return time.thread_time() - started


@pytest.mark.timed
def test_time_does_not_tell_who_has_an_account(resources: Resources) -> None:
    throttle = Unthrottled(resources.settings)
    for email in (ADA, EVE):
        refused_in(resources, throttle, email)
    ratios = []
    for _ in range(ROUNDS):
        pairs = [[refused_in(resources, throttle, email) for email in (ADA, EVE)] for _ in range(TRIES)]
        known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios.append(known / unknown)
    assert statistics.median(ratios) == pytest.approx(1, abs=0.05), ratios


@pytest.mark.parametrize("email", [EVE, "not an address"])
def test_a_hash_is_computed_for_nobody_too(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    checked: list[str | None] = []

    def matches(_: str, kept: str | None) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr(passwords, "matches", matches)
    refused_in(resources, Throttle(resources.settings), email)
    assert checked == [None]


@pytest.mark.parametrize("email", [ADA, EVE])
def test_the_eleventh_try_has_to_wait_whoever_it_is_for(app: FastAPI, email: str) -> None:
    client = TestClient(app)
    wrong = {"email": email, "password": "wrong password"}
    assert [client.post("/api/auth/login", json=wrong).status_code for _ in range(10)] == [401] * 10
    right = client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    assert right.status_code == 429
    assert right.json()["error"]["error_code"] == "RATE_LIMITED"
    assert 880 <= int(right.headers["retry-after"]) <= 900
    elsewhere = TestClient(app, client=("192.0.2.9", 1))
    assert elsewhere.post("/api/auth/login", json={"email": ADA, "password": PASSWORD}).status_code == 200


def test_forwarded_addresses_of_strangers_do_not_give_more_tries(app: FastAPI) -> None:
    client = TestClient(app, client=("192.0.2.1", 1))
    answers = [
        client.post(
            "/api/auth/login",
            json={"email": EVE, "password": "wrong password"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        ).status_code
        for number in range(11)
    ]
    assert answers == [401] * 10 + [429]


def test_new_accounts_are_throttled_by_address(app: FastAPI) -> None:
    client = TestClient(app)
    bodies = [{"email": f"user{number}@example.com", "password": PASSWORD} for number in range(11)]
    answers = [client.post("/api/auth/register", json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_guessing_the_current_password_runs_out_too(app: FastAPI) -> None:
    client = TestClient(app)
    assert client.post("/api/auth/login", json={"email": ADA, "password": PASSWORD}).status_code == 200
    guess = {"current_password": "wrong password", "new_password": "battery staple"}
    answers = [client.post("/api/auth/password", json=guess).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


@pytest.mark.parametrize("path", ["/api/auth/logout", "/api/auth/password"])
def test_an_ended_login_is_over_within_a_second(app: FastAPI, path: str) -> None:
    client, program = TestClient(app), TestClient(app)
    signed_in = client.post("/api/auth/login", json={"email": ADA, "password": PASSWORD})
    token = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    assert program.get("/api/auth/me", headers=token).status_code == 200
    change = {"current_password": PASSWORD, "new_password": "battery staple"}
    assert client.post(path, json=change).status_code == 200
    assert program.get("/api/auth/me", headers=token).status_code == 401
