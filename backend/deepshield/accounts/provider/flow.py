"""The steps of a sign-in through the provider: leave for it, come back, and prove what is still to be proved.

What has to be remembered between the steps is in one encrypted cookie that lasts ten minutes, so that a
visitor who never comes back leaves nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy.exc import IntegrityError

from deepshield.accounts import passwords
from deepshield.accounts.devices import Device
from deepshield.accounts.login import wrong_credentials
from deepshield.accounts.proof import prove
from deepshield.accounts.provider import linking, roles
from deepshield.accounts.provider.endpoints import Provider, ProviderError
from deepshield.accounts.provider.id_token import IdTokenError, Vouched, check
from deepshield.accounts.provider.roles import Grant
from deepshield.accounts.sessions import Opened, open_login
from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.persistence.repositories import audit, identities, second_factors, users
from deepshield.resources import Resources
from deepshield.secret import cipher
from deepshield.settings import Settings

CALLBACK = "/api/auth/oidc/callback"
LASTS = timedelta(minutes=10)
_PURPOSE = "openid sign-in"
_LONGEST_COOKIE = 4096
_LONGEST_PATH = 1024

_log = structlog.get_logger(__name__)


class Step(StrEnum):
    """What is still to be proved after the provider has vouched."""

    LINK = "link"  # the password of the account that has this address
    CODE = "code"  # the second factor of the account


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where to send the browser, and the cookie to keep meanwhile."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """The outcome of coming back: a login, or a step and its cookie; and the page to go to."""

    next: str
    opened: Opened | None = None
    step: Step | None = None
    cookie: str = ""


@dataclass(frozen=True, slots=True)
class _Left:
    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True, slots=True)
class _Pending:
    step: str
    issuer: str
    subject: str
    user_id: str
    mapped: list[str] | None  # roles.Grant
    takes_over: bool  # see linking.take_over


def leave(resources: Resources, provider: Provider, wanted: str | None) -> Leaving:
    """Begin a sign-in that ends at the page ``wanted``; raises PROVIDER_UNREACHABLE."""
    left = _Left(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(32),
        next=own_path(wanted),
    )
    settings = provider.settings
    try:
        endpoint = provider.endpoints().authorization
    except ProviderError as error:
        raise _unreachable(error) from error
    challenge = base64.urlsafe_b64encode(hashlib.sha256(left.verifier.encode()).digest())
    query = urlencode(
        {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": redirect_uri(resources.settings),
            "scope": " ".join(settings.scopes),
            "state": left.state,
            "nonce": left.nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }
    )
    joint = "&" if urlsplit(endpoint).query else "?"
    return Leaving(f"{endpoint}{joint}{query}", _sealed(resources, asdict(left)))


def page_after(resources: Resources, cookie: str | None) -> str:
    """Return the page that a sign-in was to end at, also when it is refused; the start page for none."""
    try:
        return own_path(str(_unsealed(resources, cookie).get("next")))
    except DeepShieldError:
        return "/"


def come_back(
    resources: Resources,
    provider: Provider,
    *,
    cookie: str | None,
    code: str | None,
    state: str | None,
    device: Device,
) -> Arrived:
    """Check the provider's answer and open a login, or name what has to be proved first.

    Raises SIGN_IN_EXPIRED without this browser's cookie, for another state and for one that was answered
    before, PROVIDER_REFUSED, PROVIDER_UNREACHABLE.
    """
    left = _left(_unsealed(resources, cookie))
    if not hmac.compare_digest((state or "").encode(), left.state.encode()):
        raise DeepShieldError(Code.SIGN_IN_EXPIRED)
    now = resources.clock()
    with resources.database.write() as session:
        answered = hashlib.sha256(left.state.encode()).hexdigest()
        first = identities.spend_state(session, answered, now, now + LASTS)
    if not first:
        raise DeepShieldError(Code.SIGN_IN_EXPIRED)
    if not code:
        raise linking.refused()
    vouched = _vouched(resources, provider, code, left)
    linking.refuse_uninvited(provider.settings, vouched)
    try:
        return _enter(resources, provider, vouched, left.next, device)
    except IntegrityError as error:  # an account with this address was opened at the same moment
        raise DeepShieldError(Code.SIGN_IN_EXPIRED) from error


def finish(
    resources: Resources,
    throttle: Throttle,
    *,
    cookie: str | None,
    password: str | None,
    code: str | None,
    address: str,
    device: Device,
) -> Opened:
    """Open a login once what was still to be proved is: the password for linking, the second factor.

    Raises SIGN_IN_EXPIRED, INVALID_CREDENTIALS, SECOND_FACTOR_REQUIRED, SECOND_FACTOR_WRONG, RATE_LIMITED.
    """
    pending = _pending(_unsealed(resources, cookie))
    with resources.database.read() as session:
        user = users.find(session, pending.user_id)
    if user is None:
        raise DeepShieldError(Code.SIGN_IN_EXPIRED)
    by_password = pending.step == Step.LINK
    if by_password:
        throttle.admit_login(user.email, address)
        if not passwords.matches(password or "", user.password_hash):
            _password_refused(resources, user.id)
            throttle.login_failed(user.email, address)
            raise wrong_credentials()
    prove(resources, throttle, user.id, code)
    now = resources.clock()
    with resources.database.write() as session:
        roles.lock_workspace(session, resources.settings.oidc)
        current = users.lock(session, user.id)
        if current is None or (by_password and current.password_hash != user.password_hash):
            raise wrong_credentials()
        known = identities.find_user_id(session, pending.issuer, pending.subject)
        if known is None:
            if pending.takes_over:
                linking.take_over(session, current, now)
            elif not by_password:  # the link was removed meanwhile
                raise DeepShieldError(Code.SIGN_IN_EXPIRED)
            linking.link(session, current, pending.issuer, pending.subject, now)
        elif known != current.id:
            raise DeepShieldError(Code.SIGN_IN_EXPIRED)
        grant = None if pending.mapped is None else Grant(tuple(pending.mapped))
        roles.apply(session, resources.settings.oidc, current, grant, now)
        audit.record(
            session, "login.succeeded", now, actor=current.id, subject=current.id, details=linking.BY
        )
        opened = open_login(session, resources.settings, current, now, device)
    if by_password:
        throttle.login_succeeded(user.email, address)
    return opened


def own_path(wanted: str | None) -> str:
    """Return a path of the web app, with its query; the start page for anything that leads elsewhere."""
    if wanted is None or len(wanted) > _LONGEST_PATH or not wanted.startswith("/"):
        return "/"
    # Browsers take "//host" and "/\host" for another host, and drop control characters before they look.
    if "\\" in wanted or not wanted.isprintable() or not wanted.isascii() or " " in wanted:
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or "//" in parts.path or "/." in parts.path:
        return "/"
    return "/" if parts.path.startswith(("/api", "/login", "/register")) else wanted


def redirect_uri(settings: Settings) -> str:
    """Return the address that the provider sends browsers back to."""
    return str(settings.public_url).rstrip("/") + CALLBACK


def _enter(resources: Resources, provider: Provider, vouched: Vouched, page: str, device: Device) -> Arrived:
    settings, now = provider.settings, resources.clock()
    grant = roles.grant_of(settings, vouched.claims)
    with resources.database.write() as session:
        roles.lock_workspace(session, settings)
        match = linking.match(session, settings, vouched, now)
        user = match.user
        factor = second_factors.find(session, user.id)
        guarded = factor is not None and factor.confirmed_at is not None
        step = None
        if not match.linked and not settings.link_verified_email:
            if not user.has_password:
                raise linking.refused("Your account here is linked to another sign-in service.")
            step = Step.LINK
        elif guarded:
            step = Step.CODE
        if step is not None:
            known = _Pending(
                step=step.value,
                issuer=vouched.issuer,
                subject=vouched.subject,
                user_id=user.id,
                mapped=None if grant is None else list(grant.mapped),
                takes_over=step is Step.CODE and not match.linked,
            )
            return Arrived(page, step=step, cookie=_sealed(resources, {**asdict(known), "next": page}))
        if not match.linked:
            linking.take_over(session, user, now)
            linking.link(session, user, vouched.issuer, vouched.subject, now)
        roles.apply(session, settings, user, grant, now)
        audit.record(session, "login.succeeded", now, actor=user.id, subject=user.id, details=linking.BY)
        return Arrived(page, opened=open_login(session, resources.settings, user, now, device))


def _vouched(resources: Resources, provider: Provider, code: str, left: _Left) -> Vouched:
    try:
        token = provider.redeem(code, left.verifier, redirect_uri(resources.settings))
        return check(provider, token, left.nonce)
    except ProviderError as error:
        raise _unreachable(error) from error
    except IdTokenError as error:
        _log.warning("an ID token was refused", reason=str(error))
        with resources.database.write() as session:
            audit.record(session, "provider.refused", resources.clock(), details={"reason": str(error)})
        raise linking.refused() from error


def _unreachable(error: ProviderError) -> DeepShieldError:
    _log.warning("the OpenID provider cannot be used", reason=str(error))
    return DeepShieldError(Code.PROVIDER_UNREACHABLE)


def _password_refused(resources: Resources, user_id: str) -> None:
    with resources.database.write() as session:
        audit.record(session, "login.failed", resources.clock(), subject=user_id, details=linking.BY)


def _sealed(resources: Resources, facts: dict[str, Any]) -> str:
    second = int(resources.clock().timestamp())
    return cipher(resources.settings, _PURPOSE).encrypt_at_time(json.dumps(facts).encode(), second).decode()


def _unsealed(resources: Resources, cookie: str | None) -> dict[str, Any]:
    if cookie is None or len(cookie) > _LONGEST_COOKIE:
        raise DeepShieldError(Code.SIGN_IN_EXPIRED)
    second, lasts = int(resources.clock().timestamp()), int(LASTS.total_seconds())
    try:
        opened = cipher(resources.settings, _PURPOSE).decrypt_at_time(cookie.encode(), lasts, second)
    except InvalidToken as error:
        raise DeepShieldError(Code.SIGN_IN_EXPIRED) from error
    facts: dict[str, Any] = json.loads(opened)
    return facts


def _left(facts: dict[str, Any]) -> _Left:
    try:
        return _Left(**facts)
    except TypeError as error:  # the cookie of a later step
        raise DeepShieldError(Code.SIGN_IN_EXPIRED) from error


def _pending(facts: dict[str, Any]) -> _Pending:
    try:
        return _Pending(**{name: value for name, value in facts.items() if name != "next"})
    except TypeError as error:  # the cookie of an earlier step
        raise DeepShieldError(Code.SIGN_IN_EXPIRED) from error
