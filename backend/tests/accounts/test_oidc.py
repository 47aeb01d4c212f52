"""Signing in through an OpenID provider that runs here: what it proves, and everything that it does not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pyotp
import pytest
from accounts_app import COOKIE, PASSWORD, app_of
from fastapi.testclient import TestClient
from openid_provider import CLIENT, SECRET, OpenIdProvider, SigningKey, providing
from pydantic import ValidationError
from service_parts import MakeResources, MakeSettings

from deepshield import settings
from deepshield.accounts.provider.flow import own_path
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.roles import Role
from deepshield.domain.scopes import Scope
from deepshield.keys.making import keys_of, make_key
from deepshield.operations.checkup import Finding, examine
from deepshield.persistence.repositories import audit, users, workspaces
from deepshield.resources import Resources
from deepshield.workspaces import administration

pytestmark = pytest.mark.security

HERE = "http://testserver"
ADA = "ada@example.org"
VERIFIED = {"sub": "0815", "email": "Ada@example.org", "email_verified": True}
OTHER_KEY = SigningKey("first")  # of the same name


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with providing() as started:
        started.user = dict(VERIFIED)
        yield started


class Browser:
    """A browser with a cookie jar of its own, and the service that it talks to."""

    def __init__(self, resources: Resources, provider: OpenIdProvider) -> None:
        self.client = TestClient(app_of(resources), follow_redirects=False)
        self.provider = provider

    def leave(self, page: str | None = "/history/") -> str:
        asked = {} if page is None else {"next": page}
        answer = self.client.get("/api/auth/oidc/start", params=asked)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def come_back(self, url: str) -> str:
        answer = self.client.get(url.removeprefix(HERE))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def sign_in(self, page: str | None = "/history/") -> str:
        """Return where the whole journey ends."""
        return self.come_back(self.provider.authorise(self.leave(page)))

    @property
    def email(self) -> str | None:
        me = self.client.get("/api/auth/me", params={"optional": True}).json()
        return None if me is None else str(me["email"])

    def register(self, email: str = ADA) -> str:
        body = {"email": email, "password": PASSWORD}
        answer = self.client.post("/api/auth/register", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["user"]["id"])

    def finish(self, **proof: str) -> tuple[int, str | None]:
        answer = self.client.post("/api/auth/oidc/finish", json=proof)
        error = answer.json().get("error")
        return answer.status_code, None if error is None else error["error_code"]


def oidc_of(provider: OpenIdProvider, **more: Any) -> dict[str, Any]:
    return {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, **more}


@pytest.fixture
def resources(make_resources: MakeResources, provider: OpenIdProvider) -> Resources:
    return make_resources(public_url=HERE, oidc=oidc_of(provider, name="Example Press"))


@pytest.fixture
def browser(resources: Resources, provider: OpenIdProvider) -> Browser:
    return Browser(resources, provider)


def problem(location: str) -> str | None:
    """Return why the sign-in page is shown; None when it is not."""
    place = urlsplit(location)
    return parse_qs(place.query)["problem"][0] if place.path == "/login/" else None


def test_a_first_sign_in_opens_an_account_and_a_second_one_finds_it(
    browser: Browser, resources: Resources, provider: OpenIdProvider
) -> None:
    assert browser.sign_in("/result/?id=4f") == "/result/?id=4f"
    assert browser.email == ADA
    first = browser.client.get("/api/auth/me").json()["id"]
    other = Browser(resources, provider)
    provider.user["email"] = "changed@example.org"  # the subject is who it is, not the address
    assert other.sign_in() == "/history/"
    assert other.client.get("/api/auth/me").json()["id"] == first
    limits = browser.client.get("/api/limits").json()["accounts"]
    assert (limits["provider"], limits["passwords"]) == ("Example Press", True)


def test_nobody_can_use_a_password_of_such_an_account(browser: Browser, resources: Resources) -> None:
    browser.sign_in()
    stranger = TestClient(app_of(resources))
    for password in (PASSWORD, "-" * 8):
        body = {"email": ADA, "password": password}
        assert stranger.post("/api/auth/login", json=body).status_code == 401


def spoiled(**changes: Any) -> Any:
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, "none", {"kid": "first"})  # type: ignore[arg-type]


def signed_with_the_clients_secret(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, SECRET * 2, "HS256", {"kid": "first"})


NOW = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"spoil": spoiled(nonce="x" * 43)},
    "no nonce": {"spoil": spoiled(nonce=None)},
    "another audience": {"spoil": spoiled(aud="another client")},
    "two audiences and no party": {"spoil": spoiled(aud=[CLIENT, "another"])},
    "another party": {"spoil": spoiled(azp="another client")},
    "expired": {"spoil": spoiled(iat=NOW - 900, exp=NOW - 600)},
    "no expiry": {"spoil": spoiled(exp=None)},
    "from tomorrow": {"spoil": spoiled(iat=NOW + 86_400, exp=NOW + 90_000)},
    "another issuer": {"spoil": spoiled(iss="https://evil.example")},
    "no subject": {"spoil": spoiled(sub=None)},
    "an empty subject": {"spoil": spoiled(sub="")},
    "an address that was not verified": {"spoil": spoiled(email_verified=False)},
    "no word about the address": {"spoil": spoiled(email_verified=None)},
    "another key of the same name": {"sign": OTHER_KEY.sign},
    "no signature": {"sign": unsigned},
    "a signature with a shared secret": {"sign": signed_with_the_clients_secret},
    "no token": {"sign": lambda _: "a.b.c"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_proves_nothing_signs_nobody_in(
    browser: Browser, provider: OpenIdProvider, resources: Resources, lie: str
) -> None:
    for name, value in LIES[lie].items():
        setattr(provider, name, value)
    assert problem(browser.sign_in()) == "PROVIDER_REFUSED"
    assert browser.email is None
    assert COOKIE not in browser.client.cookies
    with resources.database.read() as session:
        assert users.find_by_email(session, ADA) is None


def test_a_token_that_was_changed_signs_nobody_in(browser: Browser, provider: OpenIdProvider) -> None:
    def change(claims: dict[str, Any]) -> str:
        head, _, tail = provider.key.sign(claims).split(".")
        body = json.dumps({**claims, "sub": "somebody else"}).encode()
        return f"{head}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{tail}"

    provider.sign = change
    assert problem(browser.sign_in()) == "PROVIDER_REFUSED"
    assert browser.email is None


def test_an_answer_counts_once_and_in_the_browser_that_asked(
    browser: Browser, resources: Resources, provider: OpenIdProvider
) -> None:
    back = provider.authorise(browser.leave())
    assert problem(Browser(resources, provider).come_back(back)) == "SIGN_IN_EXPIRED"
    cookie = browser.client.cookies["deepshield_oidc"]
    assert browser.come_back(back) == "/history/"
    browser.client.cookies.clear()
    browser.client.cookies.set("deepshield_oidc", cookie)
    fresh_code = urlsplit(provider.authorise(browser.leave())).query.split("&")[0]
    browser.client.cookies.set("deepshield_oidc", cookie)
    replayed = f"/api/auth/oidc/callback?{fresh_code}&{urlsplit(back).query.split('&')[1]}"
    browser.client.cookies.clear()
    browser.client.cookies.set("deepshield_oidc", cookie)
    assert problem(browser.come_back(replayed)) == "SIGN_IN_EXPIRED"
    assert browser.email is None


def test_another_state_a_refusal_and_a_late_answer_sign_nobody_in(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    moment = datetime.now(UTC)
    browser = Browser(make_resources(clock=lambda: moment, public_url=HERE, oidc=oidc_of(provider)), provider)
    back = provider.authorise(browser.leave())
    forged = back.replace("state=", "state=x")
    assert problem(browser.come_back(forged)) == "SIGN_IN_EXPIRED"
    state = parse_qs(urlsplit(browser.leave()).query)["state"][0]
    declined = f"/api/auth/oidc/callback?error=access_denied&state={state}"
    assert problem(browser.come_back(declined)) == "PROVIDER_REFUSED"
    back = provider.authorise(browser.leave())
    moment += timedelta(minutes=11)
    assert problem(browser.come_back(back)) == "SIGN_IN_EXPIRED"
    assert browser.email is None


def test_an_account_of_the_same_address_is_linked_by_its_password(
    resources: Resources, provider: OpenIdProvider
) -> None:
    user_id = Browser(resources, provider).register()
    browser = Browser(resources, provider)
    assert browser.sign_in("/limits/") == "/login/?proof=link&next=%2Flimits%2F"
    assert browser.email is None
    assert browser.finish() == (401, "INVALID_CREDENTIALS")
    assert browser.finish(password="wrong password") == (401, "INVALID_CREDENTIALS")
    assert browser.finish(password=PASSWORD) == (200, None)
    assert browser.email == ADA
    assert browser.finish(password=PASSWORD) == (400, "SIGN_IN_EXPIRED")
    again = Browser(resources, provider)
    assert again.sign_in() == "/history/"
    assert again.client.get("/api/auth/me").json()["id"] == user_id
    with resources.database.read() as session:
        actions = [entry.action for entry in audit.of_subject(session, user_id)]
    assert "provider.linked" in actions


def test_the_password_for_linking_runs_out_like_any_other(
    resources: Resources, provider: OpenIdProvider
) -> None:
    Browser(resources, provider).register()
    browser = Browser(resources, provider)
    browser.sign_in()
    answers = [browser.finish(password="wrong password")[0] for _ in range(11)]
    assert answers == [401] * 10 + [429]


def test_where_the_setting_says_so_an_address_is_taken_over_with_nothing_of_before(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    resources = make_resources(public_url=HERE, oidc=oidc_of(provider, link_verified_email=True))
    squatter = Browser(resources, provider)
    user_id = squatter.register()
    make_key(resources, Owner(user_id, Tier.FREE), name="a", scopes=[Scope.READ], expires_at=None)
    browser = Browser(resources, provider)
    assert browser.sign_in() == "/history/"
    assert browser.client.get("/api/auth/me").json()["id"] == user_id
    assert squatter.client.get("/api/auth/me").status_code == 401
    assert keys_of(resources.database, user_id) == []
    body = {"email": ADA, "password": PASSWORD}
    assert squatter.client.post("/api/auth/login", json=body).status_code == 401


def test_the_second_factor_is_asked_for_here_too(resources: Resources, provider: OpenIdProvider) -> None:
    first = Browser(resources, provider)
    first.sign_in()
    begun = first.client.post("/api/auth/second-factor", json={})
    assert begun.status_code == 200, begun.text
    codes = pyotp.TOTP(begun.json()["secret"])
    code = codes.at(time.time())
    recovery = first.client.post("/api/auth/second-factor/confirm", json={"code": code}).json()
    browser = Browser(resources, provider)
    assert browser.sign_in() == "/login/?proof=code&next=%2Fhistory%2F"
    assert browser.email is None
    assert browser.finish() == (401, "SECOND_FACTOR_REQUIRED")
    assert browser.finish(code=code) == (401, "SECOND_FACTOR_WRONG")
    assert browser.finish(code=recovery["recovery_codes"][0]) == (200, None)
    assert browser.email == ADA


def test_without_a_password_a_change_needs_a_fresh_login(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=11)  # a token is not from the future
    browser = Browser(make_resources(clock=lambda: moment, public_url=HERE, oidc=oidc_of(provider)), provider)
    browser.sign_in()
    moment += timedelta(minutes=11)
    answer = browser.client.request("DELETE", "/api/auth/me", json={})
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (403, "SIGN_IN_AGAIN")
    browser.sign_in()
    assert browser.client.post("/api/auth/password", json={"new_password": PASSWORD}).status_code == 200
    assert browser.client.get("/api/auth/second-factor").json()["has_password"] is True
    wrong = browser.client.request("DELETE", "/api/auth/me", json={})
    assert wrong.status_code == 401
    right = browser.client.request("DELETE", "/api/auth/me", json={"password": PASSWORD})
    assert right.status_code == 200


def test_only_invited_domains_come_in_and_roles_give_the_tier(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    oidc = oidc_of(
        provider,
        allowed_domains=["Example.org"],
        role_claim="realm_access.roles",
        role_map=["staff=free", "editors=pro"],
    )
    resources = make_resources(public_url=HERE, oidc=oidc)
    provider.user["realm_access"] = {"roles": ["editors", "staff"]}
    browser = Browser(resources, provider)
    assert browser.sign_in() == "/history/"
    assert browser.client.get("/api/auth/me").json()["tier"] == "pro"
    provider.user["realm_access"] = "nothing"
    assert browser.sign_in() == "/history/"
    assert browser.client.get("/api/auth/me").json()["tier"] == "free"
    provider.user = {**VERIFIED, "sub": "eve", "email": "eve@example.org.evil.example"}
    assert problem(Browser(resources, provider).sign_in()) == "PROVIDER_REFUSED"


def test_roles_are_those_of_one_workspace_and_go_with_the_claim(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    plain = make_resources()
    admin_id = Browser(plain, provider).register("admin@example.org")
    workspace_id = administration.create(plain.database, "Desk", admin_id)
    oidc = oidc_of(
        provider,
        role_claim="groups",
        role_map=["desk=analyst", "editors=lead", "owners=admin"],
        workspace=workspace_id,
    )
    resources = make_resources(public_url=HERE, oidc=oidc)
    assert sign_in_service(resources).ok is True

    def role_after(*groups: str) -> str | None:
        provider.user["groups"] = list(groups)
        browser = Browser(resources, provider)
        assert browser.sign_in() == "/history/"
        user_id = browser.client.get("/api/auth/me").json()["id"]
        with resources.database.read() as session:
            return workspaces.role_of(session, workspace_id, user_id)

    assert role_after() is None
    assert role_after("desk", "editors", "others") == "lead"
    assert role_after("desk") == "analyst"
    assert role_after("others") is None
    assert role_after("owners") == "admin"
    with resources.database.write() as session:
        workspaces.remove_member(session, workspace_id, admin_id)
    assert role_after("desk") == "admin", "the last one stays"
    gone = make_resources(public_url=HERE, oidc={**oidc, "workspace": "0b7c1f0e"})
    assert Browser(gone, provider).sign_in() == "/history/"
    assert sign_in_service(gone).ok is False


def test_no_account_is_opened_where_none_may_be(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    oidc = oidc_of(provider, open_accounts=False)
    browser = Browser(make_resources(public_url=HERE, oidc=oidc), provider)
    assert problem(browser.sign_in()) == "PROVIDER_REFUSED"


def test_passwords_can_be_turned_off(make_resources: MakeResources, provider: OpenIdProvider) -> None:
    Browser(make_resources(), provider).register()
    browser = Browser(make_resources(public_url=HERE, oidc=oidc_of(provider, only=True)), provider)
    for path, email in (("login", ADA), ("register", "bob@example.org")):
        answer = browser.client.post(f"/api/auth/{path}", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 403
    limits = browser.client.get("/api/limits").json()["accounts"]
    assert (limits["passwords"], limits["registration_open"]) == (False, False)


def test_a_new_key_of_the_provider_is_fetched_and_invented_ones_are_not(
    resources: Resources, provider: OpenIdProvider
) -> None:
    browser = Browser(resources, provider)
    assert browser.sign_in() == "/history/"
    assert browser.sign_in() == "/history/"
    assert provider.asked.count("/keys") == 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    provider.key = SigningKey("second")
    assert problem(browser.sign_in()) == "PROVIDER_REFUSED"
    assert provider.asked.count("/keys") == 1, "not again within a minute"
    assert Browser(resources, provider).sign_in() == "/history/", "another process has not asked yet"


def sign_in_service(resources: Resources) -> Finding:
    return next(each for each in examine(resources, read_files=False) if each.subject == "sign-in service")


def test_a_provider_that_is_away_or_is_another_one_is_not_used(
    make_resources: MakeResources, provider: OpenIdProvider
) -> None:
    provider.configuration = {"issuer": "https://evil.example"}
    resources = make_resources(public_url=HERE, oidc=oidc_of(provider))
    browser = Browser(resources, provider)
    assert [problem(browser.leave()) for _ in range(3)] == ["PROVIDER_UNREACHABLE"] * 3
    assert len(provider.asked) == 1, "not again within seconds"
    provider.configuration = {}
    assert sign_in_service(resources).ok is True
    nobody = make_resources(public_url=HERE, oidc={**oidc_of(provider), "issuer": "http://127.0.0.1:9"})
    browser = Browser(nobody, provider)
    location = browser.leave()
    assert location == "/login/?problem=PROVIDER_UNREACHABLE&next=%2Fhistory%2F"
    assert sign_in_service(nobody).ok is False


def test_without_a_provider_there_is_nothing_to_sign_in_with(make_resources: MakeResources) -> None:
    client = TestClient(app_of(make_resources()), follow_redirects=False)
    assert client.get("/api/auth/oidc/start").status_code == 404
    assert client.get("/api/auth/oidc/callback?code=a&state=b").status_code == 404
    assert client.get("/api/limits").json()["accounts"]["provider"] is None


@pytest.mark.parametrize(
    "page",
    [
        None, "", "history/", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example/",
        "/\t/evil.example", "/.//evil.example", "/x/..//evil.example", "javascript:alert(1)",
        "/login/?next=/", "/api/auth/logout", " //evil.example", "/x\r\nSet-Cookie: a=b", "/" + "x" * 2000,
    ],
)  # fmt: skip
def test_a_sign_in_ends_on_this_origin(page: str | None) -> None:
    assert own_path(page) == "/"


@pytest.mark.parametrize("page", ["/history/", "/result/?id=4f&x=1", "/history/?q=a%20b#t"])
def test_a_sign_in_ends_where_it_began(page: str) -> None:
    assert own_path(page) == page


WHOLE = {"issuer": "https://id.example.org", "client_id": "a", "client_secret": "b"}


@pytest.mark.parametrize(
    ("oidc", "public_url", "named"),
    [
        ({"client_id": "a"}, HERE, "OIDC_ISSUER"),
        ({"only": True}, HERE, "OIDC_ISSUER"),
        ({"issuer": "https://id.example.org"}, HERE, "OIDC_CLIENT_ID, OIDC_CLIENT_SECRET"),
        (WHOLE, None, "PUBLIC_URL"),
        ({**WHOLE, "issuer": "id.example.org"}, HERE, "OIDC_ISSUER"),
        ({**WHOLE, "scopes": "email"}, HERE, "OIDC_SCOPES"),
        ({**WHOLE, "role_claim": "groups"}, HERE, "OIDC_ROLE_MAP"),
        ({**WHOLE, "role_claim": "groups", "role_map": "a=gold"}, HERE, "OIDC_ROLE_MAP"),
        ({**WHOLE, "role_claim": "a", "role_map": "a=pro", "workspace": "w"}, HERE, "OIDC_ROLE_MAP"),
        ({**WHOLE, "workspace": "w"}, HERE, "OIDC_WORKSPACE"),
    ],
)
def test_a_half_configured_provider_stops_the_start(
    make_settings: MakeSettings, oidc: dict[str, Any], public_url: str | None, named: str
) -> None:
    with pytest.raises(ValidationError, match=named):
        make_settings(oidc=oidc, public_url=public_url)


def test_production_wants_https(make_settings: MakeSettings) -> None:
    saas = {"jwt_secret": "a1b2c3d4e5f6g7h8" * 3}
    with pytest.raises(ValidationError, match="https in production"):
        make_settings(
            environment="production",
            saas=saas,
            public_url="https://here.example.org",
            oidc={**WHOLE, "issuer": "http://id.example.org"},
        )


def test_the_settings_know_the_words_of_tiers_and_roles() -> None:
    assert set(settings._TIERS) == {tier.value for tier in Tier}
    assert set(settings._ROLES) == {role.value for role in Role}
