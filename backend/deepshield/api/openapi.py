"""The words of the OpenAPI document, and which failures its routes name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from deepshield.api.schemas import ErrorAnswer
from deepshield.settings import Settings

SUMMARY = "Self-hosted screening of face media for manipulation."
DESCRIPTION = """
Upload an image or a video, follow the job, read a calibrated verdict with its evidence and its limits.

1. `POST /api/analyze-image` or `/api/analyze-video` answers at once with a `job_id`.
2. `GET /api/jobs/{job_id}/events` tells the progress as it happens; polling `GET /api/results/{job_id}` tells
   the same.
3. The result names the verdict, the estimate with its interval, and the moments that speak for it.

Every failure has one shape: `{"error": {"error_code", "message", "details"}, "request_id"}`.
Sign in with a Bearer token or the HttpOnly cookie; where the instance asks for no accounts, the unguessable
job id is the key. No verdict shows that a file is authentic.
"""
TAGS = [
    {"name": "analyze", "description": "Hand in a file."},
    {"name": "results", "description": "Read what came of it."},
    {"name": "jobs", "description": "Follow, cancel, delete, start again."},
    {"name": "sharing", "description": "Let others read one job by a link."},
    {"name": "accounts", "description": "Accounts and logins."},
    {"name": "service", "description": "Health, limits, metrics."},
]

_EXAMPLE = Path(__file__).parent / "examples/result.json"  # made by the engine: `make fixtures`

_WORDS = {
    400: "The request cannot be understood.",
    401: "Sign in first, or again.",
    403: "Another site's page asked for this with your cookie.",
    404: "Unknown, deleted, or another account's: always the same answer.",
    409: "Not in this state.",
    410: "The file has been deleted.",
    422: "A parameter is not as it should be.",
    429: "Too many requests, or today's analyses are used; `Retry-After` says how long to wait.",
    500: "Something went wrong on our side.",
    503: "Busy or paused; try again in a moment.",
}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that can fail with these statuses."""
    return {status: {"model": ErrorAnswer, "description": _WORDS[status]} for status in statuses}


SERVICE_ERRORS = failures(429, 500)
JOB_ERRORS = failures(400, 401, 404, 422, 429, 500, 503)


def operation_id(route: APIRoute) -> str:
    """Name an operation as its function, which is what generated clients call it."""
    return route.name


def finish(document: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Complete the framework's document: how to sign in, and what a job's id is for."""
    _tell_of_logins(document, settings)
    document["components"]["schemas"]["AnalysisResult"]["examples"] = [json.loads(_EXAMPLE.read_bytes())]
    for methods in document["paths"].values():
        for operation in methods.values():
            answer = operation["responses"]["200"]
            _link_job(answer)
            if operation["operationId"] == "follow_job":
                _describe_events(answer["content"])
    return document


def _describe_events(content: dict[str, Any]) -> None:
    """Say that the stream is of events whose data is JSON; ``itemSchema`` is of OpenAPI 3.2."""
    data = content.pop("application/json")["schema"]
    fields = {
        "event": {"enum": ["progress", "final", "deleted"]},
        "id": {"type": "string", "description": "The job's revision."},
        "retry": {"type": "integer"},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data},
    }
    content["text/event-stream"] = {"itemSchema": {"type": "object", "properties": fields}}


def _link_job(response: dict[str, Any]) -> None:
    """Tell that the id in an accepted job's answer is the parameter of the routes about jobs."""
    shape = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    if shape.endswith("Accepted"):
        response["links"] = {
            name: {"operationId": name, "parameters": {"job_id": "$response.body#/job_id"}}
            for name in ("get_result", "follow_job", "retry_job", "cancel_or_delete_job")
        }


def _tell_of_logins(document: dict[str, Any], settings: Settings) -> None:
    """Add the cookie beside the token and, where accounts are optional, that a job needs neither."""
    schemes = document["components"].get("securitySchemes", {})
    schemes["cookie"] = {"type": "apiKey", "in": "cookie", "name": settings.saas.auth_cookie_name}
    for methods in document["paths"].values():
        for operation in methods.values():
            if "security" not in operation:
                continue
            operation["security"].append({"cookie": []})
            if not settings.saas.require_auth and "accounts" not in operation["tags"]:
                operation["security"].append({})
