"""The second factor: asked for after the password, taken once, limited, and turned off by its owner alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import api_world as world
import pyotp
import pytest
from accounts_app import ADA, COOKIE, CREDENTIALS, PASSWORD, app_of
from fastapi.testclient import TestClient
from service_parts import MakeResources
from sqlalchemy import select

from deepshield.accounts.administration import disable_second_factor
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.scopes import Scope
from deepshield.keys.making import make_key
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import RecoveryCode, SecondFactor
from deepshield.resources import Resources

pytestmark = pytest.mark.security

NEW_PASSWORD = "battery staple"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_step(self) -> None:
        self.moment += timedelta(seconds=30)


class Phone:
    """The account's owner: a client that is signed in, and the app that has the secret."""

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self.resources, self.clock = resources, clock
        self.client = TestClient(app_of(resources))
        self.user_id = self.client.post("/api/auth/register", json=CREDENTIALS).json()["user"]["id"]
        begun = self.client.post("/api/auth/second-factor", json={"password": PASSWORD})
        assert begun.status_code == 200, begun.text
        self.begun = begun.json()
        self.codes = pyotp.TOTP(self.begun["secret"])

    def code(self, steps: int = 0) -> str:
        return self.codes.at(self.clock.moment + timedelta(seconds=30 * steps))

    def turn_on(self) -> list[str]:
        answer = self.client.post("/api/auth/second-factor/confirm", json={"code": self.code()})
        assert answer.status_code == 200, answer.text
        self.clock.pass_step()  # the code of this step was taken
        codes: list[str] = answer.json()["recovery_codes"]
        return codes

    def actions(self) -> list[str]:
        with self.resources.database.read() as session:
            return [entry.action for entry in audit.of_subject(session, self.user_id)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phone(make_resources: MakeResources, clock: Clock) -> Phone:
    return Phone(make_resources(clock=clock), clock)


def log_in(phone: Phone, code: str | None = None, password: str = PASSWORD) -> tuple[int, str | None]:
    body = {"email": ADA, "password": password, **({} if code is None else {"code": code})}
    answer = TestClient(app_of(phone.resources)).post("/api/auth/login", json=body)
    return answer.status_code, refusal(answer)


def refusal(answer: Any) -> str | None:
    error = answer.json().get("error")
    return None if error is None else str(error["error_code"])


def test_it_counts_once_its_first_code_was_sent(phone: Phone) -> None:
    assert log_in(phone) == (200, None)
    wrong = phone.client.post("/api/auth/second-factor/confirm", json={"code": phone.code(5)})
    assert (wrong.status_code, refusal(wrong)) == (401, "SECOND_FACTOR_WRONG")
    assert phone.client.get("/api/auth/second-factor").json()["enabled"] is False
    recovery = phone.turn_on()
    assert len(set(recovery)) == 10
    state = phone.client.get("/api/auth/second-factor").json()
    assert (state["enabled"], state["recovery_codes_left"], state["has_password"]) == (True, 10, True)
    again = phone.client.post("/api/auth/second-factor", json={"password": PASSWORD})
    assert (again.status_code, refusal(again)) == (409, "CONFLICT")


def test_an_app_takes_its_address_and_the_database_has_nothing_of_it(phone: Phone) -> None:
    recovery = phone.turn_on()
    uri = urlsplit(phone.begun["otpauth_uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    asked = parse_qs(uri.query)
    assert (asked["secret"], asked["issuer"]) == ([phone.begun["secret"]], ["DeepShield"])
    assert phone.begun["qr_svg"].startswith('<svg xmlns="http://www.w3.org/2000/svg"'), "a picture of its own"
    with phone.resources.database.read() as session:
        factor = session.scalars(select(SecondFactor)).one()
        stored = json.dumps([factor.secret, *session.scalars(select(RecoveryCode.sha256))])
    assert phone.begun["secret"] not in stored
    assert not any(code.replace("-", "") in stored for code in recovery)


def test_the_password_alone_opens_nothing_any_more(phone: Phone) -> None:
    phone.turn_on()
    assert log_in(phone) == (401, "SECOND_FACTOR_REQUIRED")
    assert log_in(phone, phone.code(7)) == (401, "SECOND_FACTOR_WRONG")
    assert log_in(phone, "") == (422, "VALIDATION_ERROR")
    assert log_in(phone, phone.code(), "wrong password") == (401, "INVALID_CREDENTIALS")
    assert log_in(phone, password="wrong password") == (401, "INVALID_CREDENTIALS")
    spaced = f"{phone.code()[:3]} {phone.code()[3:]}"
    assert log_in(phone, spaced) == (200, None)


def test_a_code_is_taken_once_and_no_earlier_one_after_it(phone: Phone) -> None:
    phone.turn_on()
    assert log_in(phone, phone.code()) == (200, None)
    assert log_in(phone, phone.code()) == (401, "SECOND_FACTOR_WRONG")
    assert log_in(phone, phone.code(-1)) == (401, "SECOND_FACTOR_WRONG")
    phone.clock.pass_step()
    assert log_in(phone, phone.code()) == (200, None)


def test_a_code_sent_many_times_at_once_opens_one_login(phone: Phone) -> None:
    phone.turn_on()
    app, body = app_of(phone.resources), {"email": ADA, "password": PASSWORD, "code": phone.code()}
    # FastAPI builds an application's routes at its first request, and not for several threads at once.
    assert TestClient(app).get("/api/nothing").status_code == 404
    with ThreadPoolExecutor(4) as pool:
        sent = pool.map(lambda _: TestClient(app).post("/api/auth/login", json=body).status_code, range(4))
        answers = list(sent)
    assert sorted(answers) == [200, 401, 401, 401]


def test_clocks_may_be_a_step_apart_and_no_more(phone: Phone) -> None:
    phone.turn_on()
    phone.clock.moment += timedelta(minutes=5)
    assert log_in(phone, phone.code(-2)) == (401, "SECOND_FACTOR_WRONG")
    assert log_in(phone, phone.code(2)) == (401, "SECOND_FACTOR_WRONG")
    assert log_in(phone, phone.code(-1)) == (200, None)
    assert log_in(phone, phone.code(1)) == (200, None)


def test_a_recovery_code_opens_once_and_new_ones_replace_it(phone: Phone) -> None:
    recovery = phone.turn_on()
    assert log_in(phone, recovery[0].lower().replace("-", " ")) == (200, None)
    assert log_in(phone, recovery[0]) == (401, "SECOND_FACTOR_WRONG")
    assert phone.client.get("/api/auth/second-factor").json()["recovery_codes_left"] == 9
    proof = {"password": PASSWORD, "code": phone.code()}
    fresh = phone.client.post("/api/auth/second-factor/recovery-codes", json=proof)
    assert fresh.status_code == 200, fresh.text
    assert log_in(phone, recovery[1]) == (401, "SECOND_FACTOR_WRONG")
    assert log_in(phone, fresh.json()["recovery_codes"][1]) == (200, None)


def test_codes_run_out_from_all_addresses_together(phone: Phone) -> None:
    phone.turn_on()
    app = app_of(phone.resources)
    body = {**CREDENTIALS, "code": phone.code(50)}
    answers = [
        TestClient(app, client=(f"198.51.100.{number}", 1)).post("/api/auth/login", json=body).status_code
        for number in range(11)
    ]
    assert answers == [401] * 10 + [429]
    right = TestClient(app, client=("203.0.113.1", 1)).post(
        "/api/auth/login", json={**CREDENTIALS, "code": phone.code()}
    )
    assert (right.status_code, refusal(right)) == (429, "RATE_LIMITED")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/auth/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}),
        ("DELETE", "/api/auth/me", {"password": PASSWORD}),
        ("DELETE", "/api/auth/second-factor", {"password": PASSWORD}),
        ("POST", "/api/auth/second-factor/recovery-codes", {"password": PASSWORD}),
    ],
)
def test_what_needs_the_password_needs_a_code_too(
    phone: Phone, method: str, path: str, body: dict[str, str]
) -> None:
    phone.turn_on()

    def ask(**more: str) -> Any:
        return phone.client.request(method, path, json={**body, **more})

    assert refusal(ask()) == "SECOND_FACTOR_REQUIRED"
    assert refusal(ask(code=phone.code(9))) == "SECOND_FACTOR_WRONG"
    assert phone.client.get("/api/auth/me").status_code == 200
    assert ask(code=phone.code()).status_code == 200


def test_turned_off_it_is_asked_for_no_longer(phone: Phone) -> None:
    recovery = phone.turn_on()
    proof = {"password": PASSWORD, "code": recovery[3]}
    assert phone.client.request("DELETE", "/api/auth/second-factor", json=proof).status_code == 200
    assert log_in(phone) == (200, None)
    assert phone.client.get("/api/auth/second-factor").json()["recovery_codes_left"] == 0
    assert phone.actions() == [
        "account.registered",
        "second_factor.enabled",
        "recovery_code.used",
        "second_factor.disabled",
        "login.succeeded",
    ]


def test_an_operator_turns_it_off(phone: Phone) -> None:
    phone.turn_on()
    assert disable_second_factor(phone.resources.database, ADA) is True
    assert disable_second_factor(phone.resources.database, ADA) is False
    assert log_in(phone) == (200, None)


def test_after_a_change_of_the_services_secret_recovery_codes_still_open(
    phone: Phone, make_resources: MakeResources
) -> None:
    recovery = phone.turn_on()
    phone.resources = make_resources(clock=phone.clock, saas={"jwt_secret": "another" * 9})
    assert log_in(phone, phone.code()) == (401, "SECOND_FACTOR_WRONG")
    assert log_in(phone, recovery[0]) == (200, None)


def test_where_every_account_wants_one_nothing_else_is_open_before(
    make_resources: MakeResources, sqlite_url: str
) -> None:
    clock = Clock()
    saas = {"require_second_factor": True, "require_auth": True}
    resources = make_resources(clock=clock, saas=saas, database={"url": sqlite_url})
    phone = Phone(resources, clock)
    owner, refused = Owner(phone.user_id, Tier.FREE), (403, "SECOND_FACTOR_UNSET")
    key = make_key(resources, owner, name="a", scopes=list(Scope), expires_at=None).secret
    by_key = {"X-API-Key": key}
    signed_in = {"Authorization": f"Bearer {phone.client.cookies[COOKIE]}"}
    with world.serving(resources) as client:

        def told(path: str, by: dict[str, str]) -> tuple[int, str | None]:
            answer = client.get(path, headers=by)
            return answer.status_code, refusal(answer)

        assert client.get("/api/auth/me", headers=signed_in).json()["second_factor_missing"] is True
        assert told("/api/auth/sessions", signed_in) == told("/api/limits", {}) == (200, None)
        for path in ("/api/jobs/me", "/api/keys", "/api/workspaces", "/api/datasets"):
            assert told(path, signed_in) == refused, path
        assert told("/api/jobs/me", by_key) == refused
        document = client.get("/api/openapi.json").json()["paths"]
        assert "SECOND_FACTOR_UNSET" in document["/api/keys"]["get"]["responses"]["403"]["x-failures"]
        assert "SECOND_FACTOR_UNSET" not in str(document["/api/auth/sessions"])
        phone.turn_on()
        assert client.get("/api/auth/me", headers=signed_in).json()["second_factor_missing"] is False
        assert told("/api/keys", signed_in) == told("/api/jobs/me", by_key) == (200, None)
