"""Signing in. Timing and refusal are the same whether or not the account exists."""

from __future__ import annotations

from deepshield.accounts import emails, passwords
from deepshield.accounts.devices import UNKNOWN, Device
from deepshield.accounts.proof import prove
from deepshield.accounts.sessions import Opened, open_login
from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.persistence.repositories import audit, users
from deepshield.persistence.tables import User
from deepshield.resources import Resources
from deepshield.settings import Settings

_NO_ADDRESS = ""


def log_in(
    resources: Resources,
    throttle: Throttle,
    *,
    email: str,
    password: str,
    code: str | None = None,
    address: str,
    device: Device = UNKNOWN,
) -> Opened:
    """Open a login for the right password, and the right code where the second factor is on.

    Raises FORBIDDEN where the provider alone signs in, INVALID_CREDENTIALS, RATE_LIMITED and, only after the
    right password, SECOND_FACTOR_REQUIRED or SECOND_FACTOR_WRONG.
    """
    if resources.settings.oidc.only:
        raise no_passwords(resources.settings)
    spelled = _spelled(email)
    throttle.admit_login(spelled, address)
    with resources.database.read() as session:
        user = users.find_by_email(session, spelled)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        _refused(resources, user)
        throttle.login_failed(spelled, address)
        raise wrong_credentials()
    prove(resources, throttle, user.id, code)
    opened = _open(resources, user, password, device)
    throttle.login_succeeded(spelled, address)
    return opened


def wrong_credentials() -> DeepShieldError:
    """Return the one refusal for an unknown address and for a wrong password."""
    return DeepShieldError(Code.INVALID_CREDENTIALS)


def no_passwords(settings: Settings) -> DeepShieldError:
    """Return the refusal of a password where OIDC_ONLY is set."""
    return DeepShieldError(
        Code.FORBIDDEN, f"No password signs in here. Use {settings.oidc.label} on the sign-in page."
    )


def _spelled(email: str) -> str:
    """Return the normalised address; an invalid one becomes an address that no account has."""
    try:
        return emails.normalise(email)
    except DeepShieldError:
        return _NO_ADDRESS


def _open(resources: Resources, user: User, password: str, device: Device) -> Opened:
    fresh_hash = passwords.hash_password(password) if passwords.is_outdated(user.password_hash) else None
    now = resources.clock()
    with resources.database.write() as session:
        current = users.lock(session, user.id)
        # A change of the password since the check has ended all logins, so this one must not begin.
        if current is None or current.password_hash != user.password_hash:
            raise wrong_credentials()
        if fresh_hash is not None:
            current.password_hash = fresh_hash
        audit.record(session, "login.succeeded", now, actor=user.id, subject=user.id)
        return open_login(session, resources.settings, current, now, device)


def _refused(resources: Resources, user: User | None) -> None:
    with resources.database.write() as session:
        known = user.id if user else None
        # In the personal workspace, which has the account's id: a lookup would take time for known ones only.
        audit.record(session, "login.failed", resources.clock(), subject=known, workspace_id=known)
