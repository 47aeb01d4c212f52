"""The result of an analysis: the one shape in which it is made, sent, stored, served and read.

Boxes are ``(x0, y0, x1, y1)`` in pixels of the displayed frame, times are milliseconds from the first frame,
probabilities lie between 0 and 1. A probability that the evidence does not carry is null, never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from deepshield.domain.failures import Code
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.strength import Support
from deepshield.domain.wording import Label, Trace
from deepshield.result_base import Part
from deepshield.result_provenance import Provenance
from deepshield.result_sound import Sound

RESULT_VERSION: Literal["2"] = "2"


_DECIDED = (Verdict.MANIPULATED, Verdict.NO_SIGNS)
_NOTICED_SECONDS = 0.2  # from which something that is shown is worth a word


def _given(verdict: Verdict | None, estimate: float | None) -> float | None:
    return estimate if verdict in _DECIDED else None


def _numbers(count: int) -> WithJsonSchema:
    """Describe so many numbers as an array of one type, which all generators of clients understand."""
    items = {"type": "number"}
    return WithJsonSchema({"type": "array", "items": items, "minItems": count, "maxItems": count})


Box = Annotated[tuple[float, float, float, float], _numbers(4)]
Interval = Annotated[tuple[float, float], _numbers(2)]
Point = Annotated[tuple[float, float], _numbers(2)]
ReliabilityRow = Annotated[tuple[float, float, int], _numbers(3)]
Address = Callable[[str], str]
"""Where a file of that name is fetched."""


class ReasonCode(StrEnum):
    """Why there is a verdict or none."""

    ABOVE_THRESHOLD = "above_threshold"
    BELOW_THRESHOLD = "below_threshold"
    IN_ABSTAIN_BAND = "in_abstain_band"
    NO_FACE = "no_face"
    FACES_TOO_SMALL = "faces_too_small"
    TOO_BLURRED = "too_blurred"
    TOO_FEW_FRAMES = "too_few_frames"
    UNSTABLE_SCORES = "unstable_scores"
    DAMAGED_MEDIA = "damaged_media"
    SEEN_TOO_LITTLE = "seen_too_little"


class Reason(Part):
    """A reason with its sentence."""

    code: ReasonCode
    message: str


class Media(Part):
    """The file as it was decoded."""

    type: MediaKind
    format: str
    codec: str
    width: int = Field(description="Pixels, in display orientation.")
    height: int
    duration_ms: float = Field(description="0 for an image.")
    frame_count: int = Field(description="Coded frames.")
    size_bytes: int
    other_streams: int = Field(
        default=0, description="Further streams with pictures; the one that players show was analysed."
    )


class StepKind(StrEnum):
    """What a step computes, in the order in which steps come."""

    QUANTILE_BAND = "quantile_band"
    STRONGEST_TRACE = "strongest_trace"
    PRESENCE = "presence"
    MOST_SUSPICIOUS_PERSON = "most_suspicious_person"
    NUMBER_OF_PEOPLE = "number_of_people"
    CALIBRATION = "calibration"


class Step(Part):
    """One step from the frames' logits to the estimate, complete enough to be computed again.

    ``output`` is the sum of ``inputs`` times ``weights``, except for two kinds without weights. That of the
    number of people is ``median + spread * ln(q / (1 - q))`` with ``q = p ** people`` and
    ``p = 1 / (1 + exp(-(input - median) / spread))``; that of the calibration is ``1 / (1 + exp(-x))`` with
    ``x = slope * max(input, floor) + intercept``; the names are those of the parameters.
    """

    kind: StepKind
    person: str | None = Field(description="Whose score the step makes; null for the file's.")
    inputs: list[float]
    weights: list[float]
    output: float
    parameters: dict[str, int | float]
    trace: Trace | None = Field(
        default=None,
        description="Of two: the one whose scores a quantile band is of, or the strongest one.",
    )


class FaceSeen(Part):
    """A face in one sampled frame."""

    frame_index: int
    timestamp_ms: float
    bbox: Box = Field(description="x0, y0, x1, y1 in pixels of the displayed frame.")
    size_px: float = Field(description="Shorter side of the box.")
    sharpness: float = Field(description="Share of fine detail in the face's contrast, 0 to about 1.")
    detection_confidence: float
    landmarks: list[Point] | None = Field(description="Eyes, nose, corners of the mouth.")
    logit: float = Field(description="The largest of its traces.")
    traces: dict[Trace, float] = Field(
        default_factory=dict, description="The logit of each trace; empty in results of earlier releases."
    )


class TraceEstimate(Part):
    """What a person's estimate would be by one trace alone."""

    trace: Trace
    logit: float
    probability: float = Field(description="Calibrated from the logit, however weak the evidence.")


class Person(Part):
    """Somebody followed through the file, judged by their own faces, as one of the people that it shows."""

    person: str = Field(description="A letter.")
    verdict: Verdict | None = Field(
        description="Null in results of version 1 for those whom the file's verdict does not follow, "
        "as are confidence_label and final_score."
    )
    confidence_label: Label | None
    final_score: float | None = Field(description="As the file's: null when the evidence is too weak.")
    interval: Interval | None = Field(description="90 % interval of final_score.")
    reasons: list[Reason] = Field(description="The first one decided.")
    probability: float = Field(description="Calibrated from the logit, however weak the evidence.")
    logit: float = Field(description="The largest of the traces.")
    trace: Trace | None = Field(
        default=None, description="Whose logit that is; null in results of earlier releases."
    )
    traces: list[TraceEstimate] = Field(
        default_factory=list, description="By each trace alone; empty in results of earlier releases."
    )
    seconds_on_screen: float = Field(description="0 in an image.")
    frames: int = Field(description="Sampled frames that show the person.")
    thumbnail_url: str | None
    faces: list[FaceSeen]

    @property
    def given_estimate(self) -> float | None:
        """The estimate as people are given it: only a verdict has one."""
        return _given(self.verdict, self.final_score)

    def are_scores_given(self, *, one_frame: bool) -> bool:
        """Return whether scores of single faces are shown; without an estimate they would pass for one.

        Of one frame the face's score is the estimate, so that only a verdict has it.
        """
        if self.verdict is None or self.verdict in _DECIDED:
            return True
        return not one_frame and self.final_score is not None


class Instant(Part):
    """A sampled frame."""

    timestamp_ms: float
    scores: dict[str, float] = Field(
        description="The probability of each person's face alone; who is not seen is absent."
    )


class Moment(Part):
    """One of the most suspicious moments; its pictures are null once they have been deleted."""

    rank: int = Field(description="From 1.")
    person: str
    frame_index: int
    timestamp_ms: float
    p_fake: float = Field(description="Calibrated probability of this face alone.")
    face_bbox: Box
    heatmap_overlay_url: str | None = Field(description="The map over the crop.")
    frame_overlay_url: str | None = Field(description="The map over the whole frame.")
    crop_url: str | None = Field(description="The crop without the map, as the network saw it.")
    face_url: str | None = Field(
        default=None,
        description="What the crop shows at the size that it has in the file, at most 768 px.",
    )
    frame_url: str | None = Field(
        default=None, description="The whole frame, with nothing drawn on it, at most 1,280 px."
    )
    crop_area: list[Point] | None = Field(
        default=None, description="Corners of the crop in pixels of the displayed frame, clockwise."
    )
    map: list[list[float]] = Field(description="Contributions to the logit per cell of the crop.")
    trace: Trace | None = Field(
        default=None,
        description="Whose map it is: that of the face's largest logit; null in results of earlier releases.",
    )


class Calibration(Part):
    """Platt's scaling: ``1 / (1 + exp(-x))`` with ``x = slope * max(logit, floor) + intercept``."""

    slope: float
    intercept: float
    floor: float


class Scorer(Part):
    """What scored the file."""

    bundle: str | None
    version: str | None
    architecture: str | None
    sha256: str | None
    traces: list[Trace] = Field(
        default_factory=list,
        description="What it has a logit of each for; empty in results of earlier releases.",
    )
    base_rate: float = Field(description="Share of manipulated files that probabilities are calibrated at.")
    calibration: Calibration | None = Field(
        description="What makes a probability of every logit of the result; null in results of version 1."
    )
    reliability: list[ReliabilityRow] = Field(
        description="Rows of mean estimate, observed share of manipulated files, number of files."
    )
    reliability_intervals: list[Interval] = Field(
        default_factory=list,
        description="95 % interval of each row's share; empty without one, and in earlier results.",
    )
    runtime: str
    device: str
    face_detector: str


class Strength(Part):
    """Strength of evidence: a likelihood ratio, which says nothing about how common manipulated files are.

    Posterior odds of ``final_score`` over the prior odds of the model's base rate, in log10: positive where
    the findings are more probable if the file is manipulated, negative where they are less.
    """

    log10_ratio: float
    interval: Interval | None = Field(description="Of log10_ratio, from the ends of the estimate's interval.")
    cap: float = Field(
        description="No ratio is further from 0: log10 of n + 1 for n independent cases (persons, source "
        "clips) of the test set's smaller class; for n files where the bundle names no cap."
    )
    support: Support = Field(description="In the words of the ENFSI scale; none below a ratio of 2.")


class Timings(Part):
    """Wall milliseconds per stage; all but the decoding, which runs beside them, sum to the total at most."""

    open: float | None = Field(
        description="Reading, hashing and surveying the file; null in results of version 1."
    )
    waiting_for_frames: float | None = Field(
        description="Waiting for the decoder; null in results of version 1."
    )
    face_detection: float
    inference: float
    aggregation: float
    explainability: float
    sound: float | None = Field(
        default=None, description="Decoding and measuring the sound; null in results of earlier releases."
    )
    decoding: float
    total: float


class Mark(Part):
    """A face that a reader pointed out; the result is of this face in this frame alone."""

    box: Box = Field(description="x0, y0, x1, y1 in pixels of the displayed frame, as it was drawn.")
    timestamp_ms: float = Field(description="Of the frame; 0 in an image.")
    frame_index: int


class JudgedBy(Part):
    """The policy of a workspace by which a file was judged."""

    number: int = Field(description="Of the workspace, from 1.")
    name: str


class AnalysisResult(Part):
    """The calibrated verdict with its evidence and its limits.

    A probability that the evidence does not carry is null, never zero.
    """

    result_version: Literal["2"] = Field(description="Of this shape.")
    sha256: str = Field(description="Of the file that was analysed.")
    media: Media
    verdict: Verdict
    final_score: float | None = Field(
        description="Calibrated probability of manipulation at the model's base rate."
    )
    raw_logit: float | None = Field(
        description="Aggregated and corrected, before calibration; null when no face was scored."
    )
    interval: Interval | None = Field(description="90 % interval of final_score.")
    strength: Strength | None = Field(
        default=None, description="Null without a verdict, and in results of earlier releases."
    )
    decision_threshold: float
    abstain_band: Interval = Field(description="Inside it there is no verdict.")
    policy: JudgedBy | None = Field(
        default=None,
        description="Whose threshold, band and minimums these are; null for those of the model or of who "
        "runs the service, and in results of earlier releases.",
    )
    none_below: float | None = Field(
        default=None,
        description="Only where the interval ends at or below it does it say something that no signs were "
        "found; null where it never does, as in results of earlier releases.",
    )
    predicted_manipulation: bool | None = Field(description="Null when the evidence is too weak.")
    low_confidence: bool
    low_confidence_reason: ReasonCode | None
    confidence_label: Label
    score_interpretation: str = Field(description="The verdict with its figures, in a sentence.")
    advice: str
    reasons: list[Reason] = Field(description="The first one decided.")
    deciding_person: str | None = Field(description="The letter of the person whom the verdict follows.")
    trace: Trace | None = Field(
        default=None,
        description="Whose logit that person's is; null without a face and in results of earlier releases.",
    )
    frames_sampled: int
    frames_with_face: int
    frames_used_for_score: int
    faces: int
    faces_left_out: int = Field(
        default=0, description="Found beyond the 256 largest of a frame, and not scored."
    )
    smallest_face_px: float | None = Field(
        default=None,
        description="The smallest face that was looked for; null where none was, and where it is not known.",
    )
    damaged_packets: int
    aggregation_method: str
    aggregation_steps: list[Step] = Field(description="From the frames' logits to the estimate.")
    tracks: list[Person] = Field(description="Most suspicious first.")
    timeline: list[Instant]
    top_k_suspicious: list[Moment]
    model: Scorer
    model_version: str | None
    pipeline_version: str
    timings_ms: Timings
    preview_url: str | None = Field(
        description="What browsers show of the file, with nothing drawn on it. Of a video MP4, "
        "at the times of the result; of an image, and of the frame of a mark, JPEG, upright, at most "
        "2,048 px, without metadata. Null once it has been deleted, where no video could be made in time, "
        "and for images of earlier releases.",
    )
    preview_sound: bool = Field(
        default=False,
        description="Whether the preview has the sound of the file; never in results of earlier releases.",
    )
    marked: Mark | None = Field(
        default=None,
        description="The one face that all of this is of; null where faces were looked for in the file.",
    )
    provenance: Provenance | None = Field(
        default=None,
        description="What the file says of itself, which never moves the score; null in results of earlier "
        "releases.",
    )
    sound: Sound | None = Field(
        default=None,
        description="What the sound track is like, which never moves the score: the voice itself is not "
        "judged. Null without a track, of images and marked faces, and in results of earlier releases.",
    )

    @property
    def given_estimate(self) -> float | None:
        """The estimate as people are given it: only a verdict has one."""
        return _given(self.verdict, self.final_score)

    @property
    def is_of_one_frame(self) -> bool:
        """Whether it is of an image, or of a face that was marked in one frame."""
        return self.media.type is MediaKind.IMAGE or self.marked is not None

    @property
    def seconds_between_frames(self) -> float | None:
        """How far the frames that were looked at are apart; None where that is less than anybody notices."""
        if self.is_of_one_frame or self.media.frame_count <= self.frames_sampled:
            return None
        seconds = self.media.duration_ms / 1000.0 / max(1, self.frames_sampled)
        return seconds if seconds >= _NOTICED_SECONDS else None

    def first_people(self, most: int) -> list[Person]:
        """Return the most suspicious people, up to ``most``, the one whom the verdict follows among them."""
        followed = [one for one in self.tracks[most:] if one.person == self.deciding_person]
        return [*self.tracks[: most - len(followed)], *followed]

    def impersonal(self) -> AnalysisResult:
        """Return the result for others than its owner: without what the file says of places and persons."""
        if self.provenance is None:
            return self
        return self.model_copy(update={"provenance": self.provenance.impersonal()})

    def linked(self, address: Address, names: Collection[str]) -> AnalysisResult:
        """Return the result with artifacts' names made addresses; null for files not in ``names``."""

        def link(name: str | None) -> str | None:
            return address(name) if name is not None and name in names else None

        people = [
            person.model_copy(update={"thumbnail_url": link(person.thumbnail_url)}) for person in self.tracks
        ]
        moments = [
            moment.model_copy(
                update={
                    "heatmap_overlay_url": link(moment.heatmap_overlay_url),
                    "frame_overlay_url": link(moment.frame_overlay_url),
                    "crop_url": link(moment.crop_url),
                    "face_url": link(moment.face_url),
                    "frame_url": link(moment.frame_url),
                }
            )
            for moment in self.top_k_suspicious
        ]
        return self.model_copy(
            update={
                "tracks": people,
                "top_k_suspicious": moments,
                "preview_url": link(self.preview_url),
            }
        )


class Failure(Part):
    """Why a file could not be analysed: a code for programs, a message for people, details for both."""

    error_code: Code
    message: str
    details: dict[str, Any] = Field(default_factory=dict)


class Unanalysed(Part):
    """In place of a result."""

    error: Failure
