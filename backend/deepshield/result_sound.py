"""What the sound track of a video is like, as part of a result. It moves no score."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from deepshield.result_base import Part


class SoundEnding(StrEnum):
    """Why no more of the sound was measured."""

    COMPLETE = "complete"
    TOO_LONG = "too_long"
    OUT_OF_TIME = "out_of_time"
    UNDECODABLE = "undecodable"


class SpliceSign(StrEnum):
    """What changes abruptly where the sound may have been cut."""

    NOISE_FLOOR = "noise_floor"
    HUM_PHASE = "hum_phase"
    DIGITAL_SILENCE = "digital_silence"


class SoundSpan(Part):
    """A stretch of time."""

    start_ms: float = Field(description="From the first frame; before it where negative.")
    end_ms: float


class SpliceCandidate(Part):
    """A place where the sound may have been cut, which recorders and codecs may cause as well."""

    timestamp_ms: float
    sign: SpliceSign
    strength: float = Field(
        description="Of the noise floor dB by which it changes; of the hum's phase degrees by which it "
        "jumps; of digital silence its milliseconds."
    )


class SignRate(Part):
    """How many authentic clips of the development media show a sign."""

    sign: SpliceSign
    shown: int
    clips: int = Field(description="That are long enough to show it.")


class LevelCurve(Part):
    """The level over the time of the pictures."""

    step_ms: float
    dbfs: list[float | None] = Field(
        description="Mean power of each step from the first frame on, 0 at full scale; null without sound."
    )


class Sound(Part):
    """The track that players play; the voice itself is not judged. What was not measured is null or empty."""

    codec: str | None = Field(description="Null where it is not known here.")
    sample_rate: int = Field(description="Hz, of most of the sound.")
    channels: int = Field(description="The first 8 are measured.")
    tracks: int = Field(description="Tracks with sound in the file; the one that players play was measured.")
    ending: SoundEnding = Field(
        description="Why no more was measured: all was, it was longer than the limit for videos, its share "
        "of the time was used up, or nothing could be decoded."
    )
    duration_ms: float = Field(description="Of what was measured.")
    declared_ms: float | None = Field(description="Duration by the container.")
    offset_ms: float | None = Field(
        description="Start of the sound from the first frame; positive where it begins later."
    )
    bit_rate: float | None = Field(description="Bits per second of what was measured.")
    damaged_packets: int
    invalid_samples: int = Field(description="Not a number, or infinite; taken as silence.")
    format_changes: int = Field(description="Of sample rate or channels within the track.")
    ceiling_hz: float | None = Field(
        description="Frequency above which there is nothing; null where the spectrum has no such edge."
    )
    loudness_lufs: float | None = Field(
        description="Integrated loudness (ITU-R BS.1770-4, EBU R 128); null below -70 LUFS and under 0.4 s."
    )
    peak_dbfs: float | None = Field(description="Largest sample; null of digital silence.")
    silence_share: float | None = Field(description="Share of the sound below -60 dBFS.")
    silences: list[SoundSpan] = Field(description="Of 0.3 s or more, the 200 longest, in order of time.")
    splices: list[SpliceCandidate] = Field(description="In order of time, of each sign the 20 strongest.")
    splice_rates: list[SignRate] = Field(description="One for each sign.")
    level: LevelCurve | None
    speech: list[SoundSpan] | None = Field(
        description="When somebody speaks, in order of time; null where it was not looked for."
    )
    speech_share: float | None = Field(description="Of the sound.")
