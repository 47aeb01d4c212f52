"""Accounts and logins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from deepshield.accounts import emails, passwords
from deepshield.api.schemas.base import Answer
from deepshield.api.schemas.workspaces import Workspace
from deepshield.domain.quota import Tier

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


SecondFactorCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=40,
        description="A code of the authenticator app, or a recovery code; where the second factor is on.",
        examples=["123456"],
    ),
]


class Credentials(Answer):
    """An e-mail address and a password."""

    email: Email
    password: Password


class LoginCredentials(Credentials):
    """An e-mail address, a password, and a code where the account's second factor is on."""

    code: SecondFactorCode | None = None


class NewPassword(Answer):
    """The current and the new password; an account without a password has no current one."""

    current_password: Password | None = None
    new_password: Password
    code: SecondFactorCode | None = None


class Confirmation(Answer):
    """The password and, where the second factor is on, a code.

    An account without a password needs a login of the last ten minutes instead.
    """

    password: Password | None = None
    code: SecondFactorCode | None = None


class UserAnswer(Answer):
    """An account."""

    id: str
    email: str
    tier: Tier


class TokenAnswer(Answer):
    """A login. ``access_token`` is absent where the service returns tokens in cookies only."""

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


class Limits(Answer):
    """Limits of a free account; null is none, as where visitors analyse without an account."""

    free_daily_uploads: int | None


class Use(Answer):
    """Today's use; ``remaining`` is null for an account without limit."""

    used: int
    remaining: int | None
    resets_at: AwareDatetime


class MeAnswer(UserAnswer):
    """The signed-in account, its use of the current day (UTC), and its workspaces."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_USER,
                "limits": {"free_daily_uploads": 20},
                "usage": {"used": 3, "remaining": 17, "resets_at": "2026-01-02T00:00:00Z"},
                "workspaces": [],
            }
        }
    )

    second_factor_missing: bool = Field(
        False,
        description="Whether this service wants a second factor of every account, and this one has none: "
        "nothing but `/api/auth/…` is open to it.",
    )
    limits: Limits
    usage: Use
    workspaces: list[Workspace]


class SignedOut(Answer):
    """The login has ended."""

    status: Literal["signed_out"] = "signed_out"


class Deleted(Answer):
    """The account has been deleted."""

    status: Literal["deleted"] = "deleted"
