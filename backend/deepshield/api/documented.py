"""The failures that the OpenAPI document lists for a route, derived from their codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from deepshield.api.schemas.failures import ErrorAnswer
from deepshield.domain.failures import Code

Responses = dict[int | str, dict[str, Any]]

ANY_ROUTE = (Code.RATE_LIMITED, Code.INTERNAL_ERROR)
READING = (
    *ANY_ROUTE,
    Code.UNAUTHORIZED,
    Code.SCOPE_MISSING,
    Code.ROLE_MISSING,
    Code.NOT_FOUND,
    Code.VALIDATION_ERROR,
    Code.SERVICE_UNAVAILABLE,
)
"""Failures of a route about a job."""
CHANGING = (Code.CROSS_SITE_REQUEST, Code.SCOPE_MISSING, Code.ROLE_MISSING)
"""Failures of a change that a browser or a key may request."""
CHANGING_JOB = (*CHANGING, Code.OWNER_SECRET_REQUIRED)
"""Failures of a change of a job."""
THROTTLED = (*ANY_ROUTE, Code.VALIDATION_ERROR)
"""Failures of a route that throttles attempts."""
MAKING = (*CHANGING, Code.IDEMPOTENCY_KEY_REUSED)
"""Failures of a request that makes something, once per Idempotency-Key."""
MAKING_OF_JOB = (*MAKING, Code.OWNER_SECRET_REQUIRED)
"""Failures of a request that makes something of a job, once per Idempotency-Key."""
SIGNED_IN = (Code.UNAUTHORIZED, Code.CROSS_SITE_REQUEST, Code.KEY_NOT_ACCEPTED)
"""Failures of a change that somebody who is signed in requests."""
SECOND_FACTOR = (Code.SECOND_FACTOR_REQUIRED, Code.SECOND_FACTOR_WRONG)
"""Failures of a proof where the second factor is on."""
PROVING = (*THROTTLED, *SIGNED_IN, *SECOND_FACTOR, Code.INVALID_CREDENTIALS, Code.SIGN_IN_AGAIN)
"""Failures of a change of an account that needs the password, and the second factor, again."""
VISITORS_TOO: dict[str, Any] = {"security": [{}]}
"""The ``openapi_extra`` of a route that answers without credentials even where accounts are required."""
CODES = "x-failures"
"""The key under which a response lists its codes."""
_SHAPE = f"#/components/schemas/{ErrorAnswer.__name__}"


def failures(*codes: Code, at: Mapping[int, Code] | None = None) -> Responses:
    """Return the ``responses`` of a route that can fail with these codes, each under its own status.

    ``at`` names codes that the framework answers with another status than theirs. A route's response replaces
    its router's of the same status, so that a route names all its codes of a status. The shape is named, not
    given as a model: the framework would make a validator of it for each status of each route, which took
    most of the time of a process's first requests. `openapi.finish` adds it to the document.
    """
    by_status: defaultdict[int, list[Code]] = defaultdict(list)
    for status, code in [*((code.status, code) for code in codes), *(at or {}).items()]:
        by_status[status].append(code)
    return {
        status: {
            "content": {"application/json": {"schema": {"$ref": _SHAPE}}},
            "description": " ".join(f"{code}: {code.summary}." for code in group),
            CODES: [code.value for code in group],
        }
        for status, group in sorted(by_status.items())
    }


SERVICE_ERRORS = failures(*ANY_ROUTE)
JOB_ERRORS = failures(*READING, Code.READING_BLIND, at={400: Code.VALIDATION_ERROR})
