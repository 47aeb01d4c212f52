"""The warm analysing processes of a worker, lent to one attempt at a time each."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from deepshield.worker.analyser import Analyser


class Slot:
    """One attempt's claim to an analyser, from `acquire` to `release`; both may be repeated."""

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
    """Lends analysers; the one returned last, whose memory is in the caches, goes first."""

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
        """Give a slot, released at the end of the block at the latest."""
        slot = Slot(self._free)
        try:
            yield slot
        finally:
            slot.release()
