"""Where a file came from, as it is kept with its job."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """How a file reached the service."""

    UPLOAD = "upload"
    ADDRESS = "address"


class Sender(StrEnum):
    """On whose behalf a file was sent, or something was read."""

    ACCOUNT = "account"
    VISITOR = "visitor"
    LINK = "link"  # whoever has the link of a shared result


@dataclass(frozen=True, slots=True)
class Hop:
    """One request on the way to a file at an address, and what was answered."""

    url: str
    ip: str  # that was connected to
    at: datetime
    status: int
    content_type: str | None = None
    content_length: int | None = None  # as it was declared
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """That another program said which file is behind a page."""

    page: str
    url: str  # of the file
    by: str  # program and version
    extractor: str  # its part that knows the platform
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """How, when and as what a file came; ``name`` and ``content_type`` are what the sender declared."""

    kind: SourceKind
    sender: Sender
    received_at: datetime
    name: str
    content_type: str | None
    declared_bytes: int | None = None  # of the request's body, or as the last hop declared it
    url: str | None = None  # that was asked for
    hops: tuple[Hop, ...] = field(default=())
    resolution: Resolution | None = None
