"""Logins: opened after the password was verified, found by their token, ended with immediate effect."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.accounts import tokens
from deepshield.accounts.devices import UNKNOWN, Device
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.persistence import tables
from deepshield.persistence.repositories import audit, sessions
from deepshield.persistence.tables import User
from deepshield.resources import Resources
from deepshield.secret import signing_key
from deepshield.settings import Settings

_SEEN_NOTED_EVERY = timedelta(minutes=5)


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


def open_login(
    session: Session, settings: Settings, user: User, now: datetime, device: Device = UNKNOWN
) -> Opened:
    """Open a login of this account within the caller's transaction."""
    expires_at = now + timedelta(hours=settings.saas.jwt_exp_hours)
    session_id = str(uuid.uuid4())
    sessions.remove_expired(session, user.id, now)
    row = tables.Session(
        id=session_id,
        user_id=user.id,
        created_at=now,
        expires_at=expires_at,
        last_seen_at=now,
        network=device.network,
        browser=device.browser,
        system=device.system,
    )
    sessions.add(session, row)
    claims = tokens.Claims(user.id, session_id)
    return Opened(_login(user, session_id), tokens.sign(claims, signing_key(settings), now, expires_at))


def find_login(resources: Resources, token: str) -> Login:
    """Return the login of a token, and record every five minutes that it was seen.

    Raises UNAUTHORIZED for a bad, expired or revoked one.
    """
    claims = tokens.read(token, signing_key(resources.settings))
    now = resources.clock()
    with resources.database.read() as session:
        found = sessions.find(session, claims.session_id, claims.user_id, now)
    if found is None:
        raise not_signed_in()
    row, user = found
    if row.last_seen_at is None or row.last_seen_at < now - _SEEN_NOTED_EVERY:
        with resources.database.write() as session:
            sessions.note_seen(session, row.id, now, now - _SEEN_NOTED_EVERY)
    return _login(user, row.id)


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


def logins_of(resources: Resources, login: Login) -> Sequence[tables.Session]:
    """Return the logins of the caller's account that count, the newest first."""
    with resources.database.read() as session:
        return sessions.of_user(session, login.owner.id, resources.clock())


def end_one(resources: Resources, login: Login, session_id: str) -> None:
    """End one of the caller's logins; raises NOT_FOUND for another's, an unknown and an ended one."""
    user_id, now = login.owner.id, resources.clock()
    with resources.database.write() as session:
        if not sessions.revoke(session, session_id, now, user_id):
            raise DeepShieldError(Code.NOT_FOUND, "There is no such login. It may have ended already.")
        audit.record(session, "session.ended", now, actor=user_id, subject=user_id)


def end_others(resources: Resources, login: Login) -> int:
    """End all logins of the account but the caller's own; return how many there were."""
    user_id, now = login.owner.id, resources.clock()
    with resources.database.write() as session:
        ended = sessions.revoke_all(session, user_id, now, but=login.session_id)
        details = {"logins_ended": ended}
        audit.record(session, "sessions.ended", now, actor=user_id, subject=user_id, details=details)
    return ended


def _login(user: User, session_id: str) -> Login:
    return Login(Owner(user.id, Tier(user.tier)), user.email, session_id)
