"""The signed-in account: dependencies that turn a Bearer token or the cookie into an account.

`CurrentOwner` is for routes that visitors may use where accounts are optional, `CurrentLogin` for routes that
need an account.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from deepshield.accounts.sessions import Login, find_login
from deepshield.api.deps import ResourcesOf
from deepshield.api.http.credentials import bearer_token, cookie_token
from deepshield.api.http.csrf import refuse_cross_site
from deepshield.domain.errors import not_signed_in
from deepshield.domain.owner import Owner

_documented = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="The access token that login answers with. Browsers send the HttpOnly cookie in its place.",
)


async def get_login(
    request: Request,
    resources: ResourcesOf,
    _: Annotated[HTTPAuthorizationCredentials | None, Depends(_documented)],
) -> Login | None:
    """Return the login, None without a token; a Bearer token takes precedence over the cookie.

    Raises UNAUTHORIZED for an invalid token, CROSS_SITE_REQUEST for a change that another site requests with
    the cookie.
    """
    refuse_cross_site(request, resources.settings)
    token = bearer_token(request)
    if token is None:
        token = cookie_token(request, resources.settings)
    return None if token is None else await run_in_threadpool(find_login, resources, token)


async def get_owner(
    login: Annotated[Login | None, Depends(get_login)], resources: ResourcesOf
) -> Owner | None:
    """Return the signed-in account; None is a visitor, whom SAAS_REQUIRE_AUTH=true refuses."""
    if login is None and resources.settings.saas.require_auth:
        raise not_signed_in()
    return login.owner if login else None


async def require_login(login: Annotated[Login | None, Depends(get_login)]) -> Login:
    """Return who is signed in; raises UNAUTHORIZED when nobody is."""
    if login is None:
        raise not_signed_in()
    return login


MaybeLogin = Annotated[Login | None, Depends(get_login)]
CurrentOwner = Annotated[Owner | None, Depends(get_owner)]
CurrentLogin = Annotated[Login, Depends(require_login)]
