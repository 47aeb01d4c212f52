"""How the application is served: uvicorn's settings, and the limits of connections."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

from deepshield.api.http.connections import guarded
from deepshield.settings import Settings

_CLOSE_SECONDS = 3  # how long answers that are under way may take when the API stops
_IDLE_SECONDS = 65  # longer than proxies keep their connections


def server_of(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """Return a server of the application; ``run(sockets=[…])`` serves until it is told to stop."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        http=guarded(settings.api),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whose word is believed is decided in api.http.client
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_CLOSE_SECONDS,
    )
    return uvicorn.Server(config)
