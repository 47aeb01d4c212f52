"""Reading what an analysing process answers, without trusting it: its messages, and the document in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from deepshield.analyser.protocol import LONGEST_LINE, Answer, ProtocolError
from deepshield.domain.jobs import MediaKind, Stage
from deepshield.domain.progress import Report

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])
_STAGES = frozenset(
    {"open", "decoding", "face_detection", "inference", "aggregation", "explainability", "total"}
)


def read_answers(stream: IO[bytes]) -> Iterator[Answer]:
    """Yield answers until the stream ends; raises `ProtocolError` for a line that is none, or endless."""
    while line := stream.readline(LONGEST_LINE):
        if not line.endswith(b"\n"):
            if len(line) == LONGEST_LINE:
                raise ProtocolError("a line without end")
            return  # the process died in the middle of a line
        try:
            yield _ANSWER.validate_json(line)
        except ValidationError as error:
            raise ProtocolError("a line that is no answer") from error


@dataclass(frozen=True, slots=True)
class Outline:
    """What the worker itself reads in a result document."""

    sha256: str | None  # of the bytes that were analysed
    is_video: bool
    frames: int
    faces: int
    stage_seconds: Mapping[str, float]

    @property
    def progress(self) -> Report:
        """The last progress, while the result is saved."""
        return Report(Stage.SAVING_RESULTS, self.frames, self.frames, self.faces, self.faces)


def outline(document: Mapping[str, Any]) -> Outline:
    """Read a result document; what is missing or of another type is read as nothing."""
    sha256, media, timings = document.get("sha256"), document.get("media"), document.get("timings_ms")
    return Outline(
        sha256 if isinstance(sha256, str) else None,
        isinstance(media, dict) and media.get("type") == MediaKind.VIDEO,
        _count(document.get("frames_sampled")),
        _count(document.get("faces")),
        {
            stage: milliseconds / 1000
            for stage, milliseconds in (timings.items() if isinstance(timings, dict) else ())
            if stage in _STAGES and isinstance(milliseconds, int | float)
        },
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
