"""Reading a request's token or key from the Authorization header, X-API-Key or the cookie."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from deepshield.settings import Settings

API_KEY = "X-API-Key"
KEY_BEGINNING = "ds_"


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the token of the Authorization header; None for no header and for other schemes."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def api_key(connection: HTTPConnection) -> str | None:
    """Return the API key of X-API-Key, or of the Authorization header where that has a key."""
    given = connection.headers.get(API_KEY)
    if given is not None:
        return given.strip()
    token = bearer_token(connection)
    return token if token is not None and token.startswith(KEY_BEGINNING) else None


def cookie_token(connection: HTTPConnection, settings: Settings) -> str | None:
    """Return the token of the cookie."""
    return connection.cookies.get(settings.saas.auth_cookie_name) or None
