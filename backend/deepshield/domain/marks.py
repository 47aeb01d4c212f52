"""A face that a reader marks in a frame: what may be marked, and how it is written into a job's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import Code

SMALLEST_PX = 40.0
"""The shorter side of the smallest face that may be marked: the model can judge hardly less."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A box in pixels of the displayed frame, and which frame: by time, by index, or a still's only one."""

    box: Box
    timestamp_ms: float | None = None
    frame_index: int | None = None

    def row(self) -> dict[str, Any]:
        """Return the mark as JSON."""
        return {**asdict(self), "box": list(self.box)}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Read what `row` returned."""
        x0, y0, x1, y1 = row["box"]
        return cls((x0, y0, x1, y1), row["timestamp_ms"], row["frame_index"])


def require_markable(mark: Mark, width: int, height: int, duration_ms: float, frames: int) -> None:
    """Refuse a mark that is not in a file of that size, duration and number of frames.

    Raises `DeepShieldError` MARK_OUTSIDE or MARK_TOO_SMALL.
    """
    x0, y0, x1, y1 = mark.box
    late = mark.timestamp_ms is not None and not 0 <= mark.timestamp_ms <= duration_ms
    absent = mark.frame_index is not None and not 0 <= mark.frame_index < max(1, frames)
    if late or absent or not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise DeepShieldError(
            Code.MARK_OUTSIDE, width=width, height=height, duration_ms=duration_ms, frames=frames
        )
    if min(x1 - x0, y1 - y0) < SMALLEST_PX:
        raise DeepShieldError(Code.MARK_TOO_SMALL, smallest_px=SMALLEST_PX)
