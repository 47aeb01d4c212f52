"""The states of a job, what may follow what, and how its progress is counted."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """A job's state: QUEUED waits, RUNNING is claimed, PROCESSING is being analysed; the others are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


FETCHES = "fetches"
"""The queue of jobs whose file is still at an address, which no worker consumes."""
FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})
ACTIVE = frozenset({State.RUNNING, State.PROCESSING})


class MediaKind(StrEnum):
    """The kind of a file; each kind has its own queue, so that a photo never waits behind a long video."""

    IMAGE = "image"
    VIDEO = "video"

    @property
    def queue(self) -> str:
        """The name of the queue."""
        return f"{self.value}s"


PREVIEWS = "previews"
"""The queue of jobs that make a preview of an analysed video; not announced, so that idle workers do them."""

PREVIEW_NAMES = {"preview.mp4": True, "preview-silent.mp4": False}
"""The names of a video's preview as a file, and whether each has sound."""


class Origin(StrEnum):
    """Why there is a job: the file came, or an analysis of it was to be made again."""

    FIRST = "first"
    RECHECK = "recheck"


class Verdict(StrEnum):
    """What a completed analysis says of a file."""

    MANIPULATED = "manipulated"
    NO_SIGNS = "no_signs"
    INCONCLUSIVE = "inconclusive"
    NO_FACE = "no_face"


class Order(StrEnum):
    """How a list of jobs is sorted; ``ESTIMATE`` has the highest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    ESTIMATE = "estimate"


class Stage(StrEnum):
    """The part of the analysis that a job is in; the words of the HTTP contract."""

    FETCHING = "fetching"  # from an address
    VALIDATING = "validating"
    FRAME_EXTRACTION = "frame_extraction"
    FACE_DETECTION = "face_detection"
    INFERENCE = "inference"
    AGGREGATION = "aggregation"
    EXPLAINABILITY = "explainability"
    SAVING_RESULTS = "saving_results"


_FRAMES_FROM, _FRAMES_TO = 5, 85
_LATER = {Stage.AGGREGATION: 86, Stage.EXPLAINABILITY: 88, Stage.SAVING_RESULTS: 95}


def percent(stage: Stage, frames_decoded: int, frames_planned: int) -> int:
    """Return the progress of 0 to 99 percent; frames count for most of it, and only a final state is 100."""
    if stage in _LATER:
        return _LATER[stage]
    if stage is Stage.VALIDATING or not frames_planned:
        return 1
    share = min(1.0, frames_decoded / frames_planned)
    return round(_FRAMES_FROM + (_FRAMES_TO - _FRAMES_FROM) * share)
