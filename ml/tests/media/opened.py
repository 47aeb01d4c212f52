"""Opening a file the way the engine does, all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from media_factory import number_of

from detector.contracts import ErrorCode, Frame, Limits, MediaError, MediaInfo
from detector.media import open_media


@dataclass(frozen=True)
class Opened:
    """What came out of a file."""

    info: MediaInfo
    planned: int
    frames: list[Frame]
    damaged: int

    @property
    def indexes(self) -> list[int]:
        """Which frames are said to have been given."""
        return [frame.index for frame in self.frames]

    @property
    def numbers(self) -> list[int | None]:
        """Which frames were given, by what is drawn on them."""
        return [number_of(frame.rgb) for frame in self.frames]

    @property
    def times(self) -> list[float]:
        """When they are shown, in milliseconds."""
        return [frame.timestamp_ms for frame in self.frames]


def decode(path: Path, count: int = 32, **limits: Any) -> Opened:
    """Open, plan and decode."""
    with open_media(path, count, Limits(**limits)) as media:
        frames = list(media.frames())
        return Opened(media.info, media.planned, frames, media.damaged)


def code_of(path: Path, count: int = 32, **limits: Any) -> ErrorCode | None:
    """Tell the code with which a file is refused; None for one that gives sound frames, or is damaged."""
    try:
        opened = decode(path, count, **limits)
    except MediaError as error:
        require_presentable(error, path)
        return error.code
    require_sound(opened)
    return None


def require_presentable(error: MediaError, path: Path) -> None:
    """Check what holds for every refusal: messages go to people who are not to know paths."""
    assert error.message
    assert str(path) not in f"{error.message} {error.details}"


def require_sound(opened: Opened) -> None:
    """Check what holds for whatever was opened."""
    info = opened.info
    assert len(opened.frames) <= opened.planned
    assert opened.damaged > 0 or len(opened.frames) == opened.planned, "a loss is told"
    assert info.frame_count >= 1
    assert info.duration_ms >= 0
    assert all(frame.rgb.ndim == 3 and frame.rgb.shape[2] == 3 for frame in opened.frames)
    assert all(str(frame.rgb.dtype) == "uint8" and frame.rgb.flags.c_contiguous for frame in opened.frames)
    assert opened.indexes == sorted(set(opened.indexes))
    assert all(0 <= index < info.frame_count for index in opened.indexes)
    assert opened.times == sorted(opened.times)
    assert all(0 <= time <= info.duration_ms for time in opened.times)


def gaps(values: Iterable[float]) -> list[float]:
    """Return the differences of neighbours."""
    return [b - a for a, b in pairwise(values)]
