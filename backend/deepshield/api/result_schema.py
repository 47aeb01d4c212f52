"""The shape of an analysis's result; what the engine adds beyond it is passed through."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_Box = list[float]
_OVERLAY = "/api/artifacts/0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11/moment-1-overlay.png"


class Part(BaseModel):
    """Base of a result's parts: fields of newer engines stay visible."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


class Media(Part):
    """The file as it was decoded."""

    type: str = Field(examples=["video"])
    format: str = Field(examples=["mov"])
    codec: str = Field(examples=["h264"])
    width: int = Field(description="Pixels, in display orientation.", examples=[1920])
    height: int = Field(examples=[1080])
    duration_ms: float | None = Field(examples=[48_200.0])
    frame_count: int = Field(examples=[1205])
    size_bytes: int = Field(examples=[4_812_331])


class Reason(Part):
    """Why there is a verdict or none; the first one decided."""

    code: str = Field(examples=["above_threshold"])
    message: str = Field(examples=["The most suspicious person scores above the threshold."])


class FaceSeen(Part):
    """A face in one sampled frame."""

    frame_index: int = Field(examples=[310])
    timestamp_ms: float | None = Field(examples=[12_400.0])
    bbox: _Box = Field(description="x0, y0, x1, y1 in pixels of the displayed frame.")
    size_px: float | None = Field(examples=[182.0])
    sharpness: float | None = Field(examples=[0.61])
    detection_confidence: float | None = Field(examples=[0.998])
    landmarks: list[list[float]] | None = None
    logit: float | None = Field(examples=[1.84])


class Person(Part):
    """Somebody followed through the file."""

    person: str = Field(examples=["B"])
    probability: float | None = Field(examples=[0.84])
    logit: float | None = Field(examples=[1.52])
    seconds_on_screen: float | None = Field(examples=[21.3])
    frames: int = Field(examples=[14])
    thumbnail_url: str | None = Field(None, examples=[None])
    faces: list[FaceSeen]


class Instant(Part):
    """A sampled frame; who is not seen in it is absent from ``scores``."""

    timestamp_ms: float | None = Field(examples=[12_400.0])
    scores: dict[str, float | None] = Field(examples=[{"A": 0.11, "B": 0.91}])


class Moment(Part):
    """One of the most suspicious moments; its pictures are null once they have been deleted."""

    rank: int = Field(examples=[1])
    person: str = Field(examples=["B"])
    frame_index: int = Field(examples=[310])
    timestamp_ms: float | None = Field(examples=[12_400.0])
    p_fake: float | None = Field(examples=[0.91])
    face_bbox: _Box = Field(examples=[[612.0, 204.0, 794.0, 431.0]])
    heatmap_overlay_url: str | None = Field(description="The map over the crop.", examples=[_OVERLAY])
    frame_overlay_url: str | None = Field(description="The map over the whole frame.", examples=[None])
    crop_url: str | None = Field(description="The crop without the map.", examples=[None])
    map: list[list[float | None]] = Field(
        description="Contributions to the logit per cell of the crop.", examples=[[[0.1, -0.2], [0.4, 0.0]]]
    )


class Scorer(Part):
    """What scored the file."""

    bundle: str | None = Field(examples=["tf_efficientnetv2_b0"])
    version: str | None = Field(examples=["1.0.0"])
    architecture: str | None = Field(examples=["tf_efficientnetv2_b0"])
    sha256: str | None = None
    base_rate: float | None = Field(examples=[0.5])
    reliability: list[list[float]] = Field(examples=[[[0.36, 0.41, 282.0]]])
    runtime: str | None = Field(examples=["onnx"])
    device: str | None = Field(examples=["cpu"])
    face_detector: str | None = Field(examples=["mtcnn"])


class AnalysisResult(Part):
    """The calibrated verdict with its evidence and its limits.

    A probability that the evidence does not carry is null, never zero.
    """

    verdict: Literal["manipulated", "no_signs", "inconclusive", "no_face"]
    final_score: float | None = Field(
        description="Calibrated probability of manipulation at the model's base rate.", examples=[0.84]
    )
    raw_logit: float | None = Field(examples=[1.52])
    interval: list[float] | None = Field(description="90 % interval of final_score.", examples=[[0.71, 0.92]])
    decision_threshold: float = Field(examples=[0.69])
    abstain_band: list[float] = Field(description="Inside it there is no verdict.", examples=[[0.5, 0.69]])
    predicted_manipulation: bool | None = Field(description="Null when the evidence is too weak.")
    low_confidence: bool
    low_confidence_reason: str | None = Field(examples=[None])
    confidence_label: str = Field(
        description="strong, signs, unclear, weak, none or no_face.", examples=["signs"]
    )
    score_interpretation: str = Field(
        examples=["Signs of manipulation (estimated 84 %, range 71-92 %)"],
    )
    advice: str | None = Field(None, examples=["Other causes remain possible."])
    reasons: list[Reason]
    deciding_person: str | None = Field(None, examples=["B"])
    frames_sampled: int = Field(examples=[32])
    frames_with_face: int = Field(examples=[29])
    frames_used_for_score: int = Field(examples=[14])
    faces: int = Field(0, examples=[43])
    aggregation_method: str = Field(examples=["quantile-band-1"])
    aggregation_steps: list[dict[str, Any]] = Field(
        default_factory=list, description="Each step with its inputs, weights and output.", examples=[[]]
    )
    tracks: list[Person] = Field(description="Most suspicious first.")
    timeline: list[Instant]
    top_k_suspicious: list[Moment]
    media: Media | None = None
    model: Scorer
    model_version: str | None = Field(examples=["1.0.0"])
    pipeline_version: str = Field(examples=["1"])
    timings_ms: dict[str, float | None] = Field(examples=[{"decode": 512.0, "score": 96.0}])
    sha256: str | None = None
    preview_url: str | None = Field(
        None,
        description="A video's preview: MP4 that browsers play, without sound, at the times of the result. "
        "Null for an image, once it has been deleted, and where none could be made in time.",
        examples=[None],
    )
