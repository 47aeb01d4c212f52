"""The limit on requests per second of an account or an address, of IPv6 a /64.

Requests are counted over a sliding window that RATE_LIMIT_BURST requests fill at RATE_LIMIT_RPS: in Redis
where the broker is Redis, so that all API processes share one count; otherwise, and while Redis does not
answer, in this process.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from deepshield.accounts import tokens
from deepshield.api.http.client import TrustedProxies
from deepshield.api.http.credentials import api_key, bearer_token, cookie_token
from deepshield.api.http.errors import refusal
from deepshield.api.state import state_of
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.networks import network_of
from deepshield.observability import metrics
from deepshield.secret import signing_key
from deepshield.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

_REDIS_SECONDS = 0.5
_REDIS_REST_SECONDS = 10.0  # until an unreachable Redis is tried again
_log = structlog.get_logger(__name__)


class RequestLimiter:
    """Counts requests; one per process, used from its event loop alone."""

    def __init__(self, settings: Settings) -> None:
        rate = settings.rate
        seconds = max(1, math.ceil(rate.limit_burst / rate.limit_rps))
        amount = max(1, round(rate.limit_rps * seconds))
        self.limit = RateLimitItemPerSecond(amount, seconds, namespace="requests")
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._connections = _connections(settings)
        self._shared = _in_redis(settings, self._connections) if self._connections is not None else None
        self._shared_from = 0.0

    async def admit(self, who: str) -> int | None:
        """Count a request; return the seconds to wait when it is over the limit, else None."""
        if self._shared is not None and time.monotonic() >= self._shared_from:
            try:
                return await self._count_request(self._shared, who)
            except StorageError as error:
                self._shared_from = time.monotonic() + _REDIS_REST_SECONDS
                _log.warning(
                    "requests are counted in this process alone", reason=type(error.storage_error).__name__
                )
        return await self._count_request(self._local, who)

    async def close(self) -> None:
        """Close connections."""
        if self._connections is not None:
            await self._connections.disconnect()

    async def _count_request(self, limiter: SlidingWindowCounterRateLimiter, who: str) -> int | None:
        if await limiter.hit(self.limit, who):
            return None
        stats = await limiter.get_window_stats(self.limit, who)
        return max(1, math.ceil(stats.reset_time - time.time()))


class RateLimit:
    """Refuses requests of an account or address that sends too many; probes and metrics do not count."""

    def __init__(self, app: ASGIApp, settings: Settings, limiter: RequestLimiter) -> None:
        self._app = app
        self._settings = settings
        self._limiter = limiter
        self._proxies = TrustedProxies(settings.trusted.proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _is_counted(scope["path"]):
            await self._app(scope, receive, send)
            return
        seconds = await self._limiter.admit(self._who(scope))
        if seconds is None:
            await self._app(scope, receive, send)
            return
        metrics.RATE_LIMITED.inc()
        error = DeepShieldError(Code.RATE_LIMITED, retry_after_seconds=seconds)
        await refusal(scope, error)(scope, receive, send)

    def _who(self, scope: Scope) -> str:
        """Name the account of a known key or a validly signed token, else the address, of IPv6 its /64.

        Forged ones gain nothing. A key is known once this process has opened it.
        """
        connection = HTTPConnection(scope)
        secret = api_key(connection)
        if secret is not None:
            owner_id = state_of(connection).seen_keys.owner_of(secret)
            return f"account:{owner_id}" if owner_id else self._from(scope)
        token = bearer_token(connection) or cookie_token(connection, self._settings)
        if token is not None:
            try:
                return f"account:{tokens.read(token, signing_key(self._settings)).user_id}"
            except DeepShieldError:
                pass
        return self._from(scope)

    def _from(self, scope: Scope) -> str:
        return f"address:{network_of(self._proxies.client_address(scope))}"


def _is_counted(path: str) -> bool:
    return path.startswith("/api/") and not path.startswith(("/api/health", "/api/metrics"))


def _connections(settings: Settings) -> ConnectionPool | None:
    if not settings.celery.is_redis:
        return None
    from redis.asyncio import ConnectionPool  # a heavy import that a service without Redis does not need

    return ConnectionPool.from_url(
        settings.celery.broker_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )


def _in_redis(settings: Settings, connections: ConnectionPool) -> SlidingWindowCounterRateLimiter:
    storage = RedisStorage(
        f"async+{settings.celery.broker_url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="deepshield-requests",
        connection_pool=connections,  # type: ignore[arg-type]
    )
    return SlidingWindowCounterRateLimiter(storage)
