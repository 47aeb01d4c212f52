"""New accounts."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.accounts import emails, passwords
from deepshield.accounts.devices import UNKNOWN, Device
from deepshield.accounts.login import no_passwords
from deepshield.accounts.password_policy import refuse_guessable
from deepshield.accounts.sessions import Opened, open_login
from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.persistence.repositories import audit, users, workspaces
from deepshield.persistence.tables import User
from deepshield.resources import Resources


def register(
    resources: Resources,
    throttle: Throttle,
    *,
    email: str,
    password: str,
    address: str,
    device: Device = UNKNOWN,
) -> Opened:
    """Open a free account and sign in to it.

    Raises FORBIDDEN where registration is closed, VALIDATION_ERROR, WEAK_PASSWORD, RATE_LIMITED,
    EMAIL_IN_USE.
    """
    if resources.settings.oidc.only:
        raise no_passwords(resources.settings)
    if not resources.settings.saas.registration_open:
        raise DeepShieldError(Code.FORBIDDEN, "This instance takes no new accounts.")
    spelled = emails.normalise(email)
    refuse_guessable(password, spelled)
    throttle.admit_registration(address)
    password_hash = passwords.hash_password(password)
    now = resources.clock()
    try:
        with resources.database.write() as session:
            user = add_account(session, spelled, password_hash, Tier.FREE, now)
            audit.record(session, "account.registered", now, actor=user.id, subject=user.id)
            return open_login(session, resources.settings, user, now, device)
    except IntegrityError as error:
        raise taken() from error


def add_account(session: Session, email: str, password_hash: str, tier: Tier, now: datetime) -> User:
    """Add an account with its personal workspace; raises IntegrityError when the address is taken."""
    user = users.add(session, str(uuid.uuid4()), email, password_hash, tier.value, now)
    workspaces.ensure_personal(session, user.id, now)
    return user


def taken() -> DeepShieldError:
    """Return the refusal for an address that has an account."""
    return DeepShieldError(Code.EMAIL_IN_USE)
