"""Changing a password, which ends every login made with the old one."""

from __future__ import annotations

from deepshield.accounts import passwords
from deepshield.accounts.confirmation import confirm
from deepshield.accounts.devices import UNKNOWN, Device
from deepshield.accounts.login import wrong_credentials
from deepshield.accounts.password_policy import refuse_guessable
from deepshield.accounts.sessions import Login, Opened, open_login
from deepshield.accounts.throttle import Throttle
from deepshield.persistence.repositories import audit, sessions, users
from deepshield.resources import Resources


def change_password(
    resources: Resources,
    throttle: Throttle,
    login: Login,
    *,
    current: str | None,
    new: str,
    code: str | None = None,
    address: str,
    device: Device = UNKNOWN,
) -> Opened:
    """Set a new password, end all logins, and open one for the caller.

    Raises INVALID_CREDENTIALS when ``current`` is wrong or has changed meanwhile, SIGN_IN_AGAIN for an
    account without one, SECOND_FACTOR_REQUIRED or SECOND_FACTOR_WRONG where that is on, WEAK_PASSWORD,
    RATE_LIMITED like a login.
    """
    refuse_guessable(new, login.email)  # before a code is taken, which counts once
    user = confirm(resources, throttle, login, password=current, code=code, address=address)
    new_hash = passwords.hash_password(new)
    now = resources.clock()
    with resources.database.write() as session:
        locked = users.lock(session, user.id)
        if locked is None or locked.password_hash != user.password_hash:
            raise wrong_credentials()
        locked.password_hash, locked.password_changed_at = new_hash, now
        locked.has_password = True
        ended = sessions.revoke_all(session, user.id, now)
        details = {"logins_ended": ended}
        audit.record(session, "password.changed", now, actor=user.id, subject=user.id, details=details)
        opened = open_login(session, resources.settings, locked, now, device)
    throttle.login_succeeded(login.email, address)
    return opened
