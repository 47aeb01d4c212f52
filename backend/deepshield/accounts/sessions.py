"""Logins: opened after the password was verified, found by their token, ended with immediate effect."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.accounts import tokens
from deepshield.domain.errors import not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.persistence.repositories import audit, sessions
from deepshield.persistence.tables import User
from deepshield.resources import Resources
from deepshield.secret import signing_key
from deepshield.settings import Settings


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who is signed in."""

    owner: Owner
    email: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A new login with its token."""

    login: Login
    token: str


def open_login(session: Session, settings: Settings, user: User, now: datetime) -> Opened:
    """Open a login of this account within the caller's transaction."""
    expires_at = now + timedelta(hours=settings.saas.jwt_exp_hours)
    session_id = str(uuid.uuid4())
    sessions.remove_expired(session, user.id, now)
    sessions.add(session, session_id, user.id, now, expires_at)
    claims = tokens.Claims(user.id, session_id)
    return Opened(_login(user, session_id), tokens.sign(claims, signing_key(settings), now, expires_at))


def find_login(resources: Resources, token: str) -> Login:
    """Return the login of a token; raises UNAUTHORIZED for a bad, expired or revoked one."""
    claims = tokens.read(token, signing_key(resources.settings))
    with resources.database.read() as session:
        user = sessions.find_user(session, claims.session_id, claims.user_id, resources.clock())
    if user is None:
        raise not_signed_in()
    return _login(user, claims.session_id)


def logins_alive(resources: Resources, session_ids: Collection[str]) -> frozenset[str]:
    """Return those of some logins that still count, in one query."""
    with resources.database.read() as session:
        return sessions.alive(session, session_ids, resources.clock())


def end_login(resources: Resources, login: Login) -> None:
    """Sign out: the login's token is invalid from the commit on."""
    now = resources.clock()
    with resources.database.write() as session:
        if sessions.revoke(session, login.session_id, now):
            audit.record(session, "logout", now, actor=login.owner.id, subject=login.owner.id)


def _login(user: User, session_id: str) -> Login:
    return Login(Owner(user.id, Tier(user.tier)), user.email, session_id)
