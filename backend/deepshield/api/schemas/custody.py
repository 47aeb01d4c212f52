"""Where a file came from, and what has happened to its job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from deepshield.api.schemas.base import SHA256, Answer
from deepshield.domain.custody import Sender, SourceKind


class Hop(Answer):
    """One request on the way to a file at an address, and what was answered."""

    url: str = Field(examples=["https://example.org/clip.mp4"])
    ip: str = Field(description="That was connected to.", examples=["93.184.215.14"])
    at: datetime
    status: int = Field(examples=[200])
    content_type: str | None = Field(examples=["video/mp4"])
    content_length: int | None = Field(description="As it was declared.", examples=[4_812_331])
    etag: str | None
    last_modified: str | None = Field(examples=["Sun, 03 May 2026 10:00:00 GMT"])


class Resolution(Answer):
    """That another program said which file is behind a page, as of posts of social media."""

    page: str = Field(examples=["https://x.com/somebody/status/1"])
    url: str = Field(description="Of the file.", examples=["https://video.twimg.com/a/1.mp4"])
    by: str = Field(description="Program and version.", examples=["yt-dlp 2026.10.26"])
    extractor: str = Field(description="The program's part that knows the platform.", examples=["twitter"])
    at: datetime


class FileSource(Answer):
    """How, when and as what a file came; name and type are what the sender declared."""

    kind: SourceKind
    sender: Sender
    received_at: datetime
    name: str = Field(examples=["clip.mp4"])
    content_type: str | None = Field(examples=["video/mp4"])
    declared_bytes: int | None = Field(
        description="Of the request's body, or as the file's address declared it.", examples=[4_812_530]
    )
    url: str | None = Field(description="The address that was asked for.")
    hops: list[Hop] = Field(description="Each request on the way to the file: redirects, then the file.")
    resolution: Resolution | None = Field(None, description="Where the address was a post's.")


class LogEntry(Answer):
    """A row of the audit log, a link of its chain."""

    position: int | None = Field(description="In the chain, from 1; null outside of it.", examples=[1041])
    at: datetime
    actor: str | None = Field(description="An account's id; null for the service, visitors and a link.")
    action: str = Field(examples=["job.completed"])
    subject: str | None = Field(description="The job's id.")
    details: dict[str, Any] | None
    workspace: str | None = Field(
        None, description="That it happened in; null for visitors and rows of earlier releases."
    )
    previous: str | None = Field(description="The hash of the row before.", examples=[SHA256])
    hash: str | None = Field(description="SHA-256 over the row and `previous`.", examples=[SHA256])


class Custody(Answer):
    """Where a job's file came from, its hashes, and the rows of the audit log about the job."""

    source: FileSource | None = Field(description="Null for jobs of releases that did not record it.")
    size_bytes: int = Field(examples=[4_812_331])
    sha256: str = Field(examples=[SHA256])
    sha1: str | None = Field(description="Only where it is asked for and the file is still kept.")
    md5: str | None = Field(description="Only where it is asked for and the file is still kept.")
    log: list[LogEntry]
