"""Wall time per stage of one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar, get_args

from detector.contracts import Timings

Stage = Literal[
    "open", "waiting_for_frames", "face_detection", "inference", "sound", "aggregation", "explainability"
]

T = TypeVar("T")

_END = object()


class Stopwatch:
    """``with watch("stage"):`` adds up; stages may be entered many times, one at a time, by one thread.

    Stages therefore never overlap and do not sum to more than the total. ``clock`` gives nanoseconds.
    """

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._clock = clock
        self._thread = threading.get_ident()
        self._running: Stage | None = None
        self._started = clock()
        self._stages: dict[Stage, int] = {}

    @contextmanager
    def __call__(self, stage: Stage) -> Iterator[None]:
        """Add the block's wall time to ``stage``.

        Raises RuntimeError within another stage, and in another thread than the one that made the stopwatch.
        """
        if self._running is not None:
            raise RuntimeError(f"stage {stage!r} within stage {self._running!r}")
        if threading.get_ident() != self._thread:
            raise RuntimeError(f"stage {stage!r} in another thread")
        self._running = stage
        started = self._clock()
        try:
            yield
        finally:
            self._stages[stage] = self._stages.get(stage, 0) + self._clock() - started
            self._running = None

    def waiting(self, stage: Stage, items: Iterator[T]) -> Iterator[T]:
        """Yield ``items``; the time until each of them comes, and until the end, adds to ``stage``."""
        while True:
            with self(stage):
                item = next(items, _END)
            if item is _END:
                return
            yield item  # type: ignore[misc]  # _END is handled above

    def milliseconds(self, stage: Stage) -> float:
        """Return the time spent in a stage so far; 0 for one that was never entered."""
        return self._stages.get(stage, 0) / 1e6

    def timings(self, decoding: float) -> Timings:
        """Return all stages with the total since the start; ``decoding`` is the decoder thread's seconds."""
        stages = {stage: self.milliseconds(stage) for stage in get_args(Stage)}
        total = (self._clock() - self._started) / 1e6
        return Timings(**stages, decoding=1000.0 * decoding, total=total)
