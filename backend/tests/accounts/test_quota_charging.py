"""The daily quota under parallel submits, on both databases."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from deepshield.accounts.administration import create_user
from deepshield.domain.quota import Tier
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import usage

pytestmark = pytest.mark.integration

TODAY, TOMORROW = date(2026, 3, 28), date(2026, 3, 29)
ROUNDS = int(os.environ.get("DEEPSHIELD_QUOTA_ROUNDS", "3"))
SUBMITS, AT_ONCE, LIMIT = 100, 20, 20


@pytest.fixture
def user(database: Database) -> str:
    return create_user(database, "ada@example.com", "correct horse", Tier.FREE)


def charged(database: Database, user: str, day: date, limit: int | None) -> bool:
    with database.write() as session:
        return usage.charge(session, user, day, limit)


def used(database: Database, user: str, day: date) -> int:
    with database.read() as session:
        return usage.used(session, user, day)


def test_parallel_submits_never_pass_the_limit(database: Database, user: str) -> None:
    for number in range(ROUNDS):
        day = date.fromordinal(TODAY.toordinal() + number)
        together = Barrier(AT_ONCE)

        def share(_: int, day: date = day, together: Barrier = together) -> int:
            together.wait()
            return sum(charged(database, user, day, LIMIT) for _ in range(SUBMITS // AT_ONCE))

        with ThreadPoolExecutor(AT_ONCE) as threads:
            accepted = sum(threads.map(share, range(AT_ONCE)))
        assert accepted == LIMIT
        assert used(database, user, day) == LIMIT


def test_a_refund_makes_room_for_one_more(database: Database, user: str) -> None:
    assert all(charged(database, user, TODAY, 3) for _ in range(3))
    assert not charged(database, user, TODAY, 3)
    with database.write() as session:
        usage.refund(session, user, TODAY)
    assert charged(database, user, TODAY, 3)
    assert not charged(database, user, TODAY, 3)


def test_parallel_charges_and_refunds_add_up(database: Database, user: str) -> None:
    def churn(_: int) -> None:
        for _ in range(5):
            assert charged(database, user, TODAY, None)
            with database.write() as session:
                usage.refund(session, user, TODAY)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(churn, range(8)))
    assert used(database, user, TODAY) == 0


def test_use_never_falls_below_none(database: Database, user: str) -> None:
    with database.write() as session:
        usage.refund(session, user, TODAY)
        assert usage.charge(session, user, TODAY, 1)
        usage.refund(session, user, TODAY)
        usage.refund(session, user, TODAY)
    assert used(database, user, TODAY) == 0


def test_days_and_accounts_are_counted_apart(database: Database, user: str) -> None:
    other = create_user(database, "bob@example.com", "correct horse", Tier.FREE)
    assert charged(database, user, TODAY, 1)
    assert not charged(database, user, TODAY, 1)
    assert charged(database, user, TOMORROW, 1)
    assert charged(database, other, TODAY, 1)


def test_a_transaction_that_fails_charges_nothing(database: Database, user: str) -> None:
    def submit_that_fails() -> None:
        with database.write() as session:
            assert usage.charge(session, user, TODAY, 5)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        submit_that_fails()
    assert used(database, user, TODAY) == 0


def test_a_limit_of_none_at_all_and_no_limit(database: Database, user: str) -> None:
    assert not charged(database, user, TODAY, 0)
    assert all(charged(database, user, TODAY, None) for _ in range(25))
    assert not charged(database, user, TODAY, 20)
    assert used(database, user, TODAY) == 25


def test_nobody_cannot_be_charged(database: Database) -> None:
    with pytest.raises(IntegrityError):
        charged(database, "nobody", TODAY, 5)
