"""The answers' shapes, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())


class ErrorBody(Answer):
    """Why a request was refused or a job failed."""

    error_code: str
    message: str
    details: dict[str, Any] | None = None


class ErrorAnswer(Answer):
    """Every failure has this shape."""

    error: ErrorBody
    request_id: str | None


class Health(Answer):
    """The service answers."""

    status: Literal["ok"]
    model_id: str | None
    model_version: str | None


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"]
