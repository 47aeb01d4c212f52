"""One spelling per address."""

from __future__ import annotations

import pytest

from deepshield.accounts.emails import normalise
from deepshield.domain.errors import Code, DeepShieldError

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace@Example.COM", "ada.lovelace@example.com"),
        ("ada+tag@example.com", "ada+tag@example.com"),
        ("A\u0301da@example.com", "\u00e1da@example.com"),
        ("ada@xn--bcher-kva.example.com", "ada@b\u00fccher.example.com"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert normalise(typed) == kept
    assert normalise(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@example.com\0", "ada@[127.0.0.1]", "a" * 400],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(DeepShieldError) as refused:
        normalise(typed)
    assert refused.value.code is Code.VALIDATION_ERROR
    assert typed == "" or typed not in refused.value.message
