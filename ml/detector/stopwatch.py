"""Wall time per stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """``with watch("stage"):`` adds up; stages may be entered many times."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Add the block's wall time to ``stage``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - started

    def milliseconds(self, **seconds: float) -> dict[str, float]:
        """Return the stages, further ``seconds`` measured elsewhere, and the total since the start."""
        stages = {**self._seconds, **seconds, "total": time.perf_counter() - self._started}
        return {stage: round(value * 1000.0, 3) for stage, value in stages.items()}
