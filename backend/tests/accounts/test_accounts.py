"""The account routes over HTTP: register, login, me, logout, password."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from accounts_app import ADA, COOKIE, CREDENTIALS, PASSWORD, app_of, bearer, client_of
from fastapi.testclient import TestClient
from pydantic import ValidationError
from service_parts import MakeResources, MakeSettings

from deepshield.accounts.administration import revoke_sessions, set_tier
from deepshield.accounts.quota import quota_headers
from deepshield.accounts.sessions import find_login
from deepshield.domain.quota import Tier, resets_at, usage_day
from deepshield.jobs.submit import charge
from deepshield.persistence.repositories import audit, usage
from deepshield.resources import Resources

pytestmark = pytest.mark.api

NEW_PASSWORD = "battery staple"


@pytest.fixture
def client(resources: Resources) -> TestClient:
    return client_of(resources)


def code(response: Any) -> str:
    return str(response.json()["error"]["error_code"])


def registered(client: TestClient, email: str = ADA) -> str:
    response = client.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])


def actions(resources: Resources, user_id: str) -> list[str]:
    with resources.database.read() as session:
        return [entry.action for entry in audit.of_subject(session, user_id)]


def test_registering_signs_in(client: TestClient) -> None:
    response = client.post("/api/auth/register", json={"email": "Ada@Example.com", "password": PASSWORD})
    answer = response.json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in_hours"] == 24
    assert answer["user"] == {"id": answer["user"]["id"], "email": ADA, "tier": "free"}
    assert response.headers["cache-control"] == "no-store"
    assert client.cookies[COOKIE] == answer["access_token"]
    assert client.get("/api/auth/me").json()["id"] == answer["user"]["id"]


def test_the_cookie_is_out_of_scripts_reach_and_lasts_as_long_as_the_token(client: TestClient) -> None:
    cookie = client.post("/api/auth/register", json=CREDENTIALS).headers["set-cookie"].lower()
    assert "; httponly" in cookie
    assert "; max-age=86400" in cookie
    assert "; path=/;" in cookie
    assert "; samesite=lax" in cookie
    assert "secure" not in cookie


def test_the_cookie_is_as_the_settings_say(make_resources: MakeResources) -> None:
    saas = {
        "auth_cookie_name": "sid",
        "auth_cookie_secure": True,
        "auth_cookie_samesite": "strict",
        "jwt_exp_hours": 0.5,
        "return_token_in_body": False,
    }
    client = client_of(make_resources(saas=saas), base_url="https://testserver")
    response = client.post("/api/auth/register", json=CREDENTIALS)
    assert "access_token" not in response.json()
    assert response.json()["expires_in_hours"] == 0.5
    cookie = response.headers["set-cookie"].lower()
    assert cookie.startswith("sid=")
    assert "; max-age=1800" in cookie
    assert "; samesite=strict" in cookie
    assert "; secure" in cookie
    assert client.get("/api/auth/me").status_code == 200
    gone = client.post("/api/auth/logout").headers["set-cookie"].lower()
    assert gone.startswith('sid="";')
    assert "; max-age=0" in gone
    assert "; secure" in gone


@pytest.mark.parametrize(
    ("saas", "public_url", "named"),
    [
        ({"auth_cookie_secure": True}, "http://deepshield.lan", "needs an https PUBLIC_URL"),
        ({"auth_cookie_name": "__Host-sid"}, None, "__Host-sid needs SAAS_AUTH_COOKIE_SECURE=true"),
        ({"auth_cookie_samesite": "none"}, None, "=none needs SAAS_AUTH_COOKIE_SECURE=true"),
    ],
)
def test_a_cookie_that_no_browser_keeps_stops_the_start(
    make_settings: MakeSettings, saas: dict[str, Any], public_url: str | None, named: str
) -> None:
    with pytest.raises(ValidationError, match=named):
        make_settings(saas=saas, public_url=public_url)
    secure = {**saas, "auth_cookie_secure": True}
    assert make_settings(saas=secure, public_url="https://deepshield.lan").saas.auth_cookie_secure
    assert make_settings(saas=secure, public_url="http://localhost:8001").saas.auth_cookie_secure


def test_an_address_has_one_account_however_it_is_written(client: TestClient) -> None:
    registered(client)
    again = client.post(
        "/api/auth/register", json={"email": " ada@EXAMPLE.com".strip(), "password": PASSWORD}
    )
    assert (again.status_code, code(again)) == (409, "EMAIL_IN_USE")
    upper = client.post("/api/auth/login", json={"email": "ADA@example.com", "password": PASSWORD})
    assert upper.status_code == 200


NO_ACCOUNTS: list[dict[str, Any]] = [
    {},
    {"email": ADA},
    {"email": ADA, "password": "1234567"},
    {"email": ADA, "password": "x" * 129},
    {"email": "not an address", "password": PASSWORD},
    {"email": "x" * 5000, "password": PASSWORD},
    {"email": "ada@example.com\0", "password": PASSWORD},
    {"email": [ADA], "password": {"a": 1}},
    {"email": "\ud800@example.com", "password": PASSWORD},
    {"email": ADA, "password": "\ud800" * 8},
]


def test_a_closed_registration_does_not_tell_who_has_an_account(make_resources: MakeResources) -> None:
    registered(client_of(make_resources()))
    closed = client_of(make_resources(saas={"registration_open": False}))
    answers = [
        closed.post("/api/auth/register", json={"email": email, "password": PASSWORD})
        for email in (ADA, "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json()["error"] == answers[1].json()["error"]


def test_what_cannot_be_an_account_is_refused(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for body in NO_ACCOUNTS:
        content = json.dumps(body)  # escapes what cannot be written in UTF-8
        response = client.post("/api/auth/register", content=content, headers=headers)
        assert (response.status_code, code(response)) == (422, "VALIDATION_ERROR"), body
        assert PASSWORD not in response.text
        login = client.post("/api/auth/login", content=content, headers=headers)
        assert login.status_code in (401, 422), body


def test_passwords_of_every_allowed_length_work(client: TestClient) -> None:
    for length in (8, 128):
        body = {"email": f"ada{length}@example.com", "password": ("\u00fcber Wasser " * 12)[:length]}
        assert client.post("/api/auth/register", json=body).status_code == 200
        assert client.post("/api/auth/login", json=body).status_code == 200


def test_registration_can_be_closed(make_resources: MakeResources) -> None:
    client = client_of(make_resources(saas={"registration_open": False}))
    response = client.post("/api/auth/register", json=CREDENTIALS)
    assert (response.status_code, code(response)) == (403, "FORBIDDEN")


def test_an_unknown_account_and_a_wrong_password_are_answered_alike(client: TestClient) -> None:
    registered(client)
    client.cookies.clear()
    wrong = client.post("/api/auth/login", json={"email": ADA, "password": "wrong password"})
    unknown = client.post("/api/auth/login", json={"email": "eve@example.com", "password": "wrong password"})
    assert (wrong.status_code, code(wrong)) == (401, "INVALID_CREDENTIALS")
    assert wrong.json() == unknown.json()
    assert "set-cookie" not in wrong.headers
    plain = {name: value for name, value in wrong.headers.items() if name != "date"}
    assert plain == {name: value for name, value in unknown.headers.items() if name != "date"}


def test_me_tells_the_account_and_todays_use(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True})
    client = client_of(resources)
    token = registered(client)
    owner = find_login(resources, token).owner
    day = usage_day(datetime.now(UTC))
    with resources.database.write() as session:
        for _ in range(3):
            usage.charge(session, owner.id, day, 20)
    me = client.get("/api/auth/me").json()
    (personal,) = me.pop("workspaces")
    assert (personal["id"], personal["personal"], personal["role"]) == (owner.id, True, "admin")
    assert me == {
        "id": owner.id,
        "email": ADA,
        "tier": "free",
        "second_factor_missing": False,
        "limits": {"free_daily_uploads": 20},
        "usage": {"used": 3, "remaining": 17, "resets_at": resets_at(day).isoformat().replace("+00:00", "Z")},
    }
    assert quota_headers(resources, owner) == {
        "X-RateLimit-Limit": "20",
        "X-RateLimit-Remaining": "17",
        "X-RateLimit-Reset": str(int(resets_at(day).timestamp())),
    }


def test_where_visitors_analyse_an_account_has_no_limit_either(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": False, "free_daily_uploads": 0})
    client = client_of(resources)
    owner = find_login(resources, registered(client)).owner
    assert resources.settings.saas.free_limit is None
    me = client.get("/api/auth/me").json()
    assert (me["limits"], me["usage"]["remaining"]) == ({"free_daily_uploads": None}, None)
    with resources.database.write() as session:
        charge(session, resources, owner)
    assert client.get("/api/auth/me").json()["usage"]["used"] == 1
    assert quota_headers(resources, owner) == {}


def test_pro_accounts_have_no_limit_from_the_next_request_on(
    make_resources: MakeResources,
) -> None:
    resources = make_resources(saas={"require_auth": True})
    client = client_of(resources)
    token = registered(client)
    assert client.get("/api/auth/me").json()["usage"]["remaining"] == 20
    set_tier(resources.database, ADA, Tier.PRO)
    me = client.get("/api/auth/me").json()
    assert me["tier"] == "pro"
    assert me["usage"]["remaining"] is None
    assert quota_headers(resources, find_login(resources, token).owner) == {}
    assert quota_headers(resources, None) == {}


def test_use_starts_anew_at_midnight_utc(make_resources: MakeResources) -> None:
    moment = datetime.now(UTC)
    resources = make_resources(clock=lambda: moment, saas={"require_auth": True})
    token = registered(client_of(resources))
    owner = find_login(resources, token).owner
    with resources.database.write() as session:
        usage.charge(session, owner.id, usage_day(moment), 20)
    assert quota_headers(resources, owner)["X-RateLimit-Remaining"] == "19"
    moment = resets_at(usage_day(moment))
    assert quota_headers(resources, owner)["X-RateLimit-Remaining"] == "20"


def test_an_account_is_needed_where_one_is_needed(client: TestClient) -> None:
    for path in ("/api/auth/me", "/api/somebody"):
        response = client.get(path)
        assert (response.status_code, code(response)) == (401, "UNAUTHORIZED")
        assert response.headers["www-authenticate"] == "Bearer"


def test_where_accounts_are_optional_anybody_may_ask(client: TestClient) -> None:
    assert client.get("/api/anybody").json() == {"owner": None}
    token = registered(client)
    client.cookies.clear()
    assert client.get("/api/anybody", headers=bearer(token)).json()["owner"]["tier"] == "free"


def test_where_accounts_are_required_nobody_may_ask(make_resources: MakeResources) -> None:
    client = client_of(make_resources(saas={"require_auth": True}))
    assert code(client.get("/api/anybody")) == "UNAUTHORIZED"
    token = registered(client)
    assert client.get("/api/anybody").status_code == 200
    client.cookies.clear()
    assert client.get("/api/anybody", headers=bearer(token)).status_code == 200


def test_a_bad_token_is_refused_even_where_none_is_needed(client: TestClient) -> None:
    for path in ("/api/anybody", "/api/somebody", "/api/auth/me"):
        for token in ("", "nonsense", "a.b.c", "x" * 9000):
            response = client.get(path, headers=bearer(token))
            assert (response.status_code, code(response)) == (401, "UNAUTHORIZED"), (path, token)


def test_a_bearer_token_goes_before_the_cookie(client: TestClient) -> None:
    registered(client)
    bob = registered(client_of_same(client), "bob@example.com")
    assert client.get("/api/auth/me").json()["email"] == ADA
    assert client.get("/api/auth/me", headers=bearer(bob)).json()["email"] == "bob@example.com"
    assert client.get("/api/auth/me", headers=bearer("bad")).status_code == 401
    basic = {"Authorization": "Basic cHJveHk6cHJveHk="}
    assert client.get("/api/auth/me", headers=basic).json()["email"] == ADA


def client_of_same(client: TestClient) -> TestClient:
    return TestClient(client.app)


def test_logout_ends_that_login_at_once_and_no_other(client: TestClient, resources: Resources) -> None:
    here = registered(client)
    elsewhere = client_of_same(client)
    there = elsewhere.post("/api/auth/login", json=CREDENTIALS).json()["access_token"]
    response = client.post("/api/auth/logout")
    assert response.status_code == 200
    assert COOKIE not in client.cookies
    assert client.get("/api/auth/me", headers=bearer(here)).status_code == 401
    assert client.get("/api/auth/me", headers=bearer(there)).status_code == 200
    other_process = TestClient(app_of(resources))
    assert other_process.get("/api/auth/me", headers=bearer(here)).status_code == 401


def test_logout_by_bearer_token(client: TestClient) -> None:
    token = registered(client)
    client.cookies.clear()
    assert client.post("/api/auth/logout", headers=bearer(token)).status_code == 200
    assert client.get("/api/auth/me", headers=bearer(token)).status_code == 401


def test_logout_clears_the_cookie_of_whoever_is_not_signed_in(client: TestClient) -> None:
    for headers in ({}, bearer("nonsense"), {"Cookie": f"{COOKIE}=nonsense"}):
        response = client.post("/api/auth/logout", headers=headers)
        assert response.status_code == 200
        assert response.headers["set-cookie"].startswith(f'{COOKIE}="";')


def test_a_login_ends_with_its_time(make_resources: MakeResources) -> None:
    moment = datetime.now(UTC)
    client = client_of(make_resources(clock=lambda: moment))
    token = registered(client)
    moment += timedelta(hours=23, minutes=59)
    assert client.get("/api/auth/me", headers=bearer(token)).status_code == 200
    moment += timedelta(minutes=2)
    assert client.get("/api/auth/me", headers=bearer(token)).status_code == 401


def test_a_new_password_ends_every_login_and_opens_one(client: TestClient) -> None:
    old = registered(client)
    other = client_of_same(client).post("/api/auth/login", json=CREDENTIALS).json()["access_token"]
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    response = client.post("/api/auth/password", json=change)
    assert response.status_code == 200
    fresh = response.json()["access_token"]
    assert client.cookies[COOKIE] == fresh
    assert client.get("/api/auth/me").status_code == 200
    for token in (old, other):
        assert client.get("/api/auth/me", headers=bearer(token)).status_code == 401
    assert code(client.post("/api/auth/login", json=CREDENTIALS)) == "INVALID_CREDENTIALS"
    again = client.post("/api/auth/login", json={"email": ADA, "password": NEW_PASSWORD})
    assert again.status_code == 200


def test_a_new_password_needs_the_old_one(client: TestClient, resources: Resources) -> None:
    token = registered(client)
    change = {"current_password": "wrong password", "new_password": NEW_PASSWORD}
    response = client.post("/api/auth/password", json=change)
    assert (response.status_code, code(response)) == (401, "INVALID_CREDENTIALS")
    assert client.get("/api/auth/me").status_code == 200
    assert client.post("/api/auth/login", json=CREDENTIALS).status_code == 200
    assert "password.refused" in actions(resources, find_login(resources, token).owner.id)


def test_a_new_password_is_of_allowed_length(client: TestClient) -> None:
    registered(client)
    for new in ("short", "x" * 129):
        response = client.post("/api/auth/password", json={"current_password": PASSWORD, "new_password": new})
        assert (response.status_code, code(response)) == (422, "VALIDATION_ERROR")


def test_an_operator_can_sign_an_account_out(client: TestClient, resources: Resources) -> None:
    registered(client)
    assert client.post("/api/auth/login", json=CREDENTIALS).status_code == 200
    assert revoke_sessions(resources.database, ADA) == 2
    assert client.get("/api/auth/me").status_code == 401


def test_what_is_done_to_an_account_is_on_record(client: TestClient, resources: Resources) -> None:
    user_id = find_login(resources, registered(client)).owner.id
    client.post("/api/auth/login", json={"email": ADA, "password": "wrong password"})
    client.post("/api/auth/login", json=CREDENTIALS)
    client.post("/api/auth/password", json={"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    client.post("/api/auth/logout")
    assert actions(resources, user_id) == [
        "account.registered",
        "login.failed",
        "login.succeeded",
        "password.changed",
        "logout",
    ]


def test_older_hashes_are_renewed_when_their_owner_signs_in(client: TestClient, resources: Resources) -> None:
    from passlib.hash import argon2

    from deepshield.persistence.repositories import users

    registered(client)
    older = argon2.using(type="ID", memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)

    def kept(replace: str | None = None) -> str:
        with resources.database.write() as session:
            user = users.find_by_email(session, ADA)
            assert user is not None
            user.password_hash = replace or user.password_hash
            return user.password_hash

    kept(older)
    assert client.post("/api/auth/login", json=CREDENTIALS).status_code == 200
    assert kept() != older
    assert client.post("/api/auth/login", json=CREDENTIALS).status_code == 200


def test_a_login_that_raced_a_new_password_is_refused(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepshield.accounts import passwords

    old = registered(client)
    really_matches: Callable[[str, str | None], bool] = passwords.matches

    def matches_just_before_the_change(password: str, kept: str | None) -> bool:
        monkeypatch.setattr(passwords, "matches", really_matches)
        answer = really_matches(password, kept)
        change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        other = TestClient(client.app).post("/api/auth/password", json=change, headers=bearer(old))
        assert other.status_code == 200
        return answer

    monkeypatch.setattr(passwords, "matches", matches_just_before_the_change)
    late = client.post("/api/auth/login", json=CREDENTIALS)
    assert (late.status_code, code(late)) == (401, "INVALID_CREDENTIALS")


def test_that_nobody_is_signed_in_is_no_error_where_that_is_asked(client: TestClient) -> None:
    answer = client.get("/api/auth/me?optional=true")
    assert (answer.status_code, answer.json()) == (200, None)
    assert client.get("/api/auth/me").status_code == 401
