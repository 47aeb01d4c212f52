"""Every refusal and failure in one JSON shape, with the status that the table of failures gives its code.

``{"error": {"error_code", "message", "details"?}, "request_id"}``, whoever raised it: a rule of ours, the
framework's own validation, routing, or a fault. Who asks for problem details gets those (`problem`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.routing import Match
from starlette.types import Scope

from deepshield.api.http import problem
from deepshield.domain.clock import now
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.storage import StorageError, StorageFullError

_OF_STATUS = {
    400: Code.VALIDATION_ERROR,
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    408: Code.UPLOAD_TIMEOUT,
    413: Code.FILE_TOO_LARGE,
    416: Code.VALIDATION_ERROR,
    422: Code.VALIDATION_ERROR,
    503: Code.SERVICE_UNAVAILABLE,
}
_ROUTING = {  # the framework's words for a request that no route takes
    HTTPStatus(404).phrase: "This address is none of the API's. /api/docs lists them all.",
    HTTPStatus(405).phrase: Code.METHOD_NOT_ALLOWED.words,
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_RETRY_AFTER_SECONDS = 5
_MOST_PROBLEMS = 20  # of one request in its answer

_log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Make the application answer every failure in this one shape."""
    app.add_exception_handler(DeepShieldError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StorageError, _storage_away)
    app.add_exception_handler(DBAPIError, _database_away)
    app.add_exception_handler(PoolTimeoutError, _database_away)


def refusal(scope: Scope, error: DeepShieldError, status: int | None = None) -> JSONResponse:
    """Answer a refusal; ``status`` overrides the status of its code."""
    code, number = status or error.code.status, scope.get("state", {}).get("request_id")
    headers = {**_headers(error), "Vary": "Accept"}
    if problem.is_wanted(scope):
        body = problem.document(error, code, number)
        return JSONResponse(body, code, headers, media_type=problem.TYPE)
    body = {"error_code": error.code.value, "message": error.message}
    if error.details:
        body["details"] = error.details
    return JSONResponse({"error": body, "request_id": number}, code, headers)


def fault(scope: Scope) -> JSONResponse:
    """Answer an internal error, whose cause appears only in the log."""
    return refusal(scope, DeepShieldError(Code.INTERNAL_ERROR))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeepShieldError)
    return refusal(request.scope, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The rejected value is left out: it can be a password.
    problems = [
        {"field": ".".join(str(part) for part in problem["loc"]), "message": problem["msg"]}
        for problem in error.errors()[:_MOST_PROBLEMS]
    ]
    return refusal(request.scope, DeepShieldError(Code.VALIDATION_ERROR, problems=problems))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _OF_STATUS.get(
        error.status_code, Code.INTERNAL_ERROR if error.status_code >= 500 else Code.VALIDATION_ERROR
    )
    message = _ROUTING.get(error.detail, error.detail)
    response = refusal(request.scope, DeepShieldError(code, message), error.status_code)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(_allowed(request))
    return response


def _allowed(request: Request) -> list[str]:
    """Return the methods of an address, of which a router names those of one route."""
    routes = request.app.router.routes
    named = [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return ["GET", "HEAD", *named[1:]] if "GET" in named else named


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    if not _is_outage(error):
        _log.error("request failed", exc_info=error)
        return fault(request.scope)
    _log.warning("database does not answer", error=type(error).__name__)
    return _busy(request.scope)


async def _storage_away(request: Request, error: Exception) -> JSONResponse:
    _log.warning("storage fails", error=type(error).__name__, reason=str(error))
    if isinstance(error, StorageFullError):
        return refusal(request.scope, DeepShieldError(Code.STORAGE_FULL))
    return _busy(request.scope)


def _busy(scope: Scope) -> JSONResponse:
    return refusal(scope, DeepShieldError(Code.SERVICE_UNAVAILABLE))


def _is_outage(error: Exception) -> bool:
    """Return whether the database is unreachable or overloaded, as opposed to a wrong statement."""
    return isinstance(error, PoolTimeoutError | OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def _headers(error: DeepShieldError) -> dict[str, str]:
    match error.code.status:
        case 401:
            return {"WWW-Authenticate": "Bearer"}
        case 429 | 503:
            return {"Retry-After": str(_retry_after(error.details))}
        case _:
            return {}


def _retry_after(details: Mapping[str, Any]) -> int:
    """Return the seconds to wait, from ``retry_after_seconds`` or ``resets_at`` (ISO 8601)."""
    if (seconds := details.get("retry_after_seconds")) is not None:
        return max(1, int(seconds))
    if isinstance(resets_at := details.get("resets_at"), str):
        until = datetime.fromisoformat(resets_at)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(1, int((until - now()).total_seconds()))
    return _RETRY_AFTER_SECONDS


def request_id(connection: HTTPConnection) -> str | None:
    """Return this request's id, as answers and logs have it."""
    found: str | None = connection.scope.get("state", {}).get("request_id")
    return found
