"""Failures as problem details (RFC 9457), for clients that ask for them by Accept."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from deepshield.domain.errors import DeepShieldError

TYPE = "application/problem+json"
_USUAL = "application/json"


def is_wanted(scope: Scope) -> bool:
    """Return whether Accept names problem details, and does not prefer JSON where it names both.

    ``scope`` is empty where a connection is refused before a request has been read.
    """
    weights = _weights(Headers(raw=scope.get("headers", [])).get("accept", ""))
    weight = weights.get(TYPE, 0.0)
    return weight > 0 and weight >= weights.get(_USUAL, 0.0)


def document(error: DeepShieldError, status: int, request_id: str | None) -> dict[str, Any]:
    """Return a failure as problem details; what RFC 9457 has no member for is in members of their own."""
    body: dict[str, Any] = {
        "type": f"/api/openapi.json#/x-failures/codes/{error.code.value}",
        "title": error.code.summary,
        "status": status,
        "detail": error.message,
        "error_code": error.code.value,
        "request_id": request_id,
    }
    return {**body, "details": error.details} if error.details else body


def _weights(accept: str) -> dict[str, float]:
    """Return the media types of an Accept header with their weights (RFC 9110, section 12.5.1)."""
    weights = {}
    for part in accept.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        given = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            weights[name] = float(given)
        except ValueError:
            weights[name] = 0.0
    return weights
