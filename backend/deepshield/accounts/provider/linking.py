"""Which account somebody at the provider is: a linked one, a new one, or one that has to be proved first."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.accounts import passwords
from deepshield.accounts.provider.id_token import Vouched
from deepshield.accounts.registration import add_account
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.domain.webhooks import WhyDisabled
from deepshield.persistence.repositories import audit, identities, keys, sessions, users, webhooks
from deepshield.persistence.tables import User
from deepshield.settings import OidcSettings

BY = {"by": "provider"}


@dataclass(frozen=True, slots=True)
class Match:
    """An account, and whether it is linked already."""

    user: User
    linked: bool


def refuse_uninvited(settings: OidcSettings, vouched: Vouched) -> None:
    """Raise PROVIDER_REFUSED for an address outside of OIDC_ALLOWED_DOMAINS, and for one not verified."""
    if not settings.allowed_domains:
        return
    if vouched.email is None or vouched.email.rpartition("@")[2] not in settings.allowed_domains:
        raise refused("The sign-in service gives no verified e-mail address of a domain that is let in here.")


def match(session: Session, settings: OidcSettings, vouched: Vouched, now: datetime) -> Match:
    """Return the account that this is, made when there is none yet.

    Raises PROVIDER_REFUSED where none may be made.
    """
    user_id = identities.find_user_id(session, vouched.issuer, vouched.subject)
    linked = users.lock(session, user_id) if user_id else None
    if linked is not None:
        return Match(linked, True)
    if vouched.email is None:
        raise refused("The sign-in service has not verified your e-mail address. Have it do so first.")
    found = users.find_by_email(session, vouched.email)
    known = users.lock(session, found.id) if found else None
    if known is not None:
        return Match(known, False)
    if not settings.open_accounts:
        raise refused("No account has your e-mail address. Ask whoever runs this server for one.")
    # A hash that no password has: an earlier release reads it like any other.
    unknown = passwords.hash_password(secrets.token_urlsafe())
    user = add_account(session, vouched.email, unknown, Tier.FREE, now)
    user.has_password = False
    audit.record(session, "account.registered", now, actor=user.id, subject=user.id, details=BY)
    link(session, user, vouched.issuer, vouched.subject, now)
    return Match(user, True)


def link(session: Session, user: User, issuer: str, subject: str, now: datetime) -> None:
    """Link an account; raises PROVIDER_REFUSED when another was linked at the same time."""
    if not identities.link(session, issuer, subject, user.id, now):
        raise refused("Another account was linked meanwhile. Sign in again.")
    audit.record(session, "provider.linked", now, actor=user.id, subject=user.id)


def take_over(session: Session, user: User, now: datetime) -> None:
    """Let nothing count that was made for an account before the provider vouched for its address.

    Whoever registered the address need not be whose it is: the password, all logins, keys and webhooks of
    before end.
    """
    user.password_hash, user.has_password = passwords.hash_password(secrets.token_urlsafe()), False
    user.password_changed_at = now
    ended = sessions.revoke_all(session, user.id, now)
    revoked = keys.remove_all(session, user.id)
    for row in webhooks.of_account(session, user.id):
        webhooks.disable(session, row.id, WhyDisabled.OPERATOR, now)
    details = {"logins_ended": ended, "keys_revoked": revoked, **BY}
    audit.record(session, "password.removed", now, actor=user.id, subject=user.id, details=details)


def refused(message: str | None = None) -> DeepShieldError:
    """Return the refusal of somebody whom the provider sent."""
    return DeepShieldError(Code.PROVIDER_REFUSED, message)
