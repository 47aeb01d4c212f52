"""The time a file may take to be read and decoded."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

from detector.contracts import ErrorCode, MediaError

T = TypeVar("T")


class DecodeBudget:
    """Counts the wall seconds spent inside ``with budget:`` blocks, not those spent elsewhere.

    One thread at a time may be inside, and blocks do not nest.
    """

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
        """Raise `MediaError` DECODE_TIMEOUT when the time is used up; to be called between steps."""
        running = time.monotonic() - self._entered if self._entered is not None else 0.0
        if self.spent + running > self._seconds:
            raise MediaError(
                ErrorCode.DECODE_TIMEOUT,
                f"Decoding took longer than the limit of {self._seconds:g} seconds.",
                limit_seconds=self._seconds,
            )

    def timed(self, steps: Generator[T, None, None]) -> Generator[T, None, None]:
        """Yield what ``steps`` yields; the time it takes counts, that of the consumer does not."""
        with closing(steps):
            while True:
                with self:
                    try:
                        step = next(steps)
                    except StopIteration:
                        return
                yield step
