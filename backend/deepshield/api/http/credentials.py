"""Reading a request's token from the Authorization header or the cookie."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from deepshield.settings import Settings


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the token of the Authorization header; None for no header and for other schemes."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def cookie_token(connection: HTTPConnection, settings: Settings) -> str | None:
    """Return the token of the cookie."""
    return connection.cookies.get(settings.saas.auth_cookie_name) or None
