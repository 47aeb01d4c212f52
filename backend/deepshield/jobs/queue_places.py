"""How many files wait before a job in its queue, read once a second at most, however many clients ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deepshield.domain.jobs import State
from deepshield.persistence.repositories import jobs
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

COUNTED = 1000  # jobs at the head of a queue; all that wait behind them have as many before them
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Head:
    """The places of a queue's first jobs, as they were at a time."""

    read_at: float
    places: Mapping[str, int]


class QueuePlaces:
    """The heads of the queues, in one process; safe to share between threads. Gives away numbers alone."""

    def __init__(self, resources: Resources, clock: Callable[[], float] = time.monotonic) -> None:
        self._resources, self._clock = resources, clock
        self._lock = threading.Lock()
        self._heads: dict[str, _Head] = {}

    def before(self, job: Job) -> int | None:
        """Return how many jobs wait before this one, 1000 at most; None for a job that does not wait.

        A job that came after its queue was read is behind all that were in it.
        """
        if job.state != State.QUEUED:
            return None
        places = self._places(job.queue)
        return places.get(job.id, len(places))

    def _places(self, queue: str) -> Mapping[str, int]:
        with self._lock:
            head, now = self._heads.get(queue), self._clock()
            if head is None or now - head.read_at >= _SECONDS:
                head = self._heads[queue] = _Head(now, self._read(queue))
            return head.places

    def _read(self, queue: str) -> Mapping[str, int]:
        with self._resources.database.read() as session:
            return {job_id: place for place, job_id in enumerate(jobs.head_of(session, queue, COUNTED))}
