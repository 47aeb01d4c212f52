"""The application: routers, what surrounds them, and what is opened at the start and closed at the end."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from deepshield.api import errors
from deepshield.api.events import ProgressHub
from deepshield.api.middleware import REQUEST_ID, RequestContext, SafetyNet, SecurityHeaders
from deepshield.settings import Settings, load_settings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_ROUTERS = ("health", "auth", "analyze", "results", "jobs", "artifacts", "limits", "metrics")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; nothing is opened before it starts."""
    settings = settings or load_settings()
    app = FastAPI(
        title="DeepShield",
        version=version("deepshield"),
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    errors.install(app)
    for name in _ROUTERS:
        module = f"deepshield.api.routers.{name}"
        if importlib.util.find_spec(module):
            app.include_router(importlib.import_module(module).router, prefix="/api")
    _surround(app, settings)
    return app


def _surround(app: FastAPI, settings: Settings) -> None:
    """Put the middleware around the routes; what is added last sees a request first."""
    app.add_middleware(SafetyNet)
    if settings.cors.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors.allowed_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", REQUEST_ID],
            expose_headers=[REQUEST_ID, "Retry-After"],
        )
    app.add_middleware(SecurityHeaders, headers=_HEADERS)
    app.add_middleware(RequestContext)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    from deepshield.jobs import lookup
    from deepshield.persistence import migrate
    from deepshield.resources import open_resources

    settings: Settings = app.state.settings
    resources = open_resources(settings)
    try:
        if settings.run_db_migrations_on_startup:
            migrate.upgrade(resources.database)
        app.state.resources = resources
        app.state.hub = hub = ProgressHub(lambda ids: lookup.revisions(resources, ids))
        watching = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
    finally:
        resources.close()
