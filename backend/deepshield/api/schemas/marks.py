"""Faces that a reader marks."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from deepshield.api.schemas.base import JOB_ID, Answer
from deepshield.domain.jobs import State, Verdict
from deepshield.result import Box


class MarkRequest(BaseModel):
    """A face in a frame of the job's file; of a video name the frame by time or by index."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    box: Box = Field(
        description="x0, y0, x1, y1 in pixels of the displayed frame; inside it, with sides of 40 or more.",
        examples=[[412.0, 96.0, 540.0, 268.0]],
    )
    timestamp_ms: float | None = Field(
        None, description="The frame that players show then, from the first frame.", examples=[9_700.0]
    )
    frame_index: int | None = Field(None, description="In order of presentation, from 0; wins over the time.")


class MarkedFace(Answer):
    """The analysis of a marked face, which is a job of its own."""

    job_id: str = Field(examples=[JOB_ID])
    state: State
    created_at: datetime
    box: Box
    timestamp_ms: float | None
    frame_index: int | None
    verdict: Verdict | None = Field(description="Null before there is a result.")
    final_score: float | None = Field(description="Null also where there is no estimate.", examples=[0.84])


class MarkedFaces(Answer):
    """The marked faces of a job's file, newest first, 100 at most."""

    marks: list[MarkedFace]
