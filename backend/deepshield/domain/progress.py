"""What an analysis reports while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from deepshield.domain.jobs import Stage


@dataclass(frozen=True, slots=True)
class Report:
    """Counts from inside the engine during ``stage``."""

    stage: Stage
    frames_decoded: int = 0
    frames_planned: int = 0
    faces_found: int = 0
    faces_scored: int = 0
