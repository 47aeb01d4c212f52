"""Requests and answers of the routes for files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from deepshield.api.schemas.base import JOB_ID, Answer
from deepshield.api.schemas.jobs import Accepted
from deepshield.domain.jobs import MediaKind
from deepshield.intake.formats import MIME_TYPES, WORDS

_LONGEST_URL = 2048
BY_ITS_SENDER = (
    "Of a file that is sent without an account, and returned this once: sent as `X-Owner-Secret` to cancel, "
    "delete, retry and share the job, which anybody who has its id may read. Null for an account."
)
SECRET = "4f1c9kXy0b7sQ2mJ8dV3nT6hR5wLpZaEuGiKoCxMvBY"  # noqa: S105 - an example


def file_form(kind: MediaKind) -> dict[str, Any]:
    """Return the OpenAPI part of a form with a file, which the routes read as a stream themselves."""
    description, types = f"{WORDS[kind]}.", ", ".join(sorted(MIME_TYPES[kind]))
    field = {"type": "string", "format": "binary", "description": description}
    schema = {"type": "object", "required": ["file"], "properties": {"file": field}}
    form = {"schema": schema, "encoding": {"file": {"contentType": types}}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": form}}}


class UploadAccepted(Accepted):
    """An upload's job; poll `/api/results/{job_id}`, or follow `/api/jobs/{job_id}/events`."""

    reused: bool = Field(
        description="Whether this is the account's earlier job of the same bytes, at no charge: one that is "
        "under way, or was completed with the same model."
    )
    owner_secret: str | None = Field(description=BY_ITS_SENDER, examples=[SECRET])


class UploadState(Answer):
    """How far a file has arrived."""

    upload_id: str = Field(examples=[JOB_ID])
    offset: int = Field(description="Bytes stored; the next one to send.", ge=0, examples=[8388608])
    length: int = Field(description="Bytes of the whole file.", ge=1, examples=[52428800])
    expires_at: datetime = Field(
        description="When it is deleted. An unfinished upload stays longer with each part that arrives."
    )
    job: UploadAccepted | None = Field(
        description="The answer to the last byte; null until then. Returned again for a day."
    )


class UrlUpload(Answer):
    """The address of a file to fetch."""

    file_url: str = Field(
        description="http or https, at a public address.",
        min_length=1,
        max_length=_LONGEST_URL,
        examples=["https://example.org/clip.mp4"],
    )


class FacePrediction(Answer):
    """One face of an image."""

    prediction: Literal["Real", "Fake"] = Field(description="Fake at or above the decision threshold.")
    probability: float = Field(
        description="Estimated probability that this face is manipulated.", ge=0, le=1, examples=[0.12]
    )
    box: list[float] = Field(
        description="Left, top, right, bottom in pixels.", examples=[[171.2, 74.9, 279.8, 219.3]]
    )


class Predictions(Answer):
    """The faces of an image, those of the most suspicious person first; empty without a face."""

    job_id: str = Field(description="Of the full result.", examples=["0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"])
    face_detection_method: str = Field(examples=["mtcnn"])
    predictions: list[FacePrediction]
    owner_secret: str | None = Field(None, description=BY_ITS_SENDER, examples=[SECRET])
