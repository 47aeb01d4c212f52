"""A cache of answers about completed jobs, which are read repeatedly and seldom change."""

from __future__ import annotations

import threading
from collections import OrderedDict

_MOST = 64  # of a few hundred kilobytes each at most

Key = tuple[str, int, bool]
"""A job's id and revision, and whether the result has what the file says of places and persons."""


class RenderedResults:
    """The bodies of the most recently read results; safe to share between threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._bodies: OrderedDict[Key, str] = OrderedDict()

    def get(self, key: Key) -> str | None:
        """Return a kept body."""
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
            return self._bodies.get(key)

    def keep(self, key: Key, body: str) -> None:
        """Keep a body in place of the least recently read one."""
        with self._lock:
            self._bodies[key] = body
            if len(self._bodies) > self._most:
                self._bodies.popitem(last=False)
