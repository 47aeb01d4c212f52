"""Protection against cross-site request forgery.

A browser adds the cookie also to requests from another site's page, and reports this in ``Sec-Fetch-Site``
or, over plain HTTP, in ``Origin``, which pages cannot change. Programs send neither. A browser never adds a
Bearer token or an API key by itself, so requests with one are not checked.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from deepshield.api.http.credentials import api_key, bearer_token, cookie_token
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.settings import Settings

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


def refuse_cross_site(request: Request, settings: Settings) -> None:
    """Raise CROSS_SITE_REQUEST for a change that another site requests with somebody's cookie."""
    if cookie_token(request, settings) is not None:
        refuse_foreign_page(request, settings)


def refuse_foreign_page(request: Request, settings: Settings) -> None:
    """Raise CROSS_SITE_REQUEST for a change that another site's page requests, with or without a cookie.

    For login and registration, which another site could use to sign a visitor in to an account of its own.
    """
    if request.method in _SAFE or bearer_token(request) is not None or api_key(request) is not None:
        return
    if not _from_here(request, settings):
        raise DeepShieldError(
            Code.CROSS_SITE_REQUEST,
            "This request comes from another site. If it is yours, name it in CORS_ALLOWED_ORIGINS."
            " If a proxy changes the host name, set PUBLIC_URL.",
        )


def _from_here(request: Request, settings: Settings) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if origin is not None and _is_ours(origin, settings):
        return True
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or _names_host(origin, request)


def _is_ours(origin: str, settings: Settings) -> bool:
    known = {_place(urlsplit(allowed)) for allowed in settings.cors.allowed_origins if allowed != "*"}
    if settings.public_url is not None:
        known.add(_place(urlsplit(str(settings.public_url))))
    place = _place_of(origin)
    return place is not None and place in known


def _names_host(origin: str, request: Request) -> bool:
    """Whether an origin is the host that the request was sent to; TLS may have ended at a proxy before us."""
    place = _place_of(origin)
    if place is None:
        return False
    scheme, *_ = place
    return place == _place_of(f"{scheme}://{request.headers.get('host', '')}")


def _place_of(origin: str) -> tuple[str, str, int] | None:
    try:
        place = _place(urlsplit(origin))
    except ValueError:
        return None
    return place if place[1] else None


def _place(url: SplitResult) -> tuple[str, str, int]:
    return url.scheme, url.hostname or "", url.port or _PORTS.get(url.scheme, 0)
