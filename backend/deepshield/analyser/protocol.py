"""The messages between a worker and its analysing process: one JSON object per line.

The process reads `Setup` once, then any number of `Analyze`, `Preview`, `Describe` and `Stop`; it answers
with the other messages. Hostile media may have taken it over, so the worker validates every answer
(`worker.answers`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from deepshield.domain.facts import BundleFacts
from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.jobs import Stage
from deepshield.result import AnalysisResult
from deepshield.result_provenance import Provenance

LONGEST_LINE = 32 * 1024 * 1024
LARGEST_FILE = 64 * 1024 * 1024  # bytes of an artifact
OUT_OF_MEMORY = 77  # exit status


class ProtocolError(Exception):
    """The other side broke the protocol."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The configuration; sent over standard input, since others can read arguments and environment."""

    parent: int  # process id
    bundle: str | None  # folder; None is the released one
    runtime: str
    device: str
    threshold: float | None  # in place of the bundle's
    max_frames: int
    max_seconds: float
    max_bytes: int
    decode_seconds: float
    memory_mb: int
    plots: bool  # whether timelines will have to be drawn
    niceness: int = 0
    trust_lists: str | None = None  # folder


@dataclass(frozen=True, slots=True)
class Analyze:
    """Analyse the file at ``path`` and write its artifacts into the new folder ``folder``.

    ``mark`` is a row of `domain.marks.Mark`: of that face alone. ``policies`` are rows of
    `domain.policies.PolicyTask`: that of the loaded bundle is to judge it, in place of the setup's rule.
    """

    id: int
    path: str
    folder: str
    mark: dict[str, Any] | None = None
    policies: list[dict[str, Any]] = field(default_factory=list)
    kind: Literal["analyze"] = "analyze"


@dataclass(frozen=True, slots=True)
class Preview:
    """Write to ``target`` a preview, which browsers can play, of the analysed video at ``path``."""

    id: int
    path: str
    target: str
    seconds: float  # that it may take
    kind: Literal["preview"] = "preview"


@dataclass(frozen=True, slots=True)
class Describe:
    """Read what the file at ``path`` says of itself."""

    id: int
    path: str
    kind: Literal["describe"] = "describe"


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop that request at the next opportunity."""

    id: int
    kind: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded and has passed its self-test. ``confinement`` is what `confine` returned."""

    sha256: str
    name: str
    version: str
    confinement: dict[str, str]
    kind: Literal["ready"] = "ready"

    @property
    def bundle(self) -> BundleFacts:
        """The bundle that is loaded."""
        return BundleFacts(self.sha256, self.name, self.version)


@dataclass(frozen=True, slots=True)
class Broken:
    """There is no model to analyse with."""

    message: str
    kind: Literal["broken"] = "broken"


@dataclass(frozen=True, slots=True)
class Began:
    """The file is about to be opened; from here on, a crash counts as caused by it."""

    id: int
    kind: Literal["began"] = "began"


@dataclass(frozen=True, slots=True)
class Progressed:
    """Counts from inside the engine."""

    id: int
    stage: Stage
    frames_decoded: int
    frames_planned: int
    faces_found: int
    faces_scored: int
    kind: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class Done:
    """The result, the names of the files in the folder, and what near copies are recognised by."""

    id: int
    result: AnalysisResult
    files: tuple[str, ...]
    prints: tuple[FramePrint, ...] = ()
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Refused:
    """The file cannot be analysed; ``code`` is the detector's."""

    id: int
    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class Previewed:
    """The preview is written, or ``problem`` says why there is none, for the log."""

    id: int
    problem: str | None
    sound: bool = False  # whether the preview has sound
    kind: Literal["previewed"] = "previewed"


@dataclass(frozen=True, slots=True)
class Described:
    """What the file says of itself; unless ``complete``, its signed record before the rest is read."""

    id: int
    provenance: Provenance
    complete: bool = True
    kind: Literal["described"] = "described"


@dataclass(frozen=True, slots=True)
class Halted:
    """The request was stopped by a `Stop`."""

    id: int
    kind: Literal["halted"] = "halted"


@dataclass(frozen=True, slots=True)
class Idle:
    """The task is over and freed memory has been returned to the system."""

    kind: Literal["idle"] = "idle"


Task = Analyze | Preview | Describe
Request = Task | Stop
Answer = Ready | Broken | Began | Progressed | Done | Refused | Previewed | Described | Halted | Idle
_REQUESTS: dict[str, type[Request]] = {
    "analyze": Analyze,
    "preview": Preview,
    "describe": Describe,
    "stop": Stop,
}


def encode(message: Setup | Request | Answer) -> bytes:
    """Return a message as a line; raises ValueError for what JSON cannot express, such as NaN."""
    content = {field.name: getattr(message, field.name) for field in fields(message)}
    if isinstance(message, Done):
        content["result"] = message.result.model_dump(mode="json")
        content["prints"] = [asdict(one) for one in message.prints]
    if isinstance(message, Described):
        content["provenance"] = message.provenance.model_dump(mode="json")
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def decode_setup(line: bytes) -> Setup:
    """Read the worker's first line."""
    return Setup(**json.loads(line))


def decode_request(line: bytes) -> Request:
    """Read a request of the worker, which is trusted."""
    fields = json.loads(line)
    return _REQUESTS[fields["kind"]](**fields)
