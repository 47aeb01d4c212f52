"""Hashes of passwords."""

from __future__ import annotations

import pytest
from passlib.hash import argon2

from deepshield.accounts import passwords

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
