"""Files of a workspace's library."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from deepshield.api.schemas.base import JOB_ID, SHA256, Answer
from deepshield.domain.custody import SourceKind
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.library import Sensitivity
from deepshield.result_provenance import CredentialState


class MediumLabel(Answer):
    """What a file is held to be; readers' decision, not the machine's."""

    value: str = Field(examples=["manipulated"])
    kind: str | None = Field(examples=["lipsync"])
    grade: str = Field(description="How surely: single, double or adjudicated.", examples=["double"])
    revision: int = Field(examples=[1])


class MediumHold(Answer):
    """Who keeps a file from being deleted, and why."""

    by: str | None = Field(description="Address; null for a former account.", examples=["ada@example.com"])
    at: datetime
    reason: str | None = Field(examples=["Evidence in a complaint."])


class ResearchConsent(Answer):
    """That a file may be used for research, by whose word."""

    by: str = Field(description="An account's id.")
    at: datetime
    text_version: str = Field(description="Of the text that was agreed to.", examples=["2026-11"])


class Medium(Answer):
    """A file of the library, with its newest completed analysis.

    Fields of the analysis stay when it has expired; they are null of a file that was never analysed.
    """

    id: str
    sha256: str = Field(examples=[SHA256])
    kind: MediaKind
    name: str = Field(description="Of the newest upload.", examples=["clip.mp4"])
    content_type: str | None = Field(examples=["video/mp4"])
    size_bytes: int = Field(examples=[4_812_331])
    first_at: datetime = Field(description="When it was first handed in.")
    seen_at: datetime = Field(description="When it was last handed in or analysed.")
    revision: int = Field(description="Counts visible changes; the `ETag`.", examples=[3])
    sent_by: str | None = Field(
        description="Address of who first sent it; null for a former account.", examples=["ada@example.com"]
    )
    source_kind: SourceKind | None
    host: str | None = Field(description="Of the address it came from.", examples=["example.org"])
    job_id: str | None = Field(description="The newest analysis, while its row is kept.", examples=[JOB_ID])
    analysed_at: datetime | None
    analyses: int = Field(description="Completed ones of the whole file.", examples=[1])
    verdict: Verdict | None
    score: float | None = Field(description="Null also where there is no estimate.", examples=[0.84])
    threshold: float | None = Field(examples=[0.69])
    people: int | None = Field(examples=[1])
    faces: int | None = Field(examples=[16])
    reasons: list[str] = Field(description="Codes; the first one decided.", examples=[["above_threshold"]])
    bundle: str | None = Field(examples=["tf_efficientnetv2_b0"])
    bundle_version: str | None = Field(examples=["1.3.0"])
    bundle_sha256: str | None
    signed_record: CredentialState | None = Field(description="State of the file's own signed record.")
    trace: str | None = Field(description="The rule of the first trace of a generator or an editor.")
    thumbnail_url: str | None = Field(description="The most suspicious face, while its file is kept.")
    expires_at: datetime | None = Field(
        description="When the files of the newest analysis are deleted; null where there are none, and of a "
        "file that is held."
    )
    tags: list[str] = Field(examples=[["lipsync"]])
    label: MediumLabel | None
    hold: MediumHold | None
    sensitivity: Sensitivity | None
    research_consent: ResearchConsent | None
    deleted_at: datetime | None = Field(
        description="Its files and analyses were deleted; hash, labels and reviews stay."
    )


class MediaPage(Answer):
    """Some files of the library."""

    media: list[Medium]
    total: int = Field(description="How many match, 10,000 at most.", examples=[1])
    more: bool = Field(description="Whether more than `total` match.", examples=[False])
    cursor: str | None = Field(description="Asks for the next page; null on the last one.")
