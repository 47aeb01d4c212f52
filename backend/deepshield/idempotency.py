"""Answers kept for a day under their requests' Idempotency-Keys, so that nothing is made twice.

An answer is stored in the transaction that makes what it is about: there is never the one without the other,
and of two equal requests at once one is rolled back. It is stored encrypted, by a key that is made of the
service's secret and the request's Idempotency-Key, of which only the hash is stored: an answer can have a
secret that is shown once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.networks import network_of
from deepshield.persistence.repositories import idempotency
from deepshield.resources import Resources
from deepshield.secret import signing_key
from deepshield.settings import Settings

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request that has an Idempotency-Key: whose it is, the key, and a hash of all that it wants."""

    owner: str
    key: str
    request_sha256: str

    @property
    def key_sha256(self) -> str:
        """What is stored of the key."""
        return _sha256(self.key)


class TwinError(DeepShieldError):
    """An equal request has just made what this one was to make; the transaction is to be rolled back."""

    def __init__(self) -> None:
        super().__init__(Code.IDEMPOTENCY_KEY_REUSED)


def of_account(user_id: str) -> str:
    """Return the name under which an account's answers are kept."""
    return f"account:{user_id}"


def of_visitor(address: str) -> str:
    """Return the name under which the answers to a visitor are kept, who is known by the network alone."""
    return f"visitor:{_sha256(network_of(address))}"


def remove_all(session: Session, owner: str) -> None:
    """Delete all answers that are kept for an owner."""
    idempotency.remove_all(session, owner)


def remove_expired(session: Session, now: datetime) -> None:
    """Delete the answers that are not kept any longer."""
    idempotency.remove_expired(session, now)


def hash_of(operation: str, facts: list[Any]) -> str:
    """Return the hash of what a request wants: the route, and the values (in JSON types) that decide."""
    return _sha256(json.dumps([operation, *facts], separators=(",", ":"), sort_keys=True))


def find_answer(resources: Resources, request: KeyedRequest) -> Any | None:
    """Return the answer to an earlier equal request, in JSON types; None when there was none in a day.

    Raises `DeepShieldError` IDEMPOTENCY_KEY_REUSED when the key was used for something else.
    """
    with resources.database.read() as session:
        row = idempotency.find(session, request.owner, request.key_sha256, resources.clock())
    if row is None:
        return None
    if row.request_sha256 != request.request_sha256:
        raise DeepShieldError(Code.IDEMPOTENCY_KEY_REUSED)
    try:
        return json.loads(_cipher(resources.settings, request).decrypt(row.answer.encode()))
    except InvalidToken as error:  # the service's secret has been changed since
        raise DeepShieldError(
            Code.IDEMPOTENCY_KEY_REUSED, "The answer to this Idempotency-Key can no longer be read."
        ) from error


def keep_answer(session: Session, resources: Resources, request: KeyedRequest, answer: Any) -> None:
    """Store an answer within the transaction that makes what it is about.

    Raises `TwinError` when an equal request has stored its answer first; on PostgreSQL this waits for the
    other's transaction.
    """
    now: datetime = resources.clock()
    sealed = _cipher(resources.settings, request).encrypt(json.dumps(answer).encode()).decode()
    kept = idempotency.add(
        session, request.owner, request.key_sha256, request.request_sha256, sealed, now, now + KEPT_FOR
    )
    if not kept:
        raise TwinError


def _cipher(settings: Settings, request: KeyedRequest) -> Fernet:
    message = f"idempotency {request.owner} {request.key}".encode()
    derived = hmac.digest(signing_key(settings).encode(), message, "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
