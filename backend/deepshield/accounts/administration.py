"""An operator's commands for accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.accounts import emails, passwords
from deepshield.accounts.password_policy import refuse_guessable
from deepshield.accounts.registration import add_account, taken
from deepshield.domain.clock import now
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import (
    audit,
    audit_texts,
    identities,
    second_factors,
    sessions,
    users,
)
from deepshield.persistence.tables import AuditText, User


def create_user(database: Database, email: str, password: str, tier: Tier) -> str:
    """Add an account and return its id; raises VALIDATION_ERROR, WEAK_PASSWORD or EMAIL_IN_USE."""
    spelled = emails.normalise(email)
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise DeepShieldError(
            Code.VALIDATION_ERROR,
            f"A password has {passwords.SHORTEST} to {passwords.LONGEST} characters.",
        )
    refuse_guessable(password, spelled)
    password_hash = passwords.hash_password(password)
    try:
        with database.write() as session:
            user = add_account(session, spelled, password_hash, tier, now())
            audit.record(session, "account.created", now(), subject=user.id, details={"tier": tier.value})
            return user.id
    except IntegrityError as error:
        raise taken() from error


def set_tier(database: Database, email: str, tier: Tier) -> None:
    """Move an account to another tier, from its next request on; raises NOT_FOUND."""
    with database.write() as session:
        user = _account(session, email)
        audit.record(
            session, "tier.changed", now(), subject=user.id, details={"from": user.tier, "to": tier.value}
        )
        user.tier = tier.value


def revoke_sessions(database: Database, email: str) -> int:
    """Sign an account out everywhere, at once; returns how many logins that ended; raises NOT_FOUND."""
    with database.write() as session:
        user = _account(session, email)
        ended = sessions.revoke_all(session, user.id, now())
        audit.record(session, "sessions.revoked", now(), subject=user.id, details={"logins_ended": ended})
        return ended


def disable_second_factor(database: Database, email: str) -> bool:
    """Turn an account's second factor off; False when it was off already; raises NOT_FOUND."""
    with database.write() as session:
        user = _account(session, email)
        was_on = second_factors.remove(session, user.id)
        if was_on:
            details = {"by": "operator"}
            audit.record(session, "second_factor.disabled", now(), subject=user.id, details=details)
        return was_on


def unlink_provider(database: Database, email: str) -> int:
    """Delete an account's links to OpenID providers; returns how many there were; raises NOT_FOUND."""
    with database.write() as session:
        user = _account(session, email)
        gone = identities.unlink_all(session, user.id)
        audit.record(session, "provider.unlinked", now(), subject=user.id, details={"links": gone})
        return gone


def seal_audit(database: Database) -> int:
    """Append to the audit log's chain the rows that are outside of it; returns how many."""
    with database.write() as session:
        return audit.seal(session, now())


def texts_containing(database: Database, part: str, workspace_id: str | None) -> Sequence[AuditText]:
    """Return the texts beside the audit log that contain something: all, or a workspace's."""
    with database.read() as session:
        return audit_texts.containing(session, part, workspace_id)


def erase_texts(database: Database, rows: Sequence[AuditText]) -> None:
    """Erase texts beside the audit log, whose chain stays whole, and record how many."""
    with database.write() as session:
        audit_texts.erase(session, [row.id for row in rows])
        audit.record(session, "audit.texts_erased", now(), details={"texts": len(rows)})


def account_id(database: Database, email: str) -> str:
    """Return an account's id; raises NOT_FOUND."""
    with database.write() as session:
        return _account(session, email).id


def _account(session: Session, email: str) -> User:
    found = users.find_by_email(session, emails.normalise(email))
    user = users.lock(session, found.id) if found else None
    if user is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no account with this e-mail address.")
    return user
