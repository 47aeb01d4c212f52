"""Secrets of endpoints: made, kept encrypted, and used to sign as Standard Webhooks says."""

from __future__ import annotations

import base64
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

from deepshield.secret import signing_key
from deepshield.settings import Settings

_BEGINNING = "whsec_"
_BYTES = 32


class UnreadableSecretError(Exception):
    """The service's own secret has been changed since this one was stored."""


def new_secret() -> str:
    """Return a secret in the form that receivers' libraries take."""
    return _BEGINNING + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def seal(settings: Settings, secret: str) -> str:
    """Return a secret as it is stored."""
    return _cipher(settings).encrypt(secret.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str:
    """Return a stored secret; raises `UnreadableSecretError`."""
    try:
        return _cipher(settings).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecretError from error


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: ``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in Base64."""
    key = base64.b64decode(secret.removeprefix(_BEGINNING))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _cipher(settings: Settings) -> Fernet:
    derived = hmac.digest(signing_key(settings).encode(), b"webhook secrets", "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))
