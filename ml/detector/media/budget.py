"""The time a file may take to be read and decoded."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
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


class TimedSteps(Iterator[T]):
    """Gives what a generator yields; the time that takes counts in the budget, that of the consumer does not.

    `close` may come from another thread than the one that takes the steps: it waits for the running step, and
    there is none after it.
    """

    def __init__(self, steps: Generator[T, None, None], budget: DecodeBudget) -> None:
        self._steps, self._budget = steps, budget
        self._running = threading.Lock()

    def __next__(self) -> T:
        with self._running, self._budget:
            return next(self._steps)

    def close(self) -> None:
        """Close the generator, and with it what it holds open."""
        with self._running:
            self._steps.close()
