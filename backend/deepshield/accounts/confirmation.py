"""Asking again for what a login took, before an action that cannot be undone."""

from __future__ import annotations

from datetime import timedelta

from deepshield.accounts import passwords
from deepshield.accounts.login import wrong_credentials
from deepshield.accounts.proof import prove
from deepshield.accounts.sessions import Login
from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.persistence.repositories import audit, sessions, users
from deepshield.persistence.tables import User
from deepshield.resources import Resources

_FRESH = timedelta(minutes=10)


def confirm(
    resources: Resources,
    throttle: Throttle,
    login: Login,
    *,
    password: str | None,
    code: str | None,
    address: str,
) -> User:
    """Return the account as it was when its password, and its second factor where that is on, were verified.

    An account without a password needs a login of the last ten minutes in its place. Attempts are throttled
    like those of a login. Raises INVALID_CREDENTIALS, SIGN_IN_AGAIN, SECOND_FACTOR_REQUIRED,
    SECOND_FACTOR_WRONG or RATE_LIMITED.
    """
    throttle.admit_login(login.email, address)
    with resources.database.read() as session:
        user = users.find_by_email(session, login.email)
    if user is not None and not user.has_password:
        _refuse_old(resources, login)
    elif not passwords.matches(password or "", user.password_hash if user else None) or user is None:
        _refused(resources, login)
        throttle.login_failed(login.email, address)
        raise wrong_credentials()
    prove(resources, throttle, user.id, code)
    return user


def _refuse_old(resources: Resources, login: Login) -> None:
    with resources.database.read() as session:
        opened = sessions.opened_at(session, login.session_id)
    if opened is None:
        raise not_signed_in()
    if opened < resources.clock() - _FRESH:
        raise DeepShieldError(Code.SIGN_IN_AGAIN)


def _refused(resources: Resources, login: Login) -> None:
    user_id = login.owner.id
    with resources.database.write() as session:
        audit.record(session, "password.refused", resources.clock(), actor=user_id, subject=user_id)
