"""How an account is signed in to: its logins and its second factor."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.accounts import Password, SecondFactorCode
from deepshield.api.schemas.base import Answer

_LOGIN_ID = "b54a9c0e-1f3e-4a55-8a54-0f1a0c2b7d11"


class SessionAnswer(Answer):
    """A login that counts."""

    id: str = Field(examples=[_LOGIN_ID])
    created_at: AwareDatetime
    last_seen_at: AwareDatetime | None = Field(description="Right to five minutes.")
    expires_at: AwareDatetime
    network: str | None = Field(
        description="The network of the address that it was opened from.", examples=["192.0.2.0/24"]
    )
    browser: str | None = Field(examples=["Firefox"])
    system: str | None = Field(examples=["Linux"])
    current: bool = Field(description="Whether this request was sent with it.")


class SessionList(Answer):
    """The account's logins, the newest first."""

    sessions: list[SessionAnswer]


class SessionEnded(Answer):
    """The login has ended."""

    id: str = Field(examples=[_LOGIN_ID])
    status: Literal["ended"] = "ended"


class SessionsEnded(Answer):
    """How many other logins have ended."""

    ended: int


class SecondFactorAnswer(Answer):
    """Whether the second factor is on, and whether the account has a password beside it."""

    enabled: bool
    since: AwareDatetime | None
    recovery_codes_left: int
    has_password: bool = Field(
        description="Whether a password confirms changes; else a login of the last ten minutes does."
    )


class SecondFactorBegun(Answer):
    """A new secret, shown this once; it counts after `POST /api/auth/second-factor/confirm`."""

    secret: str = Field(description="In Base32, for typing.", examples=["JBSWY3DPEHPK3PXP"])
    otpauth_uri: str = Field(
        description="What the QR code says.",
        examples=["otpauth://totp/DeepShield:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=DeepShield"],
    )
    qr_svg: str = Field(description="The QR code as an SVG document.", examples=["<svg …></svg>"])


class FirstCode(Answer):
    """The first code of the authenticator app."""

    code: str = Field(min_length=1, max_length=40, examples=["123456"])


class RecoveryCodes(Answer):
    """Codes that each replace a code of the app once; shown this once."""

    recovery_codes: list[str] = Field(examples=[["MFRG-GZDF-MZTW-Q2LK"]])


class SecondFactorOff(Answer):
    """The second factor is off."""

    status: Literal["off"] = "off"


class ProviderProof(Answer):
    """What a sign-in through the provider still needs: the password, for linking, and the second factor."""

    password: Password | None = None
    code: SecondFactorCode | None = None
