"""Hashes of passwords, and which passwords are taken."""

from __future__ import annotations

import pytest
from passlib.hash import argon2

from deepshield.accounts import passwords
from deepshield.accounts.password_policy import refuse_guessable
from deepshield.domain.errors import Code, DeepShieldError

pytestmark = pytest.mark.unit


def test_a_password_is_known_by_its_hash() -> None:
    kept = passwords.hash_password("correct horse")
    assert passwords.matches("correct horse", kept)
    assert not passwords.matches("correct horsf", kept)
    assert not passwords.matches("", kept)


def test_a_hash_is_salted_argon2id_of_the_stated_cost() -> None:
    first, second = (passwords.hash_password("correct horse") for _ in range(2))
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_nobodys_password_matches() -> None:
    assert not passwords.matches("correct horse", None)


def test_every_character_counts() -> None:
    kept = passwords.hash_password("p" * 127 + "a")
    assert not passwords.matches("p" * 127 + "b", kept)
    assert not passwords.matches("p" * 127 + "a\0", kept)


def test_a_hash_of_other_costs_still_counts_and_is_outdated() -> None:
    older = argon2.using(type="ID", memory_cost=8192, time_cost=1, parallelism=1).hash("correct horse")
    assert passwords.matches("correct horse", older)
    assert passwords.is_outdated(older)
    assert not passwords.is_outdated(passwords.hash_password("correct horse"))


@pytest.mark.parametrize(
    "password",
    [
        *("password", "PassWord1", "passwort123!", "12345678", "87654321", "abcdefgh", "qwertzuiop"),
        *("aaaaaaaa", "abababab", "89012345", "ada.lovelace", "Ada.Lovelace@example.org"),
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    with pytest.raises(DeepShieldError) as refused:
        refuse_guessable(password, "ada.lovelace@example.org")
    assert refused.value.code == Code.WEAK_PASSWORD


@pytest.mark.parametrize("password", ["correct horse", "battery staple", "four words in a row", "kT7#qpLz"])
def test_other_passwords_are_taken(password: str) -> None:
    refuse_guessable(password, "ada.lovelace@example.org")
