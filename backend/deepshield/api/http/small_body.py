"""Routes whose bodies are a few JSON fields; a larger body is refused in the usual shape without reading it.

FastAPI's own `max_body_size` answers in plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

LARGEST_BYTES = 16 * 1024


class SmallBodyRoute(APIRoute):
    """A route that reads no more than `LARGEST_BYTES`: `APIRouter(route_class=SmallBodyRoute)`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Count what the route's own handler reads."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            return await handle(Request(request.scope, _counted(request.receive)))

        return limited


def _counted(receive: Receive) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BYTES:
            # FastAPI would take any other exception for invalid JSON.
            raise HTTPException(413, f"The request is larger than {LARGEST_BYTES} bytes. Send less.")
        return message

    return counting
