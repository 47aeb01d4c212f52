"""Failures, by the codes of the service (`docs/errors.md`)."""

from __future__ import annotations

from typing import Any

from httpx import Response

from deepshield_client.codes import AGAIN, Code
from deepshield_client.models import JobError


class DeepShieldError(Exception):
    """Base of all failures that this package raises."""


class NoAnswerError(DeepShieldError):
    """The service could not be reached, or gave no end of an analysis in time."""


class CodedError(DeepShieldError):
    """A failure with a code; ``code`` is text for one that this package does not know."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None) -> None:
        super().__init__(f"{code}: {message}")
        self.code: Code | str = Code(code) if code in Code.__members__ else code
        self.message, self.details = message, details or {}

    @property
    def again(self) -> bool:
        """Whether the same may succeed later without being changed."""
        return self.code in AGAIN


class ApiError(CodedError):
    """A refused request; ``retry_after`` is in seconds, None when the service says nothing."""

    def __init__(self, response: Response) -> None:
        code, message, details, request_id = _parts(response)
        super().__init__(code, message, details)
        self.status, self.request_id = response.status_code, request_id
        seconds = response.headers.get("Retry-After", "")
        self.retry_after = float(seconds) if seconds.isdigit() else None


class JobFailedError(CodedError):
    """An analysis that ended without a result."""

    def __init__(self, job_id: str, error: JobError | None) -> None:
        if error is None:
            super().__init__(Code.CANCELLED, "The analysis was cancelled.", None)
        else:
            super().__init__(str(error.error_code), error.message, error.details)
        self.job_id = job_id


def _parts(response: Response) -> tuple[str, str, dict[str, Any] | None, str | None]:
    try:
        body = response.json()
        error = body["error"]
        return error["error_code"], error["message"], error.get("details"), body.get("request_id")
    except (ValueError, KeyError, TypeError):  # a proxy in front of the service wrote it
        message = f"The server answered with status {response.status_code}."
        return ("SERVICE_UNAVAILABLE" if response.status_code >= 500 else "MISMATCH"), message, None, None
