"""What has been done in a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from deepshield.api.schemas.base import SHA256, Answer


class ActivityEntry(Answer):
    """An entry of the audit log about the workspace or something in it."""

    position: int = Field(
        description="Among the workspace's entries, of which the first has 1.", examples=[1041]
    )
    at: datetime
    actor: str | None = Field(description="An account's id; null for the service, visitors and links.")
    actor_email: str | None = Field(description="Null for accounts that were closed too.")
    action: str = Field(examples=["job.completed"])
    subject: str | None = Field(description="The id of the job, member, key, ... that it is about.")
    details: dict[str, Any] | None = Field(
        description="Texts that people have written, such as a hold's reason, are null once they were "
        "erased. Null also of what is about a file that who asks reads blind."
    )
    erased: list[str] = Field(description="Names of details with an erased text.", examples=[["reason"]])
    hash: str | None = Field(
        description="SHA-256 over the row and the hash of the row before.", examples=[SHA256]
    )


class Activity(Answer):
    """A page of entries, the newest first."""

    entries: list[ActivityEntry]
    cursor: str | None = Field(description="Of the next page; null on the last one.")


class ChainChecked(Answer):
    """Whether the newest rows of the whole audit log are as they were written."""

    at: datetime = Field(description="When it was checked; an answer is kept for ten minutes.")
    whole: bool
