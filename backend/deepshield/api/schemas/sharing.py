"""Links by which others may read a job."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from deepshield.api.schemas.base import Answer


class ShareStatus(Answer):
    """Whether others may read a job by a link."""

    shared: bool
    created_at: datetime | None
    expires_at: datetime | None = Field(description="When the files or the summary go.")


class ShareCreated(Answer):
    """A new link: its token is sent as `X-Share-Token` to `/api/shared`, and shown only once."""

    token: str = Field(examples=["4f1c9kXy0b7sQ2mJ8dV3nT6hR5wLpZaEuGiKoCxMvBY"])
    created_at: datetime
    expires_at: datetime = Field(description="When the files or the summary go.")
