"""Why a request was refused or a job failed: stable codes, safe messages; only the API knows HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Codes that clients may match; those of the detector for media are passed through unchanged."""

    # what was sent
    INVALID_EXTENSION = "INVALID_EXTENSION"
    INVALID_MIME_TYPE = "INVALID_MIME_TYPE"
    INVALID_MAGIC_BYTES = "INVALID_MAGIC_BYTES"
    DOUBLE_EXTENSION = "DOUBLE_EXTENSION"
    FILENAME_TOO_LONG = "FILENAME_TOO_LONG"
    INVALID_FILENAME = "INVALID_FILENAME"
    EMPTY_FILE = "EMPTY_FILE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    MALFORMED_UPLOAD = "MALFORMED_UPLOAD"
    UPLOAD_TIMEOUT = "UPLOAD_TIMEOUT"
    INVALID_URL = "INVALID_URL"
    URL_NOT_REACHABLE = "URL_NOT_REACHABLE"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    # the media
    VIDEO_TOO_LONG = "VIDEO_TOO_LONG"
    VIDEO_DECODE_ERROR = "VIDEO_DECODE_ERROR"
    IMAGE_DECODE_ERROR = "IMAGE_DECODE_ERROR"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_MANY_FRAMES = "TOO_MANY_FRAMES"
    DECODE_TIMEOUT = "DECODE_TIMEOUT"
    # the account
    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    FORBIDDEN = "FORBIDDEN"
    CROSS_SITE_REQUEST = "CROSS_SITE_REQUEST"
    EMAIL_IN_USE = "EMAIL_IN_USE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    # the job
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    # ours
    ANALYSIS_TIMEOUT = "ANALYSIS_TIMEOUT"
    ANALYSIS_CRASHED = "ANALYSIS_CRASHED"
    WORKER_LOST = "WORKER_LOST"
    UPLOAD_LOST = "UPLOAD_LOST"
    STORAGE_FULL = "STORAGE_FULL"
    MODEL_NOT_AVAILABLE = "MODEL_NOT_AVAILABLE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


OUR_FAULT = frozenset(
    {
        Code.ANALYSIS_TIMEOUT,
        Code.ANALYSIS_CRASHED,
        Code.WORKER_LOST,
        Code.UPLOAD_LOST,
        Code.STORAGE_FULL,
        Code.MODEL_NOT_AVAILABLE,
        Code.SERVICE_UNAVAILABLE,
        Code.INTERNAL_ERROR,
    }
)
"""Failures with these codes give the charged analysis back."""


class DeepShieldError(Exception):
    """A refusal or failure that its message may be shown for; ``details`` are JSON values."""

    def __init__(self, code: Code, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


def not_signed_in() -> DeepShieldError:
    """Return the refusal for a missing, bad, expired or revoked token: one for all, which reveals no more."""
    return DeepShieldError(Code.UNAUTHORIZED, "Sign in first.")
