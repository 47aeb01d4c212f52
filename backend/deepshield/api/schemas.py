"""The answers' shapes, as the OpenAPI document shows them; that of a result is in `deepshield.result`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deepshield.domain.errors import Code
from deepshield.domain.jobs import MediaKind, Stage, State, Verdict
from deepshield.result import AnalysisResult

_JOB_ID = "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"
_REQUEST_ID = "5f2c7d0a4b9e4f0c8b1d6e3a7c9f2b10"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(protected_namespaces=())


class ErrorBody(Answer):
    """Why a request was refused or a job failed; ``details`` depend on the code."""

    error_code: Code = Field(examples=[Code.NOT_FOUND])
    message: str = Field(examples=["We cannot show this result: wrong link, deleted, or another account's."])
    details: dict[str, Any] | None = Field(None, examples=[None])


class ErrorAnswer(Answer):
    """Every failure has this shape."""

    error: ErrorBody
    request_id: str | None = Field(description="Tell it when you report a problem.", examples=[_REQUEST_ID])


class JobError(Answer):
    """Why a job has no result; codes of the media are passed through from the analysis."""

    error_code: str = Field(examples=["VIDEO_DECODE_ERROR"])
    message: str = Field(examples=["We could not read the pictures."])
    details: dict[str, Any] | None = None


class Health(Answer):
    """The service answers."""

    status: Literal["ok"]
    model_id: str | None = Field(examples=["tf_efficientnetv2_b0"])
    model_version: str | None = Field(examples=["1.0.0"])
    version: str = Field(description="Of the service.", examples=["0.1.0"])


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"]


class LiveWorker(Answer):
    """A worker process that has reported lately."""

    queue: str = Field(examples=["images"])
    state: str = Field(
        description="starting, ready, or broken: its model fails its own test.", examples=["ready"]
    )
    seen_seconds_ago: float = Field(examples=[1.4])


class Ready(Answer):
    """Whether the service can do its work, part by part."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str] = Field(
        description="Of `database`, `migrations`, `storage`, `broker` and `model`: `ok`, or what is wrong.",
        examples=[
            {"database": "ok", "migrations": "ok", "storage": "ok", "broker": "ok", "model": "ok"},
        ],
    )
    workers: list[LiveWorker]


class Accepted(Answer):
    """A job that waits for a worker; ask `/api/results/{job_id}`, or follow `/api/jobs/{job_id}/events`."""

    job_id: str = Field(examples=[_JOB_ID])
    media_type: MediaKind
    state: State
    stage: Stage
    progress_percent: int = Field(ge=0, le=100, examples=[0])
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
    """How far the analysis is, in what it has handled."""

    frames_planned: int = Field(examples=[32])
    frames_decoded: int = Field(examples=[18])
    faces_found: int = Field(examples=[21])
    faces_scored: int = Field(examples=[16])


class ArtifactLink(Answer):
    """A file that the analysis made."""

    name: str = Field(examples=["moment-1-overlay.png"])
    url: str = Field(examples=[f"/api/artifacts/{_JOB_ID}/moment-1-overlay.png"])
    content_type: str = Field(examples=["image/png"])
    size_bytes: int = Field(examples=[182_004])
    sha256: str = Field(examples=[_SHA256])


class ResultAnswer(Answer):
    """A job, and its result once it is COMPLETED."""

    job_id: str = Field(examples=[_JOB_ID])
    media_type: MediaKind
    state: State
    stage: Stage
    progress_percent: int = Field(ge=0, le=100, examples=[100])
    progress: Counts
    revision: int = Field(description="Counts what has changed; the id of events.", examples=[9])
    attempts: int = Field(description="How often a worker has begun.", examples=[1])
    created_at: datetime
    updated_at: datetime
    processing_started_at: datetime | None
    processing_completed_at: datetime | None
    expires_at: datetime | None = Field(
        description="When the files go; the summary stays longer. Null while the job is under way."
    )
    files_deleted: bool = Field(description="Whether the files have gone.")
    sha256: str = Field(description="Of the file as it was sent.", examples=[_SHA256])
    metadata: Metadata
    artifacts: list[ArtifactLink]
    error: JobError | None
    result: AnalysisResult | None


class JobSummary(Answer):
    """A job in a list."""

    job_id: str = Field(examples=[_JOB_ID])
    media_type: MediaKind
    state: State
    stage: Stage
    progress_percent: int = Field(ge=0, le=100, examples=[100])
    created_at: datetime
    processing_completed_at: datetime | None
    expires_at: datetime | None
    original_filename: str = Field(examples=["clip.mp4"])
    original_size_bytes: int = Field(examples=[4_812_331])
    error_code: str | None
    verdict: Verdict | None
    final_score: float | None = Field(description="Null also where there is no estimate.", examples=[0.84])
    thumbnail_url: str | None = Field(description="The most suspicious face, while its file is kept.")


class JobCounts(Answer):
    """How many jobs of each kind match the search and the media type, whatever else is chosen."""

    all: int = Field(description="The cancelled ones too.", examples=[15])
    manipulated: int = Field(examples=[3])
    inconclusive: int = Field(examples=[2])
    no_signs: int = Field(examples=[8])
    no_face: int = Field(examples=[1])
    failed: int = Field(examples=[1])
    active: int = Field(description="Waiting or being analysed.", examples=[0])


class JobPage(Answer):
    """Some of an account's jobs."""

    jobs: list[JobSummary]
    total: int = Field(description="How many are like that in all.", examples=[1])
    counts: JobCounts
    limit: int
    offset: int


class Removed(Answer):
    """What became of a job: one under way was cancelled, an ended one is gone with its files."""

    job_id: str = Field(examples=[_JOB_ID])
    outcome: Literal["cancelled", "deleted"]


class ShareStatus(Answer):
    """Whether others may read a job by a link."""

    shared: bool
    created_at: datetime | None
    expires_at: datetime | None = Field(description="When the files or the summary go.")


class ShareCreated(Answer):
    """A new link: its token is sent as `X-Share-Token` to `/api/shared`, and told this once."""

    token: str = Field(examples=["4f1c9kXy0b7sQ2mJ8dV3nT6hR5wLpZaEuGiKoCxMvBY"])
    created_at: datetime
    expires_at: datetime = Field(description="When the files or the summary go.")


class JobEvent(Answer):
    """The data of an event: a job as it is now. The result itself is fetched from `/api/results/{job_id}`."""

    job_id: str
    media_type: MediaKind
    state: State
    stage: Stage
    progress_percent: int
    progress: Counts
    revision: int
    updated_at: datetime
    error: JobError | None


class AccountLimits(Answer):
    """Whether accounts are needed and can be made."""

    required: bool
    registration_open: bool
    free_daily_uploads: int = Field(description="Analyses per day of an account of tier free.", examples=[20])


class UploadLimits(Answer):
    """What an upload may be."""

    max_bytes: int = Field(examples=[209_715_200])
    max_name_length: int = Field(examples=[255])


class MediaLimits(Answer):
    """Which files of a kind are taken."""

    extensions: list[str] = Field(examples=[[".jpg", ".png"]])
    content_types: list[str] = Field(examples=[["image/jpeg", "image/png"]])


class VideoLimits(MediaLimits):
    """Which videos are taken, and how much of one is looked at."""

    max_duration_seconds: float = Field(examples=[180.0])
    max_frames: int = Field(examples=[32])


class Retention(Answer):
    """How long things are kept after a job has ended."""

    upload_hours: float = Field(examples=[24.0])
    artifact_hours: float = Field(examples=[24.0])
    job_days: float = Field(examples=[30.0])


class DatasetFigures(Answer):
    """What the model does on a data set that it was not trained on."""

    model_config = ConfigDict(extra="ignore")

    dataset: str
    unit: str
    real: int
    fake: int
    auc: float | None
    auc_interval: list[float] | None
    flagged_real: float | None = Field(description="Share of authentic files called manipulated.")
    flagged_fake: float | None = Field(description="Share of manipulated files called manipulated.")
    abstained: float | None = Field(description="Share of files without a verdict.")


class ModelCard(Answer):
    """The model in use and what was measured of it."""

    bundle: str = Field(examples=["tf_efficientnetv2_b0"])
    version: str = Field(examples=["1.0.0"])
    architecture: str = Field(examples=["tf_efficientnetv2_b0"])
    sha256: str = Field(examples=[_SHA256])
    decision_threshold: float = Field(examples=[0.69])
    abstain_band: list[float] = Field(examples=[[0.5, 0.69]])
    base_rate: float = Field(description="Share of manipulated files behind the estimates.", examples=[0.5])
    reliability: list[list[float]] = Field(
        description="Per bin: mean estimate, share manipulated, number of files.",
        examples=[[[0.36, 0.41, 282.0]]],
    )
    datasets: list[DatasetFigures]


class ServiceLimits(Answer):
    """What this service takes, keeps and can do."""

    accounts: AccountLimits
    upload: UploadLimits
    image: MediaLimits
    video: VideoLimits
    retention: Retention
    model: ModelCard | None = Field(description="Null while there is none; analysis is paused then.")
