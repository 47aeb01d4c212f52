"""Limits on attempts to sign in and to register, over a moving window.

Attempts are counted in Redis where the broker is Redis, so that all API processes share one count; otherwise,
and while Redis does not answer, in this process. Keys are hashes, so that no address is stored.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.networks import network_of
from deepshield.settings import CelerySettings, Settings

_Answer = TypeVar("_Answer")
_WIDER = 10
"""The limits per address, and per account from any address, are this many times that of both together."""
_REDIS_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class Throttle:
    """One per process; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        tries, window = settings.saas.login_attempts, settings.saas.login_window_seconds
        self._tries = RateLimitItemPerSecond(tries, window, namespace="login")
        self._by_address = RateLimitItemPerSecond(tries * _WIDER, window, namespace="login-address")
        self._by_account = RateLimitItemPerSecond(tries * _WIDER, window, namespace="login-account")
        self._registrations = RateLimitItemPerSecond(tries, window, namespace="register")
        self._codes = RateLimitItemPerSecond(tries, window, namespace="second-factor")
        self._shared = _shared(settings.celery)
        self._local = MovingWindowRateLimiter(MemoryStorage())

    def admit_login(self, email: str, address: str) -> None:
        """Count an attempt; raises RATE_LIMITED with ``retry_after_seconds`` when there were too many."""
        place = network_of(address)
        self._refuse_when_full(self._by_address, place)
        self._refuse_when_full(self._by_account, email)
        self._count(self._tries, email, place)

    def login_failed(self, email: str, address: str) -> None:
        """Count an attempt with the wrong password against the address and against the account."""
        self._with_limiter(lambda limiter: limiter.hit(self._by_address, _key(network_of(address))))
        self._with_limiter(lambda limiter: limiter.hit(self._by_account, _key(email)))

    def login_succeeded(self, email: str, address: str) -> None:
        """Clear the attempts before the right password."""
        self._with_limiter(lambda limiter: limiter.clear(self._tries, _key(email, network_of(address))))

    def admit_code(self, user_id: str) -> None:
        """Count a code of a second factor, from whatever address; raises RATE_LIMITED when too many.

        A code has 6 digits, so that many addresses together must not have more tries than one.
        """
        self._count(self._codes, user_id)

    def code_taken(self, user_id: str) -> None:
        """Clear the codes before the right one."""
        self._with_limiter(lambda limiter: limiter.clear(self._codes, _key(user_id)))

    def admit_registration(self, address: str) -> None:
        """Count a registration; raises RATE_LIMITED with ``retry_after_seconds`` when there were too many."""
        self._count(self._registrations, network_of(address))

    def _refuse_when_full(self, limit: RateLimitItem, name: str) -> None:
        if not self._with_limiter(lambda limiter: limiter.test(limit, _key(name))):
            raise self._too_many(limit, name)

    def _count(self, limit: RateLimitItem, *names: str) -> None:
        if not self._with_limiter(lambda limiter: limiter.hit(limit, _key(*names))):
            raise self._too_many(limit, *names)

    def _too_many(self, limit: RateLimitItem, *names: str) -> DeepShieldError:
        stats = self._with_limiter(lambda limiter: limiter.get_window_stats(limit, _key(*names)))
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return DeepShieldError(Code.RATE_LIMITED, retry_after_seconds=seconds)

    def _with_limiter(self, use: Callable[[MovingWindowRateLimiter], _Answer]) -> _Answer:
        if self._shared is not None:
            try:
                return use(self._shared)
            except StorageError as error:
                _log.warning(
                    "login attempts are counted in this process alone",
                    reason=type(error.storage_error).__name__,
                )
        return use(self._local)


def _shared(celery: CelerySettings) -> MovingWindowRateLimiter | None:
    if not celery.is_redis:
        return None
    storage = RedisStorage(
        celery.broker_url,
        key_prefix="deepshield-throttle",
        wrap_exceptions=True,
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
    )
    return MovingWindowRateLimiter(storage)


def _key(*names: str) -> str:
    return hashlib.sha256("\0".join(names).encode()).hexdigest()
