"""Answering with a login: the HttpOnly cookie and, unless the settings exclude it, the token."""

from __future__ import annotations

from fastapi import Response

from deepshield.accounts.sessions import Opened
from deepshield.api.schemas.accounts import TokenAnswer, UserAnswer
from deepshield.settings import Settings


def signed_in(response: Response, settings: Settings, opened: Opened) -> TokenAnswer:
    """Set the cookie of a new login and return its answer."""
    saas = settings.saas
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        saas.auth_cookie_name,
        opened.token,
        max_age=int(saas.jwt_exp_hours * 3600),
        secure=saas.auth_cookie_secure,
        samesite=saas.auth_cookie_samesite,
        httponly=True,
    )
    login = opened.login
    return TokenAnswer(
        expires_in_hours=saas.jwt_exp_hours,
        user=UserAnswer(id=login.owner.id, email=login.email, tier=login.owner.tier),
        access_token=opened.token if saas.return_token_in_body else None,
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Delete the cookie of a login."""
    saas = settings.saas
    response.delete_cookie(
        saas.auth_cookie_name,
        secure=saas.auth_cookie_secure,
        samesite=saas.auth_cookie_samesite,
        httponly=True,
    )
