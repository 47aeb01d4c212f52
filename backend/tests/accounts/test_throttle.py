"""How often one may try, counted in this process and, where there is one, in Redis."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from service_parts import MakeSettings
from services import free_port, wait_until

from deepshield.accounts.throttle import Throttle
from deepshield.domain.errors import Code, DeepShieldError

pytestmark = pytest.mark.integration

ADA, BOB = "ada@example.com", "bob@example.com"
HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(params=["memory", "redis"])
def broker_url(request: pytest.FixtureRequest) -> str:
    return "filesystem://" if request.param == "memory" else str(request.getfixturevalue("redis_url"))


@pytest.fixture
def throttle(make_settings: MakeSettings, broker_url: str) -> Throttle:
    return Throttle(make_settings(celery={"broker_url": broker_url}))


def refusal(call: Callable[[], object]) -> DeepShieldError:
    with pytest.raises(DeepShieldError) as refused:
        call()
    assert refused.value.code is Code.RATE_LIMITED
    return refused.value


def test_ten_tries_and_then_a_wait_of_known_length(throttle: Throttle) -> None:
    for _ in range(10):
        throttle.admit_login(ADA, HERE)
    refused = refusal(lambda: throttle.admit_login(ADA, HERE))
    assert 890 <= refused.details["retry_after_seconds"] <= 900


def test_others_and_other_places_are_not_held_up(throttle: Throttle) -> None:
    for _ in range(10):
        throttle.admit_login(ADA, HERE)
    throttle.admit_login(BOB, HERE)
    throttle.admit_login(ADA, THERE)


def test_parallel_tries_are_all_counted(throttle: Throttle) -> None:
    def admitted(_: int) -> bool:
        try:
            throttle.admit_login(ADA, HERE)
        except DeepShieldError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(admitted, range(40))) == 10


def test_the_right_password_clears_the_tries(throttle: Throttle) -> None:
    for _ in range(30):
        throttle.admit_login(ADA, HERE)
        throttle.login_succeeded(ADA, HERE)


def test_an_address_that_tries_many_accounts_is_refused(throttle: Throttle) -> None:
    for number in range(100):
        throttle.admit_login(f"user{number}@example.com", HERE)
        throttle.login_failed(f"user{number}@example.com", HERE)
    refusal(lambda: throttle.admit_login(BOB, HERE))
    throttle.admit_login(BOB, THERE)


def test_an_account_tried_from_many_addresses_is_refused(throttle: Throttle) -> None:
    for number in range(100):
        throttle.admit_login(ADA, f"203.0.113.{number}")
        throttle.login_failed(ADA, f"203.0.113.{number}")
    refusal(lambda: throttle.admit_login(ADA, HERE))
    throttle.admit_login(BOB, HERE)


def test_a_customers_ipv6_addresses_are_one(throttle: Throttle) -> None:
    for number in range(10):
        throttle.admit_login(ADA, f"2001:db8:1:2::{number:x}")
    refusal(lambda: throttle.admit_login(ADA, "2001:db8:1:2:ffff::1"))
    throttle.admit_login(ADA, "2001:db8:1:3::1")
    for _ in range(9):
        throttle.admit_login(ADA, HERE)
    throttle.admit_login(ADA, f"::ffff:{HERE}")
    refusal(lambda: throttle.admit_login(ADA, HERE))


def test_registrations_have_a_count_of_their_own(throttle: Throttle) -> None:
    for _ in range(10):
        throttle.admit_registration(HERE)
    assert refusal(lambda: throttle.admit_registration(HERE)).details["retry_after_seconds"] > 0
    throttle.admit_registration(THERE)
    throttle.admit_login(ADA, HERE)


def test_the_window_moves_on(make_settings: MakeSettings, broker_url: str) -> None:
    settings = make_settings(
        celery={"broker_url": broker_url}, saas={"login_attempts": 2, "login_window_seconds": 1}
    )
    throttle = Throttle(settings)
    throttle.admit_login(ADA, HERE)
    throttle.admit_login(ADA, HERE)
    refusal(lambda: throttle.admit_login(ADA, HERE))
    started = time.monotonic()

    def admitted() -> bool:
        try:
            throttle.admit_login(ADA, HERE)
        except DeepShieldError:
            return False
        return True

    wait_until(admitted, 5)
    assert time.monotonic() - started > 0.5


def test_api_processes_count_together_in_redis(make_settings: MakeSettings, redis_url: str) -> None:
    settings = make_settings(celery={"broker_url": redis_url})
    first, second = Throttle(settings), Throttle(settings)
    for _ in range(5):
        first.admit_login(ADA, HERE)
        second.admit_login(ADA, HERE)
    refusal(lambda: first.admit_login(ADA, HERE))
    refusal(lambda: second.admit_login(ADA, HERE))


def test_without_redis_each_process_still_counts(make_settings: MakeSettings) -> None:
    throttle = Throttle(make_settings(celery={"broker_url": f"redis://127.0.0.1:{free_port()}/0"}))
    for _ in range(10):
        throttle.admit_login(ADA, HERE)
    refusal(lambda: throttle.admit_login(ADA, HERE))
    throttle.login_failed(ADA, HERE)
    throttle.login_succeeded(ADA, HERE)
    throttle.admit_login(ADA, HERE)


def test_redis_keeps_no_address(make_settings: MakeSettings, redis_url: str) -> None:
    import redis

    throttle = Throttle(make_settings(celery={"broker_url": redis_url}))
    throttle.admit_login(ADA, HERE)
    throttle.login_failed(ADA, HERE)
    throttle.admit_registration(HERE)
    with redis.Redis.from_url(redis_url) as client:
        keys = b"\n".join(client.keys())
    assert keys
    assert b"ada" not in keys
    assert HERE.encode() not in keys
