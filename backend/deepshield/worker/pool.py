"""The pool of a worker's warm analysing processes, each used by one attempt at a time."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deepshield.worker.analyser import Analyser


class Slot:
    """One attempt's use of an analyser, from `acquire` to `release`; both are idempotent."""

    def __init__(self, free: queue.LifoQueue[Analyser]) -> None:
        self._free = free
        self._analyser: Analyser | None = None

    def acquire(self) -> Analyser:
        """Return an analyser, once one is free."""
        if self._analyser is None:
            self._analyser = self._free.get()
        return self._analyser

    def release(self) -> None:
        """Return the analyser to the pool."""
        analyser, self._analyser = self._analyser, None
        if analyser is not None:
            self._free.put(analyser)


class Pool:
    """Hands out analysers; the last one returned is reused first, since its memory is in the caches."""

    def __init__(self, analysers: Sequence[Analyser]) -> None:
        self._free: queue.LifoQueue[Analyser] = queue.LifoQueue()
        for analyser in analysers:
            self._free.put(analyser)

    @property
    def has_free(self) -> bool:
        """Whether an analyser has nothing to do."""
        return not self._free.empty()

    @contextmanager
    def slot(self) -> Iterator[Slot]:
        """Yield a slot, which is released at the end of the block at the latest."""
        slot = Slot(self._free)
        try:
            yield slot
        finally:
            slot.release()
