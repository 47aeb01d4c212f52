"""The application: routers, middleware, and the resources opened at its start and closed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from deepshield.api import openapi
from deepshield.api.deps import OWNER_SECRET, WORKSPACE, refuse_cross_site
from deepshield.api.documented import JOB_ERRORS, SERVICE_ERRORS
from deepshield.api.events import ProgressHub
from deepshield.api.http import errors, tus
from deepshield.api.http.credentials import API_KEY
from deepshield.api.http.middleware import REQUEST_ID, BodyLimit, RequestContext, SafetyNet, SecurityHeaders
from deepshield.api.http.tus import TusProtocol
from deepshield.api.http.variants import HeadAsGet, TrailingSlash
from deepshield.api.http.web import WebApp, export_folder
from deepshield.api.once import IDEMPOTENCY_KEY, REPLAYED
from deepshield.api.ratelimit import RateLimit, RequestLimiter
from deepshield.api.routers import (
    accounts,
    activity,
    analyze,
    artifacts,
    batches,
    custody,
    datasets,
    evaluations,
    exports,
    feedback,
    health,
    jobs,
    keys,
    law,
    limits,
    marks,
    media,
    metrics,
    near,
    oidc,
    pages,
    policies,
    previews,
    rechecks,
    report,
    results,
    resumable,
    reviews,
    second_factor,
    sessions,
    share,
    views,
    webhooks,
    workspaces,
)
from deepshield.api.state import ApiState
from deepshield.intake.tus import ALGORITHM, EXTENSIONS, VERSION
from deepshield.persistence import migrate
from deepshield.resources import Resources, open_resources
from deepshield.settings import Settings, load_settings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_ALLOWED = [
    "Authorization",
    API_KEY,
    "Content-Type",
    IDEMPOTENCY_KEY,
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    OWNER_SECRET,
    share.SHARE_TOKEN,
    REQUEST_ID,
    tus.RESUMABLE,
    "Upload-Checksum",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-HTTP-Method-Override",
    WORKSPACE,
]
_EXPOSED = [
    "ETag",
    "Location",
    REPLAYED,
    REQUEST_ID,
    "Retry-After",
    tus.RESUMABLE,
    "Upload-Expires",
    "Upload-Length",
    "Upload-Offset",
    "X-Job-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
]
_LARGEST_FORM = 64 * 1024  # bytes of a JSON body
_LONGEST_FORM_SECONDS = 30.0
_STREAMED = ("/api/analyze-image", "/api/analyze-video", "/api/predict", "/api/batches", tus.ROUTE)
_HSTS = "max-age=31536000"

Opener = Callable[[Settings], Resources]


class Application(FastAPI):
    """FastAPI with this service's OpenAPI document."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self.settings = settings

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if self.openapi_schema is None:
            openapi.finish(super().openapi(), self.settings)
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(settings: Settings | None = None, opener: Opener = open_resources) -> FastAPI:
    """Build the application; what ``opener`` opens at its start is closed at its end."""
    settings = settings or load_settings()
    limiter = RequestLimiter(settings) if settings.rate.limit_rps > 0 else None
    app = Application(
        settings,
        title="DeepShield",
        version=version("deepshield"),
        summary=openapi.SUMMARY,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        openapi_url="/api/openapi.json",
        docs_url=None,  # replaced by a page that loads nothing from other hosts
        redoc_url=None,
        redirect_slashes=False,  # see TrailingSlash
        generate_unique_id_function=openapi.operation_id,
        lifespan=_lifespan(settings, opener, limiter),
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    errors.install(app)
    _include(app, settings)
    _surround(app, settings, limiter)
    return app


def _include(app: FastAPI, settings: Settings) -> None:
    app.router.routes.extend(_routes())
    if settings.enable_prometheus_metrics:
        app.include_router(metrics.router, prefix="/api")
    app.include_router(pages.router)
    export = export_folder(settings.web)
    if export is None:
        app.include_router(pages.unbuilt)
    else:
        app.router.routes.append(WebApp(export))


@cache
def _routes() -> list[BaseRoute]:
    """Return the routes that every application of this process shares.

    FastAPI works out what a route takes and answers when a request first comes near it, and keeps that with
    the route. It takes half a second of processor time for all of them, so it is done once in a process.
    """
    shared = APIRouter(generate_unique_id_function=openapi.operation_id)
    guarded = [Depends(refuse_cross_site)]
    for module in (health, limits, law):
        shared.include_router(module.router, prefix="/api", responses=SERVICE_ERRORS)
    for module in (
        analyze,
        batches,
        resumable,
        results,
        report,
        custody,
        near,
        feedback,
        jobs,
        marks,
        previews,
        share,
        artifacts,
        media,
        views,
        exports,
        datasets,
        evaluations,
        policies,
    ):
        shared.include_router(module.router, prefix="/api", dependencies=guarded, responses=JOB_ERRORS)
    for module in (share, report, feedback):
        shared.include_router(module.shared, prefix="/api", responses=SERVICE_ERRORS)
    for module in (accounts, sessions, second_factor, oidc, keys, webhooks, workspaces, reviews, activity):
        shared.include_router(module.router, prefix="/api", responses=SERVICE_ERRORS)
    for router in (webhooks.deliveries, workspaces.invitations, rechecks.router, rechecks.of_media):
        shared.include_router(router, prefix="/api", responses=SERVICE_ERRORS)
    return shared.routes


def _surround(app: FastAPI, settings: Settings, limiter: RequestLimiter | None) -> None:
    """Add the middleware; the one added last handles a request first."""
    app.add_middleware(
        BodyLimit, max_bytes=_LARGEST_FORM, max_seconds=_LONGEST_FORM_SECONDS, streamed=_STREAMED
    )
    app.add_middleware(SafetyNet)
    if limiter is not None:
        app.add_middleware(RateLimit, settings=settings, limiter=limiter)
    app.add_middleware(TusProtocol, version=VERSION, able=_uploads(settings))
    if settings.cors.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors.allowed_origins,
            # A browser sends credentials to named origins only, never to "*".
            allow_credentials="*" not in settings.cors.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_ALLOWED,
            expose_headers=_EXPOSED,
        )
    app.add_middleware(SecurityHeaders, headers=_headers(settings))
    app.add_middleware(HeadAsGet)
    app.add_middleware(RequestContext)
    app.add_middleware(TrailingSlash)


def _uploads(settings: Settings) -> dict[str, str]:
    """Return what the server can of the tus protocol, as headers."""
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.file.max_bytes),
        "Tus-Checksum-Algorithm": ALGORITHM,
    }


def _headers(settings: Settings) -> dict[str, str]:
    by_tls = settings.public_url is not None and settings.public_url.scheme == "https"
    return {**_HEADERS, "Strict-Transport-Security": _HSTS} if by_tls else _HEADERS


def _lifespan(
    settings: Settings, opener: Opener, limiter: RequestLimiter | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        resources = opener(settings)
        try:
            if settings.run_db_migrations_on_startup:
                await run_in_threadpool(migrate.upgrade, resources.database)
            state = ApiState.of(resources).keep_in(app)
            async with _running(state.hub):
                yield
        finally:
            if limiter is not None:
                await limiter.close()
            resources.close()

    return lifespan


@asynccontextmanager
async def _running(hub: ProgressHub) -> AsyncIterator[None]:
    watching = asyncio.create_task(hub.run())
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
