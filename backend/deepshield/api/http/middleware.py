"""Middleware around every request: id, log line, metrics, headers, and the handler of uncaught errors."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Collection, Mapping

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deepshield.api.http.declared import declared_bytes
from deepshield.api.http.errors import fault
from deepshield.observability import metrics

REQUEST_ID = "X-Request-ID"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_JOB_ID = re.compile(r"[0-9a-f-]{36}")
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)  # clients can invent others
_QUIET = frozenset({"/api/health", "/api/health/live", "/api/health/ready", "/api/metrics"})

_log = structlog.get_logger("deepshield.request")


class RequestContext:
    """Gives a request its id, writes its line in the log, and counts it.

    An id that the caller sends is kept when it is plain: 8 to 64 letters, digits, dots, dashes, underscores.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            finally:
                _account(scope, status, time.perf_counter() - started)


class SafetyNet:
    """Answers an uncaught exception with an internal error in the usual shape, and logs it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; an answer that has begun can only be aborted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            return
        except Exception:
            _log.exception("request failed")
            if begun:
                raise
            await fault(scope)(scope, receive, send)


class BodyLimit:
    """Stops reading a body larger or slower than any form; paths below ``streamed`` have their own limits."""

    def __init__(self, app: ASGIApp, max_bytes: int, max_seconds: float, streamed: Collection[str]) -> None:
        self._app = app
        self._max_bytes, self._max_seconds = max_bytes, max_seconds
        self._streamed = tuple(streamed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(self._streamed):
            await self._app(scope, receive, send)
            return
        read, whole = 0, False
        end = asyncio.get_running_loop().time() + self._max_seconds
        declared = declared_bytes(HTTPConnection(scope)) or 0

        async def counted() -> Message:
            nonlocal read, whole
            if declared > self._max_bytes:  # who waits to send it is not asked to
                raise self._too_large()
            try:
                async with asyncio.timeout_at(None if whole else end):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(408, "The request took too long to arrive. Send it again.") from error
            whole = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise self._too_large()
            return message

        await self._app(scope, counted, send)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"The request is larger than {self._max_bytes} bytes. Send less.")


class SecurityHeaders:
    """Adds headers to every answer that does not have them."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = dict(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, answer if scope["type"] == "http" else send)


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode("ascii") if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


def _account(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
    write = _log.debug if scope["path"] in _QUIET else _log.info
    job_id = scope.get("path_params", {}).get("job_id", "")
    facts = {"job_id": job_id} if _JOB_ID.fullmatch(job_id) else {}
    # The route instead of the path and the query, which may contain personal data.
    write("request", method=method, route=route, status=status, ms=round(1000 * seconds, 1), **facts)


def _route(scope: Scope) -> str:
    """Return the template of the path; "none" where nothing matched, since clients must not create labels."""
    route = scope.get("route")
    path: str | None = getattr(route, "path", None)
    if path is None:
        return "none"
    if not path:  # the web app's pages and files, whichever
        return "/"
    # An included route has its path without the prefix that it was included under.
    return f"/api{path}" if scope["path"].startswith("/api/") and not path.startswith("/api/") else path
