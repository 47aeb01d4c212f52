"""Asking for the password again before an action that cannot be undone."""

from __future__ import annotations

from deepshield.accounts import passwords
from deepshield.accounts.login import wrong_credentials
from deepshield.accounts.sessions import Login
from deepshield.accounts.throttle import Throttle
from deepshield.persistence.repositories import audit, users
from deepshield.persistence.tables import User
from deepshield.resources import Resources


def confirm(resources: Resources, throttle: Throttle, login: Login, *, password: str, address: str) -> User:
    """Return the account as it was when its password was verified.

    Attempts are throttled like those of a login. Raises INVALID_CREDENTIALS or RATE_LIMITED.
    """
    throttle.admit_login(login.email, address)
    with resources.database.read() as session:
        user = users.find_by_email(session, login.email)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        _refused(resources, login)
        throttle.login_failed(login.email, address)
        raise wrong_credentials()
    return user


def _refused(resources: Resources, login: Login) -> None:
    user_id = login.owner.id
    with resources.database.write() as session:
        audit.record(session, "password.refused", resources.clock(), actor=user_id, subject=user_id)
