"""Logins: sign in, sign out, list and end them, and change the password, which ends all other logins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from starlette.requests import HTTPConnection

from deepshield.accounts.login import log_in
from deepshield.accounts.password_change import change_password
from deepshield.accounts.sessions import end_login, end_one, end_others, find_login, logins_of
from deepshield.api.auth import CurrentLogin
from deepshield.api.deps import (
    ClientAddress,
    DeviceOf,
    ResourcesOf,
    ThrottleOf,
    refuse_cross_site,
    refuse_foreign_page,
)
from deepshield.api.documented import PROVING, SECOND_FACTOR, SIGNED_IN, THROTTLED, failures
from deepshield.api.http.credentials import bearer_token, cookie_token
from deepshield.api.login_cookie import clear_cookie, signed_in
from deepshield.api.schemas.accounts import LoginCredentials, NewPassword, SignedOut, TokenAnswer
from deepshield.api.schemas.sign_in import SessionAnswer, SessionEnded, SessionList, SessionsEnded
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import Code
from deepshield.resources import Resources

router = APIRouter(prefix="/auth", tags=["accounts"])


@router.post(
    "/login",
    summary="Sign in",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_foreign_page)],
    responses=failures(
        *THROTTLED, *SECOND_FACTOR, Code.INVALID_CREDENTIALS, Code.FORBIDDEN, Code.CROSS_SITE_REQUEST
    ),
)
def post_login(
    credentials: LoginCredentials,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
    device: DeviceOf,
) -> TokenAnswer:
    """Sign in: set the HttpOnly cookie and, unless the settings exclude it, return the token.

    Where the account's second factor is on, the right password without `code` is answered with 401
    SECOND_FACTOR_REQUIRED: send both again with a code.
    """
    opened = log_in(
        resources,
        throttle,
        email=credentials.email,
        password=credentials.password,
        code=credentials.code,
        address=address,
        device=device,
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
    device: DeviceOf,
) -> TokenAnswer:
    """Set a new password. All logins of the account end at once; the answer has a new one."""
    opened = change_password(
        resources,
        throttle,
        login,
        current=change.current_password,
        new=change.new_password,
        code=change.code,
        address=address,
        device=device,
    )
    return signed_in(response, resources.settings, opened)


SessionId = Annotated[str, Path(description="The login's id.", max_length=36, pattern="^[0-9a-f-]*$")]


@router.get("/sessions", summary="My logins", responses=failures(Code.UNAUTHORIZED, Code.KEY_NOT_ACCEPTED))
def get_sessions(login: CurrentLogin, resources: ResourcesOf) -> SessionList:
    """Return where the account is signed in, this login too."""
    return SessionList(
        sessions=[
            SessionAnswer(
                id=row.id,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
                network=row.network,
                browser=row.browser,
                system=row.system,
                current=row.id == login.session_id,
            )
            for row in logins_of(resources, login)
        ]
    )


@router.delete(
    "/sessions",
    summary="End all my other logins",
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*SIGNED_IN),
)
def delete_sessions(login: CurrentLogin, resources: ResourcesOf) -> SessionsEnded:
    """End all logins of the account but this one, with the streams that they opened."""
    return SessionsEnded(ended=end_others(resources, login))


@router.delete(
    "/sessions/{session_id}",
    summary="End one of my logins",
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*SIGNED_IN, Code.NOT_FOUND, Code.VALIDATION_ERROR),
)
def delete_session(
    session_id: SessionId, login: CurrentLogin, response: Response, resources: ResourcesOf
) -> SessionEnded:
    """End a login at once; ending this one signs out."""
    end_one(resources, login, session_id)
    if session_id == login.session_id:
        clear_cookie(response, resources.settings)
    return SessionEnded(id=session_id)


def _end(resources: Resources, token: str) -> None:
    try:
        login = find_login(resources, token)
    except DeepShieldError:  # an invalid token has no login to end
        return
    end_login(resources, login)
