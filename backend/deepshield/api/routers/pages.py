"""Pages of the API: its documentation, and a page in place of a web app that has not been built."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from deepshield.api.http.web import POLICY, REVALIDATED
from deepshield.domain.errors import Code, DeepShieldError

router = APIRouter(include_in_schema=False)
unbuilt = APIRouter(include_in_schema=False)

_OWN = Path(__file__).parents[1] / "static"
_SWAGGER = Path(str(files("fastapi_swagger").joinpath("resources")))
_FILES = {name: _OWN / name for name in ("docs.js", "icon.svg")} | {
    name: _SWAGGER / name for name in ("swagger-ui-bundle.js", "swagger-ui.css")
}
_READ = ["GET", "HEAD"]
_CACHED = {"Cache-Control": REVALIDATED}
_PAGE = {**_CACHED, "Content-Security-Policy": POLICY.format(styles="")}
# Swagger UI writes styles into its elements as it draws them.
_DOCS = {**_CACHED, "Content-Security-Policy": POLICY.format(styles=" 'unsafe-inline'")}


@router.get("/api/docs")
async def docs() -> FileResponse:
    """Show the OpenAPI document in Swagger UI."""
    return FileResponse(_OWN / "docs.html", headers=_DOCS)


@router.api_route("/static/{name}", methods=_READ)
async def static(name: str) -> FileResponse:
    """Return a script or style of the documentation."""
    if name not in _FILES:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such file.")
    return FileResponse(_FILES[name], headers=_CACHED)


@unbuilt.api_route("/", methods=_READ)
async def how_to_build() -> FileResponse:
    """Say how the web app is built."""
    return FileResponse(_OWN / "unbuilt.html", headers=_PAGE)
