"""What an evidence package holds, and its manifest."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

RESULT_IN_PART = "result-without-places.json"
MANIFEST, RESULT, CUSTODY, README = "manifest.json", "result.json", "custody.json", "README.txt"
FINGERPRINT = "fingerprint.json"
FILE, ARTIFACTS = "file/", "artifacts/"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Entry(_Part):
    """A file of the package."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(_Part):
    """The package's table of contents; everything in the package but the manifest itself is in it."""

    package_version: Literal["1"] = "1"
    job_id: str
    made_at: datetime
    service_version: str
    entries: list[Entry]
    missing: list[str] = Field(description="What had been deleted, or is not in storage any more.")
    withheld: list[str] = Field(
        default_factory=list,
        description="Left out for who took the package, who is not shown what the file says of places and "
        "persons.",
    )


class Row(_Part):
    """A row of the audit log, with the hash that it is chained to."""

    position: int | None
    at: datetime
    actor: str | None
    action: str
    subject: str | None
    details: dict[str, Any] | None
    workspace: str | None = None
    previous: str | None
    hash: str | None


class CustodyRecord(_Part):
    """Where the file came from, and what has happened to its job."""

    source: dict[str, Any] | None
    size_bytes: int
    sha256: str
    sha1: str | None
    md5: str | None
    log: list[Row]
