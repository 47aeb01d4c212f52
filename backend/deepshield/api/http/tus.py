"""What the tus protocol asks of every request to the routes of resumable uploads."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROUTE = "/api/uploads"
RESUMABLE = "Tus-Resumable"
_OVERRIDABLE = frozenset({"PATCH", "DELETE"})


class TusProtocol:
    """Names the protocol's version in every answer, says by OPTIONS what the server can, and takes
    X-HTTP-Method-Override from clients that cannot send PATCH or DELETE.

    ``able`` are the headers of the answer to OPTIONS.
    """

    def __init__(self, app: ASGIApp, version: str, able: dict[str, str]) -> None:
        self._app, self._version, self._able = app, version, able

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _is_upload(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[RESUMABLE] = self._version
                if message["status"] == 412:
                    headers["Tus-Version"] = self._version
                if message["status"] == 405:
                    headers["Allow"] += ", OPTIONS"
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=self._able)(scope, receive, answer)
            return
        meant = Headers(scope=scope).get("x-http-method-override", "").upper()
        if scope["method"] == "POST" and meant in _OVERRIDABLE:
            scope["method"] = meant
        await self._app(scope, receive, answer)


def _is_upload(path: str) -> bool:
    return path == ROUTE or path.startswith(f"{ROUTE}/")
