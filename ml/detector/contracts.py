"""What the rooms of the detector hand to each other: frozen values, with shapes and units.

Conventions everywhere in the detector: images are ``(H, W, 3) uint8`` RGB in display
orientation; boxes are ``(x0, y0, x1, y1)`` in pixels of the file as displayed, x to the
right and y down; times are milliseconds from the first frame; a *logit* is positive when the
face looks manipulated. A network has one logit per *trace*; several of one face are scaled alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]
Box = tuple[float, float, float, float]
MediaType = Literal["image", "video"]


class ErrorCode(StrEnum):
    """Why a file could not be analysed; stable strings that clients may match."""

    FILE_NOT_FOUND = "FILE_NOT_FOUND"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    EMPTY_FILE = "EMPTY_FILE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    INVALID_MAGIC_BYTES = "INVALID_MAGIC_BYTES"
    IMAGE_DECODE_ERROR = "IMAGE_DECODE_ERROR"
    VIDEO_DECODE_ERROR = "VIDEO_DECODE_ERROR"
    VIDEO_TOO_LONG = "VIDEO_TOO_LONG"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_MANY_FRAMES = "TOO_MANY_FRAMES"
    DECODE_TIMEOUT = "DECODE_TIMEOUT"
    SERVER_LIMIT = "SERVER_LIMIT"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class MediaError(Exception):
    """The file is at fault, or larger than this machine allows.

    ``code`` is for programs, ``message`` for people, ``details`` for both.
    """

    def __init__(self, code: ErrorCode, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file the decoder accepts; crossing one raises the `MediaError` named beside it."""

    max_bytes: int = 500 * 1024 * 1024  # FILE_TOO_LARGE
    max_pixels: int = 100_000_000  # TOO_MANY_PIXELS, for one frame
    max_still_pixels: int = 200_000_000  # TOO_MANY_PIXELS, for a still, which is reduced to max_pixels
    max_memory: int = 4 * 1024**3  # SERVER_LIMIT, bytes that decoding may need at one time
    max_seconds: float = 600.0  # VIDEO_TOO_LONG
    max_frames: int = 120_000  # TOO_MANY_FRAMES, coded frames in the file
    decode_seconds: float = 120.0  # DECODE_TIMEOUT, wall time spent in reading and decoding
    sound_seconds: float = 20.0  # wall time spent on the sound; what is left of it then is left out


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame in display orientation."""

    index: int  # in presentation order in the file, from 0
    timestamp_ms: float  # from the first frame
    rgb: Image
    scale: tuple[float, float] = (1.0, 1.0)  # what takes its x and y to the pixels of `MediaInfo`


@dataclass(frozen=True, slots=True)
class Detection:
    """A face found in a frame."""

    box: Box
    confidence: float  # of the detector, 0..1
    landmarks: Floats | None  # (5, 2): left eye, right eye, nose, mouth left, mouth right; None from Haar

    @property
    def size_px(self) -> float:
        """Shorter side of the box in pixels."""
        x0, y0, x1, y1 = self.box
        return min(x1 - x0, y1 - y0)


SMALLEST_FACE_PX = 40.0
"""The smallest face that is worth looking for: a scorer can judge hardly less."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment of a file, by one of the two; a still has one, whatever is named."""

    timestamp_ms: float | None = None  # what a player shows then, which is the frame last begun
    frame_index: int | None = None  # in presentation order, from 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A face that was pointed out in one frame of a file, in place of those that would be found in it."""

    box: Box  # inside the picture
    instant: Instant = field(default_factory=Instant)


class Detector(Protocol):
    """Finds faces; `detect` takes frames of any sizes and gives one list per frame, largest face first."""

    name: str

    def detect(self, frames: list[Image], smallest_px: float = SMALLEST_FACE_PX) -> list[list[Detection]]:
        """Return the faces of each frame, in full-resolution coordinates.

        Faces are looked for from about ``smallest_px`` up; the scales of a detector are steps.
        """
        ...

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = SMALLEST_FACE_PX
    ) -> list[list[Detection]]:
        """Return the faces of each frame, at least those near its ``places`` and the large ones.

        Costs less than `detect` where a detector has a cheaper way. ``places[i]`` are boxes in frame ``i``
        that a face is expected within one side of, at 0.7 to twice its size.
        """
        ...


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a sampled frame with what later steps need of its pixels."""

    index: int  # position among all faces of the file in the order in which they were found, from 0
    sample: int  # position among the sampled frames, from 0
    frame_index: int
    timestamp_ms: float
    box: Box
    confidence: float
    landmarks: Floats | None
    size_px: float
    sharpness: float  # see `faces.sharpness`
    thumbnail: Image  # (64, 64, 3), the face without margin
    portrait: Image | None = None  # the same at 160 px; None where a frame shows a crowd


class Trace(StrEnum):
    """What gives a fake away, in the order of a network's logits that has both."""

    BLENDING = "blending"  # a face, or a part of it, put into authentic footage
    GENERATION = "generation"  # a face that a generator made as a whole


@dataclass(frozen=True, slots=True)
class FaceScore:
    """A scored face: logits, class-activation maps and features, all of one forward pass.

    The logits and maps are in the order of the network's T traces.
    """

    face: Face
    logits: tuple[float, ...]
    maps: Floats  # (T, h, w): unrectified contributions; maps[t].sum() + classifier bias t == logits[t]
    features: Floats  # (C,): the last feature map's mean over its cells, which the classifier weighs

    @property
    def index(self) -> int:
        """The face's index in the file."""
        return self.face.index

    @property
    def strongest(self) -> int:
        """Place of the trace with the largest logit; of equal ones the first."""
        return self.logits.index(self.logit)

    @property
    def logit(self) -> float:
        """The largest logit."""
        return max(self.logits)

    @property
    def cam(self) -> Floats:
        """The map ``(h, w)`` of the trace with the largest logit."""
        return np.asarray(self.maps[self.strongest])


class Reason(StrEnum):
    """Why there is a verdict or none; the sentences are in `calibrate.SENTENCES`."""

    ABOVE_THRESHOLD = "above_threshold"
    BELOW_THRESHOLD = "below_threshold"
    IN_ABSTAIN_BAND = "in_abstain_band"
    NO_FACE = "no_face"
    FACES_TOO_SMALL = "faces_too_small"
    TOO_BLURRED = "too_blurred"
    TOO_FEW_FRAMES = "too_few_frames"
    UNSTABLE_SCORES = "unstable_scores"
    DAMAGED_MEDIA = "damaged_media"
    SEEN_TOO_LITTLE = "seen_too_little"  # of a person beside others


class Verdict(StrEnum):
    """What the analysis concludes; `INCONCLUSIVE` is an answer, not a failure."""

    MANIPULATED = "manipulated"
    NO_SIGNS = "no_signs"
    INCONCLUSIVE = "inconclusive"
    NO_FACE = "no_face"


class StepKind(StrEnum):
    """What a step computes, in the order in which steps come."""

    QUANTILE_BAND = "quantile_band"  # a person's frame logits -> their weighted mean over a band of quantiles
    STRONGEST_TRACE = "strongest_trace"  # those means, one per trace -> the largest; only where there are two
    PRESENCE = "presence"  # that mean and the authentic level -> the person's logit
    MOST_SUSPICIOUS_PERSON = "most_suspicious_person"  # all persons' logits -> the highest that may decide
    NUMBER_OF_PEOPLE = "number_of_people"  # that -> the file's; only where several persons may decide
    CALIBRATION = "calibration"  # the file's logit -> its probability


@dataclass(frozen=True, slots=True)
class Step:
    """One step from frame logits to the estimate, complete enough to recompute its output by hand.

    ``output`` is the sum of ``inputs`` times ``weights``, except for two kinds without weights. For the
    number of people it is ``median + spread * ln(q / (1 - q))`` with ``q = p ** people`` and
    ``p = 1 / (1 + exp(-(input - median) / spread))``. For the calibration it is ``1 / (1 + exp(-x))`` with
    ``x = slope * max(input, floor) + intercept``; the 90 % interval is the same of
    ``input - deviations * standard_error`` and ``input + deviations * standard_error``.
    """

    kind: StepKind
    person: str | None  # whose score the step makes; None for the file's
    inputs: tuple[float, ...]
    weights: tuple[float, ...]
    output: float
    parameters: dict[str, float] = field(default_factory=dict)
    # Of two, the one whose frame logits the quantile band is of, or whose mean is the largest.
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The calibrated conclusion about a file, or about one of its persons by that person's faces alone."""

    verdict: Verdict
    # Of manipulation, at the bundle's base rate; None when the evidence is too weak.
    probability: float | None
    interval: tuple[float, float] | None  # 90 %
    reasons: tuple[Reason, ...]  # the first one decided
    person: str | None  # whom the verdict follows


@dataclass(frozen=True, slots=True)
class PersonConclusion:
    """What is concluded about one person alone."""

    person: str
    logit: float  # aggregated over the person's frames, before any correction and calibration
    trace: Trace  # whose logit that is
    logits: tuple[float, ...]  # aggregated likewise, of each trace alone
    decision: Decision


@dataclass(frozen=True, slots=True)
class Track:
    """One person over the sampled frames, in order of time."""

    person: str  # "A" is the person seen first, from the left, then "B", ...
    scores: tuple[FaceScore, ...]
    logit: float  # aggregated over the person's frames
    trace: Trace  # whose logit that is
    logits: tuple[float, ...]  # aggregated likewise, of each trace alone
    probability: float  # calibrated from the logit, however weak the evidence
    decision: Decision  # about this person alone; gives no probability when the evidence is too weak
    seconds_on_screen: float  # 0 in a still


@dataclass(frozen=True, slots=True)
class Moment:
    """A suspicious frame of one person with the pixels that show why."""

    rank: int  # from 1
    person: str
    score: FaceScore
    trace: Trace  # whose map is shown: that of the face's largest logit
    probability: float  # of this face alone
    crop: Image  # (S, S, 3), exactly what the network saw before normalisation
    overlay: Image  # (S + scale, S, 3), the map on the crop, with its scale below
    frame_overlay: Image  # (H, W, 3), map and box on the frame, long side limited
    face_picture: Image  # (P, P, 3), what `crop` shows at the size that it has in the file, P <= 768
    picture: Image  # (H, W, 3), the frame of `frame_overlay` with nothing drawn on it
    area: tuple[
        tuple[float, float], ...
    ]  # the crop's corners in the file's pixels, clockwise from the top left


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the container says, corrected by what its packets show."""

    media_type: MediaType
    format: str  # "jpeg", "png", "webp", "mov", "matroska", "avi"
    codec: str
    width: int  # display orientation, pixels
    height: int
    duration_ms: float  # 0 for a still
    frame_count: int  # coded frames
    size_bytes: int
    sha256: str
    other_streams: int = 0  # with pictures, beside the one that players show


class SoundEnd(StrEnum):
    """Why no more of a sound track was measured."""

    COMPLETE = "complete"
    TOO_LONG = "too_long"  # longer than `Limits.max_seconds`
    OUT_OF_TIME = "out_of_time"  # `Limits.sound_seconds` were used up
    UNDECODABLE = "undecodable"  # nothing came out of the decoder, or there is none


class SpliceSign(StrEnum):
    """What changes abruptly in the sound at a place where it may have been cut."""

    NOISE_FLOOR = "noise_floor"  # strength: by how many dB the floor changes
    HUM_PHASE = "hum_phase"  # strength: by how many degrees the phase of the mains hum jumps
    DIGITAL_SILENCE = "digital_silence"  # strength: for how many ms every sample is the same


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in milliseconds from the first frame; it may begin before it."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Splice:
    """A place where the sound may have been cut; the sign says in what unit its strength is."""

    time_ms: float
    sign: SpliceSign
    strength: float


@dataclass(frozen=True, slots=True)
class LevelCurve:
    """The level of the sound over the time of the pictures, from the first frame."""

    step_ms: float
    dbfs: tuple[float | None, ...]  # mean power of each step; None where there is no sound


@dataclass(frozen=True, slots=True)
class Sound:
    """What the sound track that players play is like. What was not measured is None or empty.

    Levels are relative to full scale: a sample of 1 is 0 dBFS, and so is power of 1.
    """

    codec: str | None  # None where it is not known here
    sample_rate: int  # of most of the sound, Hz; 0 where nothing is known
    channels: int  # the first 8 are measured
    tracks: int  # with sound, this one included
    ending: SoundEnd
    declared_ms: float | None  # by the container
    duration_ms: float = 0.0  # of what was measured
    offset_ms: float | None = None  # of its start, from the first frame; positive where the sound is late
    bit_rate: float | None = None  # bits per second, of the packets that were measured
    damaged_packets: int = 0
    invalid_samples: int = 0  # not a number, or infinite; taken as silence
    format_changes: int = 0  # of sample rate or channels, in mid-stream
    ceiling_hz: float | None = None  # nothing is above it; None where the spectrum has no such edge
    loudness_lufs: float | None = None  # integrated; None where all is below the gate, or under 0.4 s
    peak_dbfs: float | None = None  # of samples; None of digital silence
    silence_share: float | None = None
    silences: tuple[Span, ...] = ()
    splices: tuple[Splice, ...] = ()
    level: LevelCurve | None = None
    speech: tuple[Span, ...] | None = None  # when somebody speaks; None where it was not looked for
    speech_share: float | None = None  # of the sound


@dataclass(frozen=True, slots=True)
class Timings:
    """Wall milliseconds per stage.

    The analysing thread goes through its stages one after the other, so that they do not sum to more than
    ``total``. ``decoding`` is the decoder thread's and runs beside them.
    """

    open: float  # reading, hashing and surveying the file
    waiting_for_frames: float  # that the decoder thread had not finished yet
    face_detection: float
    inference: float  # cropping and scoring
    aggregation: float  # tracking, aggregating, calibrating
    explainability: float
    sound: float  # decoding and measuring it
    decoding: float  # of pictures
    total: float

    @property
    def analysing(self) -> float:
        """Sum of the analysing thread's stages."""
        return (
            self.open
            + self.waiting_for_frames
            + self.face_detection
            + self.inference
            + self.aggregation
            + self.explainability
            + self.sound
        )


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A picture's PDQ hash, and those of the picture turned and mirrored; see `fingerprint`."""

    quality: int  # 0..100: how much of the picture changes from place to place; the method trusts 50 and more
    hashes: tuple[int, ...]  # of 256 bits each, in the order of `fingerprint.Form`; the first is upright


@dataclass(frozen=True, slots=True)
class FramePrint:
    """The fingerprint of a frame of a file."""

    timestamp_ms: float
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that is known about one file."""

    media: MediaInfo
    decision: Decision
    raw_logit: float | None  # aggregated and corrected, before calibration; None only when no face was scored
    tracks: tuple[Track, ...]  # most suspicious first
    moments: tuple[Moment, ...]
    steps: tuple[Step, ...]  # end with the calibration where the decision has a probability
    sample_times_ms: tuple[float, ...]
    frames_with_face: int
    faces_left_out: int  # found beyond the largest `see.MOST_FACES` of a frame, and not scored
    smallest_face_px: float  # the smallest face that was looked for
    damaged_packets: int
    timings: Timings
    # (H, W, 3), a still, or the frame of a mark, as it is shown, long side at most 2,048; None of a video.
    picture: Image | None = None
    mark: Mark | None = None  # of which alone all of this is said, with time and index of its frame
    prints: tuple[FramePrint, ...] = ()  # in order of time, by which copies are recognised; none of a mark
    sound: Sound | None = None  # None without a track, of a still and of a mark


@dataclass(frozen=True, slots=True)
class Progress:
    """Real counts from inside the engine; `stage` is one of the contract's stage names."""

    stage: str
    frames_decoded: int = 0
    frames_planned: int = 0
    faces_found: int = 0
    faces_scored: int = 0


ProgressCallback = Callable[[Progress], None]
"""Called from the analysing thread; an exception raised by it cancels the analysis and is passed on."""


@dataclass(frozen=True, slots=True)
class CropSpec:
    """How a face becomes the network's input; part of the bundle, the same in training and serving.

    ``margin`` is added on each side as a share of the box's longer side; ``alignment`` "eyes" turns every
    crop until the eyes are level, "none" only clearly tilted ones (no turn without landmarks);
    ``interpolation`` names the enlarging filter, reducing is always by area.
    """

    version: str = "square-1"
    size: int = 224
    margin: float = 0.2
    alignment: Literal["none", "eyes"] = "none"
    interpolation: Literal["linear", "cubic"] = "linear"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
