"""Accounts: register, sign in and out, who am I, a new password, the end."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from deepshield.accounts import emails, passwords
from deepshield.accounts.closing import close_account
from deepshield.accounts.login import log_in
from deepshield.accounts.password_change import change_password
from deepshield.accounts.quota import todays_allowance
from deepshield.accounts.registration import register
from deepshield.accounts.sessions import Opened, end_login, find_login
from deepshield.api.auth import CurrentLogin
from deepshield.api.credentials import bearer_token, cookie_token
from deepshield.api.csrf import refuse_cross_site, refuse_foreign_page
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import failures
from deepshield.api.throttling import ClientAddress, ThrottleOf
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import Code
from deepshield.domain.quota import Tier
from deepshield.settings import Settings

_EMAIL = "ada@example.com"
_USER: dict[str, Any] = {"id": "6f1c1a3e-7b1d-4c56-9d0e-0a4d1b8f2f11", "email": _EMAIL, "tier": "free"}

Email = Annotated[str, Field(max_length=emails.LONGEST, examples=[_EMAIL])]
Password = Annotated[
    str,
    Field(
        min_length=passwords.SHORTEST,
        max_length=passwords.LONGEST,
        examples=["correct horse battery"],
        json_schema_extra={"format": "password"},
    ),
]


class Credentials(BaseModel):
    """An e-mail address and a password."""

    email: Email
    password: Password


class NewPassword(BaseModel):
    """The password as it is and as it shall be."""

    current_password: Password
    new_password: Password


class Confirmation(BaseModel):
    """The password once more."""

    password: Password


class UserAnswer(BaseModel):
    """An account."""

    id: str
    email: str
    tier: Tier


class TokenAnswer(BaseModel):
    """A login. ``access_token`` is there unless the instance gives tokens in cookies only."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "token_type": "bearer",
                "expires_in_hours": 24,
                "user": _USER,
                "access_token": "eyJhbGciOi…",
            }
        }
    )

    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a scheme, no secret
    expires_in_hours: float
    user: UserAnswer
    access_token: str | None = None


class Limits(BaseModel):
    """What a free account may do."""

    free_daily_uploads: int


class Use(BaseModel):
    """Today's use; ``remaining`` is null for an account without limit."""

    used: int
    remaining: int | None
    resets_at: AwareDatetime


class MeAnswer(UserAnswer):
    """The account that asks, and its use of the current day (UTC)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_USER,
                "limits": {"free_daily_uploads": 20},
                "usage": {"used": 3, "remaining": 17, "resets_at": "2026-01-02T00:00:00Z"},
            }
        }
    )

    limits: Limits
    usage: Use


class SignedOut(BaseModel):
    """The login has ended."""

    status: Literal["signed_out"] = "signed_out"


class Deleted(BaseModel):
    """The account is gone."""

    status: Literal["deleted"] = "deleted"


_THROTTLED = (Code.RATE_LIMITED, Code.VALIDATION_ERROR)
_PROVING = (*_THROTTLED, Code.UNAUTHORIZED, Code.INVALID_CREDENTIALS, Code.CROSS_SITE_REQUEST)

router = APIRouter(prefix="/auth", tags=["accounts"])


@router.post(
    "/register",
    summary="Open an account",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_foreign_page)],
    responses=failures(*_THROTTLED, Code.FORBIDDEN, Code.CROSS_SITE_REQUEST, Code.EMAIL_IN_USE),
)
def post_register(
    credentials: Credentials,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> TokenAnswer:
    """Open a free account and sign in to it."""
    opened = register(
        resources, throttle, email=credentials.email, password=credentials.password, address=address
    )
    return _signed_in(response, resources.settings, opened)


@router.post(
    "/login",
    summary="Sign in",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_foreign_page)],
    responses=failures(*_THROTTLED, Code.INVALID_CREDENTIALS, Code.CROSS_SITE_REQUEST),
)
def post_login(
    credentials: Credentials,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> TokenAnswer:
    """Sign in: sets the HttpOnly cookie and, unless switched off, answers with the token."""
    opened = log_in(
        resources, throttle, email=credentials.email, password=credentials.password, address=address
    )
    return _signed_in(response, resources.settings, opened)


@router.post(
    "/logout",
    summary="Sign out",
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(Code.CROSS_SITE_REQUEST),
)
def post_logout(connection: HTTPConnection, response: Response, resources: ResourcesOf) -> SignedOut:
    """Revoke the token, at once and everywhere, and clear the cookie; fine without either."""
    for token in (bearer_token(connection), cookie_token(connection, resources.settings)):
        if token is not None:
            _end(resources, token)
    _clear_cookie(response, resources.settings)
    return SignedOut()


@router.get("/me", summary="My account and today's use", responses=failures(Code.UNAUTHORIZED))
def get_me(login: CurrentLogin, resources: ResourcesOf) -> MeAnswer:
    """Tell who is signed in and what is left of the day's quota."""
    allowance = todays_allowance(resources, login.owner)
    return MeAnswer(
        id=login.owner.id,
        email=login.email,
        tier=login.owner.tier,
        limits=Limits(free_daily_uploads=resources.settings.saas.free_daily_uploads),
        usage=Use(used=allowance.used, remaining=allowance.remaining, resets_at=allowance.resets_at),
    )


@router.delete(
    "/me",
    summary="Delete my account",
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_PROVING),
)
def delete_me(
    confirmation: Confirmation,
    login: CurrentLogin,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> Deleted:
    """Delete the account with its logins, jobs, results and files. This cannot be undone."""
    close_account(resources, throttle, login, password=confirmation.password, address=address)
    _clear_cookie(response, resources.settings)
    return Deleted()


@router.post(
    "/password",
    summary="Change my password",
    response_model_exclude_none=True,
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_PROVING),
)
def post_password(
    change: NewPassword,
    login: CurrentLogin,
    response: Response,
    resources: ResourcesOf,
    throttle: ThrottleOf,
    address: ClientAddress,
) -> TokenAnswer:
    """Set a new password. All logins of the account end at once; the answer brings a new one."""
    opened = change_password(
        resources,
        throttle,
        login,
        current=change.current_password,
        new=change.new_password,
        address=address,
    )
    return _signed_in(response, resources.settings, opened)


def _signed_in(response: Response, settings: Settings, opened: Opened) -> TokenAnswer:
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


def _clear_cookie(response: Response, settings: Settings) -> None:
    saas = settings.saas
    response.delete_cookie(
        saas.auth_cookie_name,
        secure=saas.auth_cookie_secure,
        samesite=saas.auth_cookie_samesite,
        httponly=True,
    )


def _end(resources: ResourcesOf, token: str) -> None:
    try:
        login = find_login(resources, token)
    except DeepShieldError:  # a token that does not count has no login to end
        return
    end_login(resources, login)
