"""Logins: sign in, sign out, and change the password, which ends all other logins."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from starlette.requests import HTTPConnection

from deepshield.accounts.login import log_in
from deepshield.accounts.password_change import change_password
from deepshield.accounts.sessions import end_login, find_login
from deepshield.api.auth import CurrentLogin
from deepshield.api.deps import ClientAddress, ResourcesOf, ThrottleOf, refuse_cross_site, refuse_foreign_page
from deepshield.api.documented import PROVING, THROTTLED, failures
from deepshield.api.http.credentials import bearer_token, cookie_token
from deepshield.api.login_cookie import clear_cookie, signed_in
from deepshield.api.schemas.accounts import Credentials, NewPassword, SignedOut, TokenAnswer
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import Code
from deepshield.resources import Resources

router = APIRouter(prefix="/auth", tags=["accounts"])


@router.post(
    "/login",
    summary="Sign in",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_foreign_page)],
    responses=failures(*THROTTLED, Code.INVALID_CREDENTIALS, Code.CROSS_SITE_REQUEST),
)
def post_login(
    credentials: Credentials,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> TokenAnswer:
    """Sign in: set the HttpOnly cookie and, unless the settings exclude it, return the token."""
    opened = log_in(
        resources, throttle, email=credentials.email, password=credentials.password, address=address
    )
    return signed_in(response, resources.settings, opened)


@router.post(
    "/logout",
    summary="Sign out",
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(Code.CROSS_SITE_REQUEST),
)
def post_logout(connection: HTTPConnection, response: Response, resources: ResourcesOf) -> SignedOut:
    """Revoke the token at once and clear the cookie; succeeds also without them."""
    for token in (bearer_token(connection), cookie_token(connection, resources.settings)):
        if token is not None:
            _end(resources, token)
    clear_cookie(response, resources.settings)
    return SignedOut()


@router.post(
    "/password",
    summary="Change my password",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*PROVING, Code.WEAK_PASSWORD),
)
def post_password(
    change: NewPassword,
    login: CurrentLogin,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> TokenAnswer:
    """Set a new password. All logins of the account end at once; the answer has a new one."""
    opened = change_password(
        resources,
        throttle,
        login,
        current=change.current_password,
        new=change.new_password,
        address=address,
    )
    return signed_in(response, resources.settings, opened)


def _end(resources: Resources, token: str) -> None:
    try:
        login = find_login(resources, token)
    except DeepShieldError:  # an invalid token has no login to end
        return
    end_login(resources, login)
