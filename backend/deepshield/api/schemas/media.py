"""Files of a workspace's library."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from deepshield.api.schemas.base import JOB_ID, NAMING, SHA256, STORABLE, Answer, Withheld
from deepshield.api.schemas.jobs import JobSummary
from deepshield.domain.custody import SourceKind
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.library import Action, ActionState, Keeps, MediaOrder, Sensitivity
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
    keeps: Keeps = Field(
        description="file: its bytes too. record: its bytes were gone before it was held; name, hash, "
        "verdict and what members have written are kept."
    )


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
    withheld: Withheld = False
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


_TAG = "In small letters, with single spaces."
_Tag = Annotated[str, Field(max_length=200)]
_MediumId = Annotated[str, Field(pattern="^[0-9a-f-]{1,36}$")]


class MediumChange(BaseModel):
    """What is to be changed of a file; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    tags: list[_Tag] = Field(
        [], description=f"All of its tags. {_TAG}", max_length=50, examples=[["lipsync"]]
    )
    sensitivity: Sensitivity | None = Field(None, description="Null is not sensitive.")
    research_consent: str | None = Field(
        None,
        description="Version of the text by which the file was given for research; null withdraws it.",
        max_length=64,
        pattern=STORABLE,
        examples=["2026-11"],
    )

    def given(self) -> dict[str, Any]:
        """Return what the request has, by name."""
        return self.model_dump(mode="json", exclude_unset=True)


class HoldRequest(BaseModel):
    """Why a file is to be kept."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, max_length=1000, pattern=STORABLE, examples=["Evidence in a complaint."])


class Forgotten(Answer):
    """A file that is gone with all that was written on it."""

    id: str
    outcome: Literal["forgotten"] = "forgotten"


class CommentRequest(BaseModel):
    """What is to be written about a file."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        min_length=1, max_length=10_000, pattern=STORABLE, examples=["The original is of 2019."]
    )


class MediumComment(Answer):
    """What a member wrote about a file; it is never edited, but can be withdrawn."""

    id: str
    author: str | None = Field(
        description="Address; null for a former account.", examples=["ada@example.com"]
    )
    mine: bool = Field(description="Whether the account that asks wrote it.")
    text: str | None = Field(description="Null once it was withdrawn.", examples=["The original is of 2019."])
    at: datetime
    withdrawn_at: datetime | None


class MediumComments(Answer):
    """What was written about a file, in the order that was asked for."""

    comments: list[MediumComment]
    next_cursor: str | None = Field(description="For the comments after these; null where none is left.")


class MediumAnalyses(Answer):
    """The analyses of a file that are there, newest first; 200 at most."""

    analyses: list[JobSummary]


class LabelRevision(Answer):
    """What a file was held to be from some time on."""

    revision: int = Field(examples=[1])
    value: str = Field(examples=["manipulated"])
    kind: str | None = Field(examples=["lipsync"])
    grade: str = Field(examples=["double"])
    group_key: str | None
    reviews: list[str] = Field(description="Ids of the reviews that it stands on.")
    decided_by: str | None = Field(
        description="Address; null where readers agreed, and for a former account.",
        examples=["ada@example.com"],
    )
    at: datetime


class LabelHistory(Answer):
    """The labels of a file, newest first."""

    labels: list[LabelRevision]
    next_cursor: int | None = Field(description="For the labels before these; null where none is left.")


class BulkRequest(BaseModel):
    """Something to be done to many files."""

    model_config = ConfigDict(extra="forbid")

    q: str | None = Field(None, description="A query: every file that it finds.", max_length=2000)
    ids: list[_MediumId] = Field([], description="Or these files.", max_length=1000)
    action: Action
    tag: str | None = Field(
        None, description=f"Of tag and untag. {_TAG}", max_length=200, examples=["lipsync"]
    )
    reason: str | None = Field(None, description="Of hold.", max_length=1000, pattern=STORABLE)
    expect_count: int = Field(description="How many files were shown to be meant.", ge=0, examples=[12])

    @model_validator(mode="after")
    def _names_files_in_one_way(self) -> Self:
        if (self.q is None) == (not self.ids):
            raise ValueError("name the files by q or by ids")
        return self


class BulkDone(Answer):
    """What came of it."""

    matched: int = Field(description="Files that were meant.", examples=[12])
    changed: int = Field(description="Files that were not so already.", examples=[10])
    held: int = Field(description="Files that were not deleted, since they are held.", examples=[2])
    refused: int = Field(
        description="Files that were not deleted, since others have sent them, not forgotten, since others "
        "have worked on them, or not tagged, since they have 50 tags.",
        examples=[0],
    )


class BulkAction(Answer):
    """Something that is done to many files in the background, and how far it is."""

    id: str = Field(examples=[JOB_ID])
    action: Action
    state: ActionState = Field(description="stopped: who asked for it may not do it any more.")
    matched: int = Field(description="Files that are meant.", examples=[20_000])
    done: int = Field(description="Files that were looked at so far.", examples=[1_200])
    changed: int = Field(description="Of them, those that were not so already.", examples=[1_190])
    held: int = Field(description="Of them, those that were not deleted, since they are held.", examples=[8])
    refused: int = Field(
        description="Of them, those that are not the asker's to remove, or have 50 tags.", examples=[2]
    )
    created_at: datetime
    finished_at: datetime | None


class BulkAnswer(RootModel[Annotated[BulkAction | BulkDone, Field(union_mode="left_to_right")]]):
    """What came of it, or that it goes on."""

    model_config = ConfigDict(from_attributes=True)


class ViewRequest(BaseModel):
    """A query to be kept under a name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=NAMING, examples=["To check"])
    query: str = Field(max_length=2000, examples=["verdict:manipulated -label:any"])
    sort: MediaOrder | None = None
    shared: bool = Field(False, description="For all members; by leads and admins.")


class View(Answer):
    """A query under a name."""

    id: str
    name: str = Field(examples=["To check"])
    query: str = Field(examples=["verdict:manipulated -label:any"])
    sort: MediaOrder | None
    shared: bool = Field(description="Whether all members see it.")
    created_at: datetime


class ViewList(Answer):
    """The account's own views and the workspace's, by name."""

    views: list[View]


class ViewDeleted(Answer):
    """A view that is gone."""

    id: str
    outcome: Literal["deleted"] = "deleted"
