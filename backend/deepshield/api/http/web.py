"""Serving the web app, a static export of Next.js: caching, types, security policy; Starlette does the rest.

The export has no inline scripts and no inline styles (docs/adr/0009), so one policy holds for all its pages.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from urllib.parse import quote

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from deepshield.settings import SettingsError, WebSettings

BUILT = Path(__file__).parents[4] / "frontend" / "out"
"""The folder of the export in a checkout; `make web` writes it."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; connect-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
REVALIDATED = "no-cache"
_FOR_GOOD = "public, max-age=31536000, immutable"
_HASHED = "_next/static/"  # files whose names change with what is in them
_API = "/api"
_READ = ("GET", "HEAD")
_GZIP_LEVEL = 6  # 9 takes three times as long for a hundredth less
_BYTES = "application/octet-stream"
_TYPES = {  # the system's own table differs between machines
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


class WebApp(Mount):
    """Everything outside ``/api``; paths below it stay the API's, also those that it does not know."""

    def __init__(self, folder: Path) -> None:
        super().__init__("/", app=GZipMiddleware(_Export(folder), compresslevel=_GZIP_LEVEL), name="web")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request that is for a page or a file of the export."""
        path = scope["path"]
        if path == _API or path.startswith(f"{_API}/"):
            return Match.NONE, {}
        match, found = super().matches(scope)
        if match is Match.FULL and scope["method"] not in _READ:
            match = Match.PARTIAL
        return match, {**found, "route": self}  # its name in log and metrics


def export_folder(settings: WebSettings) -> Path | None:
    """Return the folder of the export; None when there is none.

    Raises `SettingsError` when WEB_DIR names a folder without an export.
    """
    if settings.dir is None:
        return BUILT if _is_export(BUILT) else None
    if not _is_export(settings.dir):
        raise SettingsError(f"WEB_DIR: {settings.dir} has no web app (index.html); `make web` builds it")
    return settings.dir


def _is_export(folder: Path) -> bool:
    return (folder / "index.html").is_file()


class _Export(StaticFiles):
    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file, ``index.html`` of a folder, or the export's 404 page with status 404."""
        response = await super().get_response(path, scope)
        if isinstance(response, RedirectResponse):
            return _with_slash(path, scope)
        if isinstance(response, FileResponse):
            response.headers["Content-Type"] = _TYPES.get(PurePath(response.path).suffix, _BYTES)
        found = response.status_code != 404
        response.headers["Cache-Control"] = _FOR_GOOD if found and path.startswith(_HASHED) else REVALIDATED
        response.headers["Content-Security-Policy"] = POLICY.format(styles="")
        return response


def _with_slash(path: str, scope: Scope) -> RedirectResponse:
    """Lead a page's address without slash to the one with it, on this host whatever the request names."""
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse(
        f"/{quote(path)}/" + (f"?{query}" if query else ""), 308, {"Cache-Control": REVALIDATED}
    )
