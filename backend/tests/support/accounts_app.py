"""An application of the account routes and one route of each kind of access, over given resources."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from deepshield.api.auth import AnalysingOwner, CurrentLogin
from deepshield.api.http import errors
from deepshield.api.routers import accounts, limits, oidc, second_factor, sessions
from deepshield.api.state import ApiState
from deepshield.resources import Resources

ADA, PASSWORD = "ada@example.com", "correct horse"
CREDENTIALS = {"email": ADA, "password": PASSWORD}
COOKIE = "deepshield_session"


def app_of(resources: Resources) -> FastAPI:
    """Build the application; ``/api/anybody`` and ``/api/somebody`` answer with who asks."""
    app = FastAPI()
    ApiState.of(resources).keep_in(app)
    errors.install(app)
    for module in (accounts, sessions, second_factor, oidc, limits):
        app.include_router(module.router, prefix="/api")

    @app.api_route("/api/anybody", methods=["GET", "POST"])
    def anybody(owner: AnalysingOwner) -> dict[str, Any]:
        return {"owner": asdict(owner) if owner else None}

    @app.api_route("/api/somebody", methods=["GET", "POST"])
    def somebody(login: CurrentLogin) -> dict[str, Any]:
        return {"owner": asdict(login.owner)}

    return app


def client_of(resources: Resources, **options: Any) -> TestClient:
    """Return a client with a cookie jar of its own."""
    return TestClient(app_of(resources), **options)


def bearer(token: str) -> dict[str, str]:
    """Return the header of a program that keeps its token itself."""
    return {"Authorization": f"Bearer {token}"}
