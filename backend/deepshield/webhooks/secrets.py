"""Secrets of endpoints: made, kept encrypted, and used to sign as Standard Webhooks says."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepshield import secret as own
from deepshield.persistence.tables import WebhookEndpoint
from deepshield.secret import UnreadableSecretError
from deepshield.settings import Settings

__all__ = [
    "EarlierSecret",
    "UnreadableSecretError",
    "earlier_secrets",
    "new_secret",
    "rotate",
    "seal",
    "signature",
    "unseal",
]

_BEGINNING = "whsec_"
_BYTES = 32
_PURPOSE = "webhook secrets"
_REPLACED_LASTS = timedelta(hours=24)
_MOST_REPLACED = 9  # of an endpoint: each adds 48 characters to a header


def new_secret() -> str:
    """Return a secret in the form that receivers' libraries take."""
    return _BEGINNING + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def seal(settings: Settings, secret: str) -> str:
    """Return a secret as it is stored."""
    return own.seal(settings, _PURPOSE, secret)


def unseal(settings: Settings, sealed: str) -> str:
    """Return a stored secret; raises `UnreadableSecretError`."""
    return own.unseal(settings, _PURPOSE, sealed)


@dataclass(frozen=True, slots=True)
class EarlierSecret:
    """An earlier secret of an endpoint, readable, and until when its messages are signed with it too."""

    secret: str
    until: datetime


def earlier_secrets(settings: Settings, row: WebhookEndpoint, now: datetime) -> Sequence[EarlierSecret]:
    """Return the secrets that an endpoint had in the last day, the latest first.

    Those that cannot be read since the service's own secret was changed are left out: nothing is signed with
    them any more.
    """
    kept = [(row.old_secret, row.old_secret_until)] if row.old_secret and row.old_secret_until else []
    kept += [(sealed, datetime.fromisoformat(until)) for sealed, until in row.older_secrets or ()]
    return [one for each in kept for one in _readable(settings, *each) if one.until > now]


def rotate(settings: Settings, row: WebhookEndpoint, secret: str, now: datetime) -> None:
    """Give an endpoint a new secret; its messages are signed with those of the last day too: the latest 9."""
    present = _readable(settings, row.secret, now + _REPLACED_LASTS)
    kept = [*present, *earlier_secrets(settings, row, now)][:_MOST_REPLACED]
    sealed = [(seal(settings, one.secret), one.until) for one in kept]
    row.secret = seal(settings, secret)
    row.old_secret, row.old_secret_until = sealed[0] if sealed else (None, None)
    row.older_secrets = [[one, until.isoformat()] for one, until in sealed[1:]] or None


def _readable(settings: Settings, sealed: str, until: datetime) -> Sequence[EarlierSecret]:
    try:
        return [EarlierSecret(unseal(settings, sealed), until)]
    except UnreadableSecretError:
        return []


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: ``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in Base64."""
    key = base64.b64decode(secret.removeprefix(_BEGINNING))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"
