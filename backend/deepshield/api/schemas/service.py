"""The service: health, readiness, limits, retention and model card."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from deepshield.api.schemas.base import SHA256, Answer


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
    """A worker process with a recent heartbeat."""

    queue: str = Field(examples=["images"])
    state: str = Field(
        description="starting, ready, or broken: its model fails the self-test.", examples=["ready"]
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


class AccountLimits(Answer):
    """Whether accounts are needed and can be made."""

    required: bool
    registration_open: bool
    free_daily_uploads: int | None = Field(
        description="Per day, of an account of tier free; null is no limit, as where accounts are optional.",
        examples=[20],
    )
    passwords: bool = Field(True, description="Whether a password signs in.")
    provider: str | None = Field(
        None,
        description="The name of the OpenID provider, at which `/api/auth/oidc/start` begins a sign-in.",
        examples=["Example Press"],
    )


class UploadLimits(Answer):
    """Limits of an upload."""

    max_bytes: int = Field(examples=[209_715_200])
    max_name_length: int = Field(examples=[255])


class MediaLimits(Answer):
    """Which files of a kind are accepted."""

    extensions: list[str] = Field(examples=[[".jpg", ".png"]])
    content_types: list[str] = Field(examples=[["image/jpeg", "image/png"]])


class VideoLimits(MediaLimits):
    """Which videos are accepted, and how many of their frames are analysed."""

    max_duration_seconds: float = Field(examples=[180.0])
    max_frames: int = Field(examples=[32])


class Retention(Answer):
    """How long files and rows are kept after a job has ended."""

    upload_hours: float = Field(examples=[24.0])
    artifact_hours: float = Field(examples=[24.0])
    job_days: float = Field(examples=[30.0])


class DatasetFigures(Answer):
    """The model's figures on a data set that it was not trained on."""

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
    """The model in use and its measured figures."""

    bundle: str = Field(examples=["tf_efficientnetv2_b0"])
    version: str = Field(examples=["1.0.0"])
    architecture: str = Field(examples=["tf_efficientnetv2_b0"])
    sha256: str = Field(examples=[SHA256])
    decision_threshold: float = Field(
        description="In use: the operator's (`INFER_FAKE_DECISION_THRESHOLD`), or the model's own.",
        examples=[0.69],
    )
    abstain_band: list[float] = Field(description="At that threshold.", examples=[[0.5, 0.69]])
    own_threshold: float = Field(description="With which the figures were measured.", examples=[0.69])
    own_abstain_band: list[float] = Field(examples=[[0.5, 0.69]])
    base_rate: float = Field(description="Share of manipulated files, as assumed.", examples=[0.5])
    reliability: list[list[float]] = Field(
        description="Per bin: mean estimate, share manipulated, number of files.",
        examples=[[[0.36, 0.41, 282.0]]],
    )
    reliability_intervals: list[list[float]] = Field(
        description="Per bin: 95 % interval of the share; empty where the model has none.",
        examples=[[[0.35, 0.47]]],
    )
    datasets: list[DatasetFigures]


class ServiceLimits(Answer):
    """Limits, retention and model of this service."""

    accounts: AccountLimits
    upload: UploadLimits
    image: MediaLimits
    video: VideoLimits
    retention: Retention
    reverse_search_links: bool = Field(
        description="Whether pages link to search engines for pictures.", examples=[True]
    )
    model: ModelCard | None = Field(description="Null when it cannot be read; then analysis is paused.")
