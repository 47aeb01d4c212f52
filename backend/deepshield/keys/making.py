"""A workspace's keys: made and shown once, listed, revoked."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.scopes import Scope
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import audit, keys, users
from deepshield.persistence.tables import ApiKey
from deepshield.resources import Resources

BEGINNING = "ds_"
MOST = 50  # of an account
LONGEST_NAME = 100
_SECRET_BYTES = 32
_PREFIX_CHARACTERS = 10  # of 46: enough to tell keys apart, too few to guess the rest


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made, and its secret, which is shown once and not stored."""

    row: ApiKey
    secret: str


def make_key(
    resources: Resources,
    owner: Owner,
    *,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None,
    within: Callable[[Session, NewKey], None] | None = None,
) -> NewKey:
    """Make a key for the account's present workspace, in which alone it acts, within the account's role.

    ``within`` is called with it before the transaction commits. Raises `DeepShieldError` VALIDATION_ERROR for
    an expiry in the past, TOO_MANY, UNAUTHORIZED when the account has just been deleted.
    """
    now = resources.clock()
    if expires_at is not None and expires_at <= now:
        raise DeepShieldError(Code.VALIDATION_ERROR, "A key cannot expire in the past.")
    secret = BEGINNING + secrets.token_urlsafe(_SECRET_BYTES)
    row = ApiKey(
        id=str(uuid.uuid4()),
        owner_id=owner.id,
        workspace_id=owner.shared_id,
        made_by=owner.id,
        name=name.strip(),
        prefix=secret[:_PREFIX_CHARACTERS],
        sha256=hash_of(secret),
        scopes=sorted(scope.value for scope in set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    made = NewKey(row, secret)
    with resources.database.write() as session:
        _add(session, owner, row)
        _audited(session, "key.created", owner, row, now)
        if within is not None:
            within(session, made)
    return made


def keys_of(database: Database, workspace_id: str) -> Sequence[ApiKey]:
    """Return a workspace's keys, expired ones too, the newest first; a personal one has its account's id."""
    with database.read() as session:
        return keys.of_workspace(session, workspace_id)


def keys_of_account(database: Database, owner_id: str) -> Sequence[ApiKey]:
    """Return the keys that act for an account, in whichever workspace, the newest first."""
    with database.read() as session:
        return keys.of_account(session, owner_id)


def revoke_key(resources: Resources, owner: Owner, key_id: str) -> None:
    """Delete a key: it opens nothing from the commit on. Raises `DeepShieldError` NOT_FOUND."""
    with resources.database.write() as session:
        row = keys.remove(session, key_id, owner.workspace_id)
        if row is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such key.")
        _audited(session, "key.revoked", owner, row, resources.clock())


def revoke_all_keys(database: Database, owner_id: str, now: datetime) -> int:
    """Delete all keys of an account, for an operator; return how many there were."""
    with database.write() as session:
        ended = keys.remove_all(session, owner_id)
        audit.record(session, "keys.revoked", now, subject=owner_id, details={"keys": ended})
        return ended


def hash_of(secret: str) -> str:
    """Return what is stored of a key. It is random and long, so that a fast hash is no weakness."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _add(session: Session, owner: Owner, row: ApiKey) -> None:
    """Add a key below the limit; the account is locked, so that parallel requests cannot pass it."""
    if users.lock(session, owner.id) is None:
        raise not_signed_in()
    if keys.count(session, owner.id) >= MOST:
        raise DeepShieldError(Code.TOO_MANY, f"An account has {MOST} keys at most. Delete one.", limit=MOST)
    try:
        keys.add(session, row)
    except IntegrityError as error:
        raise not_signed_in() from error


def _audited(session: Session, action: str, owner: Owner, row: ApiKey, now: datetime) -> None:
    details = {"name": Erasable(row.name), "prefix": row.prefix, "scopes": row.scopes}
    audit.record(session, action, now, actor=owner.id, subject=row.id, details=details, whose=row.owner_id)
