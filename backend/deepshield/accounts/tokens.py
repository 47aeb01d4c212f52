"""Access tokens: JWTs signed with HMAC-SHA256 that name a login, which must exist in the database too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import jwt

from deepshield.domain.errors import not_signed_in

ALGORITHM = "HS256"
ISSUER = "deepshield"
AUDIENCE = "deepshield-api"
_CLAIMS = ("exp", "iat", "iss", "aud", "sub", "jti")
_LONGEST = 2048
_LEEWAY_SECONDS = 60
"""How far the clocks of the machines that issue and read tokens may be apart. A login's own end, in the
database, knows no leeway."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a token that this service signed and that has not expired."""

    user_id: str
    session_id: str


def sign(claims: Claims, key: str, issued_at: datetime, expires_at: datetime) -> str:
    """Return the token."""
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": claims.user_id,
        "jti": claims.session_id,
        "iat": issued_at,
        "exp": expires_at,
    }
    return jwt.encode(payload, key, ALGORITHM)


def read(token: str, key: str) -> Claims:
    """Return a token's claims; raises UNAUTHORIZED for a foreign, altered or expired one.

    Its times may be off by a minute, which is how far the clocks of several machines may be apart.
    """
    if len(token) > _LONGEST:
        raise not_signed_in()
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=_LEEWAY_SECONDS,
            options={"require": list(_CLAIMS)},
        )
    except jwt.PyJWTError as error:
        raise not_signed_in() from error
    return Claims(str(payload["sub"]), str(payload["jti"]))
