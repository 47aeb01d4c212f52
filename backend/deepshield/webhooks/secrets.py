"""Secrets of endpoints: made, kept encrypted, and used to sign as Standard Webhooks says."""

from __future__ import annotations

import base64
import hmac
import secrets

from deepshield import secret as own
from deepshield.secret import UnreadableSecretError
from deepshield.settings import Settings

__all__ = ["UnreadableSecretError", "new_secret", "seal", "signature", "unseal"]

_BEGINNING = "whsec_"
_BYTES = 32
_PURPOSE = "webhook secrets"


def new_secret() -> str:
    """Return a secret in the form that receivers' libraries take."""
    return _BEGINNING + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def seal(settings: Settings, secret: str) -> str:
    """Return a secret as it is stored."""
    return own.seal(settings, _PURPOSE, secret)


def unseal(settings: Settings, sealed: str) -> str:
    """Return a stored secret; raises `UnreadableSecretError`."""
    return own.unseal(settings, _PURPOSE, sealed)


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: ``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in Base64."""
    key = base64.b64decode(secret.removeprefix(_BEGINNING))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"
