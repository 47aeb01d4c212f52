"""The start page and the API's own documentation; every file of theirs comes from here."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from deepshield.domain.errors import Code, DeepShieldError

router = APIRouter(include_in_schema=False)

_OWN = Path(__file__).parents[1] / "static"
_SWAGGER = Path(str(files("fastapi_swagger").joinpath("resources")))
_FILES = {name: _OWN / name for name in ("start.js", "start.css", "docs.js", "icon.svg")} | {
    name: _SWAGGER / name for name in ("swagger-ui-bundle.js", "swagger-ui.css")
}
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; connect-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_REVALIDATED = {"Cache-Control": "no-cache"}
_START = {**_REVALIDATED, "Content-Security-Policy": _CSP.format(style="")}
# Swagger UI writes styles into its elements as it draws them.
_DOCS = {**_REVALIDATED, "Content-Security-Policy": _CSP.format(style=" 'unsafe-inline'")}


@router.get("/")
async def start() -> FileResponse:
    """Show the upload form."""
    return FileResponse(_OWN / "start.html", headers=_START)


@router.get("/api/docs")
async def docs() -> FileResponse:
    """Show the OpenAPI document in Swagger UI."""
    return FileResponse(_OWN / "docs.html", headers=_DOCS)


@router.get("/static/{name}")
async def static(name: str) -> FileResponse:
    """Return a page's script or style."""
    if name not in _FILES:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such file.")
    return FileResponse(_FILES[name], headers=_REVALIDATED)
