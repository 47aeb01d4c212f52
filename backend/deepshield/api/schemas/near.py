"""Other analyses of the same picture or film."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from deepshield.api.schemas.base import JOB_ID, Answer, Withheld
from deepshield.domain.fingerprints import Compared, Form
from deepshield.domain.jobs import MediaKind, Verdict


class SharedFrames(Answer):
    """How much of two files shows the same, by hashes of whole frames."""

    form: Form = Field(description="How this file is turned or mirrored to look like the other.")
    bits: int = Field(
        description="In which the hashes of matching frames differ, of 256; median. At most 31.",
        examples=[6],
    )
    matched: int = Field(description="Frames of this file that the other shows as well.", examples=[31])
    frames: int = Field(description="Frames of this file that were compared.", examples=[32])
    matched_there: int = Field(description="Frames of the other that this file shows.", examples=[30])
    frames_there: int = Field(description="Frames of the other that were compared.", examples=[32])


class NearCopy(Answer):
    """Another analysis in the same workspace."""

    job_id: str = Field(examples=[JOB_ID])
    media_id: str | None = Field(None, description="The file's id in the library.")
    original_filename: str = Field(examples=["clip.mp4"])
    media_type: MediaKind
    created_at: datetime
    same_file: bool = Field(description="Whether it is of the very same bytes.")
    shared: SharedFrames | None = Field(description="Null for the same bytes.")
    verdict: Verdict | None
    final_score: float | None = Field(description="Null also where there is no estimate.", examples=[0.84])
    withheld: Withheld = False


class NearCopies(Answer):
    """The same bytes first, then those that share most; 20 at most."""

    compared: Compared = Field(
        description="`all`: with every file of the workspace that has a fingerprint. `same_bytes`: this job "
        "has none, so that only equal files are found. `nothing`: a visitor sent the file."
    )
    copies: list[NearCopy]
