"""Turning an account's second factor on and off."""

from __future__ import annotations

import base64
import io
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from sqlalchemy.orm import Session

from deepshield.accounts.confirmation import confirm
from deepshield.accounts.proof import PURPOSE, SECONDS, hash_of, step_of
from deepshield.accounts.sessions import Login
from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.persistence.repositories import audit, second_factors, users
from deepshield.resources import Resources
from deepshield.secret import seal

ISSUER = "DeepShield"
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits, which no search over SHA-256 finds
_GROUP = 4  # letters between dashes


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when an account's second factor is on (None: off), and what it has beside that."""

    since: datetime | None
    has_password: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new secret in Base32, the address that authenticator apps take, and its QR code as SVG."""

    secret: str
    uri: str
    qr_svg: str


def standing(resources: Resources, login: Login) -> Standing:
    """Return the state of the caller's second factor."""
    with resources.database.read() as session:
        factor = second_factors.find(session, login.owner.id)
        left = second_factors.recovery_codes_left(session, login.owner.id)
        user = users.find_by_email(session, login.email)
    if user is None:
        raise not_signed_in()
    return Standing(factor.confirmed_at if factor else None, user.has_password, left)


def is_missing(resources: Resources, user_id: str) -> bool:
    """Return whether the service wants a second factor of every account, and this one has none."""
    if not resources.settings.saas.require_second_factor:
        return False
    with resources.database.read() as session:
        return not _is_on(session, user_id)


def begin(
    resources: Resources, throttle: Throttle, login: Login, *, password: str | None, address: str
) -> Enrolment:
    """Make a secret; it counts once a code of it has been sent.

    Raises INVALID_CREDENTIALS, SIGN_IN_AGAIN, RATE_LIMITED, CONFLICT where it is on already.
    """
    with resources.database.read() as session:
        if _is_on(session, login.owner.id):
            raise _on_already()
    user = confirm(resources, throttle, login, password=password, code=None, address=address)
    secret, now = pyotp.random_base32(), resources.clock()
    with resources.database.write() as session:
        if users.lock(session, user.id) is None or _is_on(session, user.id):
            raise _on_already()
        second_factors.replace_unconfirmed(session, user.id, seal(resources.settings, PURPOSE, secret), now)
    throttle.login_succeeded(login.email, address)
    uri = pyotp.TOTP(secret, interval=SECONDS).provisioning_uri(name=login.email, issuer_name=ISSUER)
    return Enrolment(secret, uri, _qr(uri))


def turn_on(resources: Resources, throttle: Throttle, login: Login, code: str) -> list[str]:
    """Turn the second factor on with the first code of its app; return recovery codes, this once.

    Raises SECOND_FACTOR_WRONG, RATE_LIMITED, CONFLICT where it is on already or was not begun.
    """
    user_id, now = login.owner.id, resources.clock()
    throttle.admit_code(user_id)
    codes = _new_codes()
    with resources.database.write() as session:
        users.lock(session, user_id)  # so that no new secret comes between
        factor = second_factors.find(session, user_id)
        if factor is None:
            raise DeepShieldError(Code.CONFLICT, "No second factor was begun. Begin with a new secret.")
        step = step_of(resources.settings, factor, code, now)
        if step is None:
            raise DeepShieldError(Code.SECOND_FACTOR_WRONG)
        if not second_factors.confirm(session, user_id, step, now):
            raise _on_already()
        second_factors.replace_recovery_codes(session, user_id, map(hash_of, codes))
        audit.record(session, "second_factor.enabled", now, actor=user_id, subject=user_id)
    throttle.code_taken(user_id)
    return codes


def turn_off(
    resources: Resources,
    throttle: Throttle,
    login: Login,
    *,
    password: str | None,
    code: str | None,
    address: str,
) -> None:
    """Turn the second factor off and forget its recovery codes.

    Raises INVALID_CREDENTIALS, SIGN_IN_AGAIN, SECOND_FACTOR_REQUIRED, SECOND_FACTOR_WRONG, RATE_LIMITED.
    """
    user = confirm(resources, throttle, login, password=password, code=code, address=address)
    now = resources.clock()
    with resources.database.write() as session:
        if second_factors.remove(session, user.id):
            audit.record(session, "second_factor.disabled", now, actor=user.id, subject=user.id)
    throttle.login_succeeded(login.email, address)


def renew_recovery_codes(
    resources: Resources,
    throttle: Throttle,
    login: Login,
    *,
    password: str | None,
    code: str | None,
    address: str,
) -> list[str]:
    """Return new recovery codes, this once; the earlier ones count no longer.

    Raises what `turn_off` raises, and CONFLICT where the second factor is off.
    """
    user = confirm(resources, throttle, login, password=password, code=code, address=address)
    codes, now = _new_codes(), resources.clock()
    with resources.database.write() as session:
        if users.lock(session, user.id) is None or not _is_on(session, user.id):
            raise DeepShieldError(Code.CONFLICT, "The second factor is off. Turn it on first.")
        second_factors.replace_recovery_codes(session, user.id, map(hash_of, codes))
        audit.record(session, "recovery_codes.made", now, actor=user.id, subject=user.id)
    throttle.login_succeeded(login.email, address)
    return codes


def _qr(text: str) -> str:
    """Return a QR code as an SVG document of its own, dark on white with the quiet zone that readers want."""
    file = io.BytesIO()
    segno.make(text, error="m").save(
        file, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, nl=False
    )
    return file.getvalue().decode()


def _is_on(session: Session, user_id: str) -> bool:
    factor = second_factors.find(session, user_id)
    return factor is not None and factor.confirmed_at is not None


def _on_already() -> DeepShieldError:
    return DeepShieldError(Code.CONFLICT, "The second factor is on already. Turn it off first.")


def _new_codes() -> list[str]:
    return [_new_code() for _ in range(RECOVERY_CODES)]


def _new_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))
