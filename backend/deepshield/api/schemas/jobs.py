"""Jobs, as their owner, a list and the stream of events show them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, ValidationInfo, field_validator

from deepshield.api.schemas.base import JOB_ID, SHA256, Answer, Withheld
from deepshield.api.schemas.custody import FileSource
from deepshield.api.schemas.failures import JobError
from deepshield.domain.jobs import MediaKind, Stage, State, Verdict
from deepshield.result import AnalysisResult, Interval
from deepshield.result_provenance import AiUse, CredentialState

WaitingBefore = Annotated[
    int | None,
    Field(
        description="How many jobs wait before this one in its queue, 1000 at most; null unless QUEUED.",
        examples=[3],
    ),
]


class Standing(Answer):
    """A job and its progress, made of its row."""

    job_id: str = Field(examples=[JOB_ID], validation_alias=AliasChoices("job_id", "id"))
    media_type: MediaKind
    state: State
    stage: Stage
    progress_percent: int = Field(ge=0, le=100, examples=[100])

    @field_validator("progress_percent")
    @classmethod
    def _all_of_what_is_complete(cls, percent: int, info: ValidationInfo) -> int:
        """A completed job is at 100 percent, whatever was reported last."""
        return 100 if info.data.get("state") == State.COMPLETED else percent


class Accepted(Standing):
    """A job that waits for a worker; poll `/api/results/{job_id}`, or follow `/api/jobs/{job_id}/events`."""

    created_at: datetime
    result: None = None
    error: None = None


class Metadata(Answer):
    """The file as it was sent."""

    original_filename: str = Field(examples=["clip.mp4"])
    original_content_type: str | None = Field(
        description="As the sender declared it.", examples=["video/mp4"]
    )
    original_size_bytes: int = Field(examples=[4_812_331])
    stored_size_bytes: int = Field(examples=[4_812_331])


class Counts(Answer):
    """Progress of the analysis in frames and faces."""

    frames_planned: int = Field(examples=[32])
    frames_decoded: int = Field(examples=[18])
    faces_found: int = Field(examples=[21])
    faces_scored: int = Field(examples=[16])


class StoredFile(Answer):
    """A file that the analysis made; made of its row."""

    name: str = Field(examples=["moment-1-overlay.png"])
    content_type: str = Field(examples=["image/png"])
    size_bytes: int = Field(examples=[182_004])
    sha256: str = Field(examples=[SHA256])


class ArtifactLink(StoredFile):
    """A file that the analysis made, and where it is fetched."""

    url: str = Field(examples=[f"/api/artifacts/{JOB_ID}/moment-1-overlay.png"])


class Record(Standing):
    """The fields of a job's row."""

    revision: int = Field(description="Counts the changes of the job; the id of its events.", examples=[9])
    attempts: int = Field(description="How often a worker has claimed the job.", examples=[1])
    created_at: datetime
    updated_at: datetime
    processing_started_at: datetime | None
    processing_completed_at: datetime | None
    sha256: str = Field(description="Of the file as it was sent.", examples=[SHA256])


class ResultAnswer(Record):
    """A job, and its result once it is COMPLETED."""

    progress: Counts
    waiting_before: WaitingBefore
    upload_kept: bool = Field(
        False, description="Whether the file itself is still there, so that a face in it can be marked."
    )
    marked_from: str | None = Field(
        None, description="The job in whose file the one face was marked that this job is about."
    )
    media_id: str | None = Field(
        None, description="The file in the workspace's library; null for visitors, and in shared results."
    )
    expires_at: datetime | None = Field(
        description="When the files are deleted; the summary is kept longer. Null while it is under way, "
        "and while it is held."
    )
    files_deleted: bool = Field(description="Whether the files have been deleted.")
    needs_owner_secret: bool = Field(
        description="Whether the job has no account: who has its id may read it, and who has the "
        "`owner_secret` of its upload may change and share it."
    )
    metadata: Metadata
    artifacts: list[ArtifactLink]
    sent_by: str | None = Field(
        None,
        description="Address of the member who sent it, in a shared workspace; null there for a former one.",
        examples=["ada@example.com"],
    )
    source: FileSource | None = Field(
        None, description="Where the file came from, once the job has ended; not in shared results."
    )
    error: JobError | None
    result: AnalysisResult | None


class Listed(Standing):
    """The fields of a job's row that a list shows."""

    created_at: datetime
    processing_completed_at: datetime | None
    original_filename: str = Field(examples=["clip.mp4"])
    original_size_bytes: int = Field(examples=[4_812_331])
    sha256: str = Field(description="Of the file as it was sent.", examples=[SHA256])
    error_code: str | None


class JobSummary(Listed):
    """A job in a list."""

    expires_at: datetime | None
    verdict: Verdict | None
    final_score: float | None = Field(description="Null also where there is no estimate.", examples=[0.84])
    interval: Interval | None = Field(None, description="90 % interval of final_score.")
    decision_threshold: float | None = Field(None, examples=[0.69])
    persons: int | None = Field(None, description="Null without a result.", examples=[1])
    reasons: list[str] = Field(
        [], description="Codes; the first one decided.", examples=[["above_threshold"]]
    )
    bundle: str | None = Field(None, examples=["tf_efficientnetv2_b0"])
    bundle_version: str | None = Field(None, examples=["1.0.0"])
    sent_by: str | None = Field(
        None,
        description="Address of the member who sent it, in a shared workspace; null there for a former one.",
        examples=["ada@example.com"],
    )
    marked: bool = Field(False, description="Whether it is about one face alone, which was marked.")
    signed_record: CredentialState | None = Field(
        None, description="State of the file's own record; null in results of earlier releases."
    )
    signed_ai: AiUse | None = Field(
        None, description="What a record by a trusted signer says that a generative model did."
    )
    trace: str | None = Field(None, description="The rule of the first trace of a generator or an editor.")
    thumbnail_url: str | None = Field(description="The most suspicious face, while its file is kept.")
    withheld: Withheld = False


class JobCounts(Answer):
    """How many jobs of each kind match the search and the media type, whatever else is chosen."""

    all: int = Field(description="Includes cancelled jobs.", examples=[15])
    manipulated: int = Field(examples=[3])
    inconclusive: int = Field(examples=[2])
    no_signs: int = Field(examples=[8])
    no_face: int = Field(examples=[1])
    failed: int = Field(examples=[1])
    active: int = Field(description="Waiting or being analysed.", examples=[0])


class JobPage(Answer):
    """Some of a workspace's jobs."""

    jobs: list[JobSummary]
    total: int = Field(description="How many jobs match in all.", examples=[1])
    counts: JobCounts
    limit: int
    offset: int


class Removed(Answer):
    """The outcome: a job under way has been cancelled, an ended one has been deleted with its files."""

    job_id: str = Field(examples=[JOB_ID])
    outcome: Literal["cancelled", "deleted"]


class JobEvent(Standing):
    """The data of an event: a job as it is now. The result itself is fetched from `/api/results/{job_id}`."""

    progress: Counts
    waiting_before: WaitingBefore
    revision: int
    updated_at: datetime
    error: JobError | None
