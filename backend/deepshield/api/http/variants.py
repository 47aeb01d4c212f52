"""Requests that mean what a route takes and are spelled otherwise: HEAD for GET, and a slash at the end."""

from __future__ import annotations

from anyio import CancelScope
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_API = "/api/"


class TrailingSlash:
    """Answers an address of the API with a slash at its end like the one without.

    The framework would redirect, to an absolute address made of the request's own Host, and to plain HTTP
    behind a proxy that ends TLS.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; everything further in sees the plain address."""
        if _is_api(scope) and scope["path"].endswith("/"):
            scope["path"] = scope["path"].removesuffix("/")
            scope["raw_path"] = scope.get("raw_path", b"").removesuffix(b"/")
        await self._app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD with the status and the headers of GET (RFC 9110, section 9.3.2), and without its body.

    For the API, whose routes know GET alone; pages and files of the web app are served by what knows HEAD.
    A range is for GET alone (section 14.2) and is left out for both.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what would produce a body is stopped once the headers are out."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        if is_head:
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"range"]
        if not is_head or not _is_api(scope):
            await self._app(scope, receive, send)
            return
        # A copy: the server reads in its own scope that no body may follow.
        as_get = {**scope, "method": "GET"}
        with CancelScope() as answering:

            async def headers_alone(message: Message) -> None:
                if message["type"] != "http.response.start":
                    return
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answering.cancel()

            try:
                await self._app(as_get, receive, headers_alone)
            finally:
                scope.update({**as_get, "method": "HEAD"})  # the route, for the log and the figures


def _is_api(scope: Scope) -> bool:
    path: str = scope.get("path", "")
    return scope["type"] == "http" and path.startswith(_API)
