"""The one shape of every failure."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from deepshield.api.schemas.base import Answer
from deepshield.domain.failures import Code, known

_REQUEST_ID = "5f2c7d0a4b9e4f0c8b1d6e3a7c9f2b10"


class ErrorBody(Answer):
    """Why a request was refused or a job failed; ``details`` depend on the code."""

    error_code: Code = Field(examples=[Code.NOT_FOUND])
    message: str = Field(examples=[Code.NOT_FOUND.words])
    details: dict[str, Any] | None = Field(None, examples=[None])


class ErrorAnswer(Answer):
    """Every failure has this shape."""

    error: ErrorBody
    request_id: str | None = Field(description="Include it in a report of a problem.", examples=[_REQUEST_ID])


class Problem(Answer):
    """A failure as problem details (RFC 9457)."""

    type: str = Field(examples=["/api/openapi.json#/x-failures/codes/NOT_FOUND"])
    title: str = Field(description="The code's summary.", examples=[Code.NOT_FOUND.summary])
    status: int = Field(examples=[404])
    detail: str = Field(examples=[Code.NOT_FOUND.words])
    error_code: str = Field(examples=[Code.NOT_FOUND.value])
    request_id: str | None = Field(examples=[_REQUEST_ID])
    details: dict[str, Any] | None = Field(None, examples=[None])


class JobError(Answer):
    """Why a job has no result; codes of unreadable media come from the analysis."""

    error_code: str = Field(examples=["VIDEO_DECODE_ERROR"])
    message: str = Field(
        examples=["We could not read the pictures."],
        validation_alias=AliasChoices("message", "error_message"),
    )
    details: dict[str, Any] | None = Field(None, validation_alias=AliasChoices("details", "error_details"))

    @field_validator("message", mode="before")
    @classmethod
    def _in_the_words_of_the_code(cls, message: str | None, info: ValidationInfo) -> str:
        """Use the code's words where the row has no message."""
        return message or known(info.data.get("error_code")).words
