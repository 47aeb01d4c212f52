"""Access tokens: only ours, whole, of this purpose and in time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from deepshield.accounts import tokens
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in

pytestmark = pytest.mark.unit

KEY = "0123456789abcdef" * 5
NOW = datetime.now(UTC).replace(microsecond=0)
CLAIMS = tokens.Claims("user-1", "login-1")


def signed(**changes: Any) -> str:
    payload = {
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "sub": CLAIMS.user_id,
        "jti": CLAIMS.session_id,
        "iat": NOW,
        "exp": NOW + timedelta(hours=1),
        **changes,
    }
    return jwt.encode({name: value for name, value in payload.items() if value is not None}, KEY, "HS256")


def unsigned() -> str:
    """Return a token of algorithm "none" with the right claims."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=")
    return f"{header.decode()}.{signed().split('.')[1]}."


def test_a_token_says_who_and_which_login() -> None:
    token = tokens.sign(CLAIMS, KEY, NOW, NOW + timedelta(hours=1))
    assert tokens.read(token, KEY) == CLAIMS


@pytest.mark.parametrize(
    "times",
    [
        {"iat": timedelta(seconds=50)},
        {"nbf": timedelta(seconds=50)},
        {"exp": -timedelta(seconds=10)},
    ],
)
def test_clocks_may_be_a_minute_apart(times: dict[str, timedelta]) -> None:
    # A time from the start of the run would be too long ago by now.
    token = signed(**{name: datetime.now(UTC) + apart for name, apart in times.items()})
    assert tokens.read(token, KEY) == CLAIMS


@pytest.mark.parametrize(
    "forged",
    [
        lambda: "",
        lambda: "a.b.c",
        lambda: "x" * 100_000,
        lambda: "\u00e9.\u00e9.\u00e9",
        unsigned,
        lambda: jwt.encode(jwt.decode(signed(), options={"verify_signature": False}), KEY, "HS512"),
        lambda: jwt.encode(jwt.decode(signed(), options={"verify_signature": False}), KEY[::-1], "HS256"),
        lambda: signed()[:-4] + "AAAA",
        lambda: signed(exp=NOW - timedelta(seconds=61)),
        lambda: signed(iat=NOW + timedelta(hours=1)),
        lambda: signed(iss="somebody"),
        lambda: signed(aud="something"),
        lambda: signed(nbf=NOW + timedelta(hours=1)),
        *(lambda name=name: signed(**{name: None}) for name in ("exp", "iat", "iss", "aud", "sub", "jti")),
    ],
)
def test_any_other_token_is_refused_with_one_message(forged: Callable[[], str]) -> None:
    with pytest.raises(DeepShieldError) as refused:
        tokens.read(forged(), KEY)
    assert refused.value.code is Code.UNAUTHORIZED
    assert refused.value.message == not_signed_in().message
    assert not refused.value.details
