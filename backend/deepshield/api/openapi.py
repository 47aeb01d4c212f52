"""Texts of the OpenAPI document, and additions to what the framework generates."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from deepshield.api.auth import OF_ACCOUNT
from deepshield.api.documented import CODES, failures
from deepshield.api.http import problem
from deepshield.api.schemas.batches import BatchRequest
from deepshield.api.schemas.failures import ErrorAnswer, Problem
from deepshield.domain.failures import NOT_CHARGED, Code
from deepshield.settings import Settings

SUMMARY = "Self-hosted screening of face media for manipulation."
DESCRIPTION = """
Upload an image or a video, follow the job, read a calibrated verdict with its evidence and its limits.

1. `POST /api/analyze-image` or `/api/analyze-video` answers at once with a `job_id`.
2. `GET /api/jobs/{job_id}/events` streams the progress; polling `GET /api/results/{job_id}` gives the same.
3. The result has a verdict for the file and for each person, estimates with intervals, and the evidence.

Every failure has one shape: `{"error": {"error_code", "message", "details"}, "request_id"}`, or that of
problem details (RFC 9457) with `Accept: application/problem+json`. `x-failures` has every code with its
status, whose fault it is, whether trying again can help, and its words.
Sign in with a Bearer token or the HttpOnly cookie, or send an API key (`Authorization: Bearer ds_…` or
`X-API-Key`), which opens the routes of its scopes; where the instance needs no accounts, the unguessable
job id is the key. `X-Workspace` names the workspace that a request is about, without it the personal one.
No verdict shows that a file is authentic.
"""
TAGS = [
    {"name": "analyze", "description": "Submit a file."},
    {"name": "batches", "description": "Hand in many files together, and follow them as one."},
    {"name": "uploads", "description": "Submit a large file in parts, by the tus protocol."},
    {"name": "results", "description": "Read a job and its result."},
    {"name": "jobs", "description": "Follow, cancel, delete, start again."},
    {"name": "library", "description": "The files of a workspace, found by what is known of them."},
    {
        "name": "datasets",
        "description": "Labelled files as frozen versions, and how well the model does on them.",
    },
    {
        "name": "policies",
        "description": "By which rule verdicts are given, as two people of a workspace decide.",
    },
    {"name": "sharing", "description": "Let others read one job by a link."},
    {"name": "accounts", "description": "Accounts and logins."},
    {"name": "workspaces", "description": "Where jobs are kept, and who sees them."},
    {
        "name": "review",
        "description": "What people hold files to be: the queue, answers, disputes, agreement.",
    },
    {"name": "keys", "description": "Keys by which programs act for an account."},
    {"name": "rechecks", "description": "Have files of the library analysed again."},
    {"name": "webhooks", "description": "Events that are sent to addresses of a workspace's own."},
    {"name": "law", "description": "What the law says, per country; no legal advice."},
    {"name": "service", "description": "Health, limits, metrics."},
]

_OF_AN_ACCOUNT = {
    "accounts",
    "workspaces",
    "review",
    "keys",
    "webhooks",
    "library",
    "rechecks",
    "datasets",
    "policies",
}  # tags of routes that are for accounts alone
_EXAMPLE = Path(__file__).parent / "examples/result.json"  # made by the engine: `make fixtures`


def operation_id(route: APIRoute) -> str:
    """Name an operation like its function; generated clients use that name."""
    return route.name


def finish(document: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Complete the framework's document: ways to sign in, what a job's id is for, the table of failures."""
    _describe_logins(document, settings)
    document["components"]["schemas"]["AnalysisResult"]["examples"] = [json.loads(_EXAMPLE.read_bytes())]
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    _add_shape(document, BatchRequest)
    _add_shape(document, ErrorAnswer)
    document["x-failures"] = failure_table()
    if settings.saas.require_second_factor:
        _describe_second_factor(document)
    for methods in document["paths"].values():
        for operation in methods.values():
            told = operation["responses"].items()
            answer: dict[str, Any] = next(
                (said for status, said in told if str(status) < "300"), {}
            )  # redirects have none
            _link_job(answer)
            _offer_problems(operation["responses"])
            if operation["operationId"] in ("follow_job", "follow_batch"):
                _describe_events(answer["content"])
    return document


def _add_shape(document: dict[str, Any], shape: type[BaseModel]) -> None:
    """Add a shape that the framework does not know of: a body that its route reads, or the failures'."""
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    document["components"]["schemas"] |= {**schema.pop("$defs", {}), shape.__name__: schema}


def failure_table() -> dict[str, Any]:
    """Return the table of failures as JSON, for clients: words, and whether trying again can help."""
    rows = {
        code.value: {
            "status": code.status,
            "fault": code.fault.value,
            "again": code.again,
            "summary": code.summary,
            "advice": code.advice,
        }
        for code in Code
    }
    return {"not_charged": NOT_CHARGED, "codes": rows}


def _describe_second_factor(document: dict[str, Any]) -> None:
    """Add to each route that takes credentials, but an account's own, what an account without one is told."""
    code = Code.SECOND_FACTOR_UNSET
    own = failures(code)[code.status]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path.startswith(OF_ACCOUNT) or "security" not in operation:
                continue
            told = operation["responses"].get(str(code.status))
            if told is None:
                operation["responses"][str(code.status)] = copy.deepcopy(own)
            else:
                told[CODES].append(code.value)
                told["description"] += f" {own['description']}"


def _offer_problems(responses: dict[str, Any]) -> None:
    """Add the second shape of each failure."""
    for response in responses.values():
        usual = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        if usual.endswith("/ErrorAnswer"):
            response["content"][problem.TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}


def _describe_events(content: dict[str, Any]) -> None:
    """Describe the stream as events whose data is JSON; ``itemSchema`` belongs to OpenAPI 3.2."""
    data = content.pop("application/json")["schema"]
    fields = {
        "event": {"enum": ["progress", "final", "deleted"]},
        "id": {"type": "string", "description": "The job's revision."},
        "retry": {"type": "integer"},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data},
    }
    content["text/event-stream"] = {"itemSchema": {"type": "object", "properties": fields}}


def _link_job(response: dict[str, Any]) -> None:
    """Link the id in an accepted job's answer to the parameter of the routes about jobs."""
    shape = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    if shape.endswith("Accepted"):
        response["links"] = {
            name: {"operationId": name, "parameters": {"job_id": "$response.body#/job_id"}}
            for name in ("get_result", "follow_job", "retry_job", "cancel_or_delete_job")
        }


def _describe_logins(document: dict[str, Any], settings: Settings) -> None:
    """Add the cookie beside the token, and that jobs need neither where accounts are optional.

    A route that answers visitors everywhere says so itself (`documented.VISITORS_TOO`).
    """
    schemes = document["components"].get("securitySchemes", {})
    schemes["cookie"] = {"type": "apiKey", "in": "cookie", "name": settings.saas.auth_cookie_name}
    for methods in document["paths"].values():
        for operation in methods.values():
            if "security" not in operation:
                continue
            # No key opens a route that names no scope.
            operation["security"] = [way for way in operation["security"] if way.get("key") != []]
            operation["security"].append({"cookie": []})
            if not settings.saas.require_auth and not _OF_AN_ACCOUNT & set(operation["tags"]):
                operation["security"].append({})
