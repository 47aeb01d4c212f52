"""Checking an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from deepshield.accounts import emails
from deepshield.accounts.provider.endpoints import Provider, parsed
from deepshield.domain.errors import DeepShieldError

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Those with a key pair: with a shared secret, or with none, anybody who knows the client's could sign."""
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
_LEEWAY_SECONDS = 60
_LONGEST = 32 * 1024
_LONGEST_SUBJECT = 255


class IdTokenError(Exception):
    """The token proves nothing; the message says why, for the log."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for; ``email`` is None unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    claims: Mapping[str, Any] = field(repr=False)


def check(provider: Provider, token: str, nonce: str) -> Vouched:
    """Return whom a token is about; raises `IdTokenError`, and `ProviderError` when keys cannot be had."""
    if len(token) > _LONGEST:
        raise IdTokenError("too long")
    claims = _verified(provider, token)
    settings = provider.settings
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise IdTokenError("made for another sign-in (nonce)")
    audience = claims["aud"]
    party = claims.get("azp")
    if party not in (None, settings.client_id) or (party is None and not _is_sole(audience)):
        raise IdTokenError("made for another client (azp)")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT:
        raise IdTokenError("without a usable subject")
    return Vouched(str(claims["iss"]), subject, _verified_email(claims), claims)


def _verified(provider: Provider, token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        candidates = provider.keys(header.get("kid"))
        for key in filter(None, map(parsed, candidates)):
            try:
                claims: dict[str, Any] = jwt.decode(
                    token,
                    key.key,
                    algorithms=_ALGORITHMS,
                    audience=provider.settings.client_id,
                    issuer=provider.settings.issuer,
                    leeway=_LEEWAY_SECONDS,
                    options={"require": _REQUIRED},
                )
            except (jwt.InvalidSignatureError, jwt.InvalidKeyError, TypeError):
                continue  # another key may have signed it
            return claims
    except jwt.PyJWTError as error:
        raise IdTokenError(f"{type(error).__name__}: {error}") from error
    raise IdTokenError("signed by none of the provider's keys")


def _is_sole(audience: object) -> bool:
    return isinstance(audience, str) or (isinstance(audience, list) and len(audience) == 1)


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    # Some providers write the boolean as a string.
    if claims.get("email_verified") not in (True, "true"):
        return None
    try:
        return emails.normalise(str(claims.get("email", "")))
    except DeepShieldError:
        return None
