"""The time a file may take to be read and decoded."""

from __future__ import annotations

import time

from detector.contracts import ErrorCode, MediaError


class DecodeBudget:
    """Counts the wall seconds spent inside ``with budget:`` blocks, not those spent elsewhere."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entered: float | None = None
        self.spent = 0.0

    def __enter__(self) -> DecodeBudget:
        self._entered = time.monotonic()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._entered is not None:
            self.spent += time.monotonic() - self._entered
            self._entered = None

    def check(self) -> None:
        """Raise `MediaError` DECODE_TIMEOUT when the time is used up; called between packets and frames."""
        running = time.monotonic() - self._entered if self._entered is not None else 0.0
        if self.spent + running > self._seconds:
            raise MediaError(
                ErrorCode.DECODE_TIMEOUT,
                f"Decoding took longer than the limit of {self._seconds:g} seconds.",
                limit_seconds=self._seconds,
            )
