"""The service's secret: tokens are signed with it, and keys to encrypt with are derived from it."""

from __future__ import annotations

import base64
import contextlib
import functools
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from deepshield.settings import Settings, SettingsError

FILE_NAME = "jwt-secret"
_BYTES = 48


class UnreadableSecretError(Exception):
    """The service's own secret has been changed since this one was stored."""


def signing_key(settings: Settings) -> str:
    """Return SAAS_JWT_SECRET or, outside production, a random key kept beside STORAGE_DATA_DIR.

    Raises `SettingsError` in production without a secret, OSError when the key cannot be kept.
    """
    if settings.saas.jwt_secret is not None:
        return settings.saas.jwt_secret.get_secret_value()
    if settings.is_production:
        raise SettingsError("SAAS_JWT_SECRET is required in production")
    return _kept(settings.storage.data_dir.absolute().parent / FILE_NAME)


def cipher(settings: Settings, purpose: str) -> Fernet:
    """Return what encrypts for one purpose, by a key that is derived from the service's secret."""
    derived = hmac.digest(signing_key(settings).encode(), purpose.encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(settings: Settings, purpose: str, secret: str) -> str:
    """Return a secret as it is stored."""
    return cipher(settings, purpose).encrypt(secret.encode()).decode()


def unseal(settings: Settings, purpose: str, sealed: str) -> str:
    """Return a stored secret; raises `UnreadableSecretError`."""
    try:
        return cipher(settings, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecretError from error


@functools.lru_cache(maxsize=64)
def _kept(path: Path) -> str:
    if not path.exists():
        _make(path)
    return path.read_text("ascii")


def _make(path: Path) -> None:
    """Create the file atomically, readable by its owner alone; when processes race, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
