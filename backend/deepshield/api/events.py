"""Live progress: one query for all watched jobs, whose changes are passed to the subscribers of each job.

A subscriber gets the newest row of its job and may skip rows that a newer one has replaced, so a slow reader
needs no buffer. The route authorises a subscriber beforehand; the hub passes a job's rows only to that job's
subscribers, and only while their logins are valid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import anyio.to_thread
import structlog
from sqlalchemy.exc import SQLAlchemyError

from deepshield.observability import metrics
from deepshield.persistence.tables import Job

_log = structlog.get_logger(__name__)

Look = Callable[[Collection[str]], Mapping[str, Job]]
WaitingBefore = Callable[[Job], int | None]
LoginsAlive = Callable[[Collection[str]], Collection[str]]


class LoginEndedError(Exception):
    """The login that a job was watched with does not count any more."""


class Current(NamedTuple):
    """A job's present row, and how many jobs wait before it while it is queued."""

    job: Job
    waiting_before: int | None


class Watch:
    """One subscriber's view of one job: the newest row it has not taken yet."""

    def __init__(
        self, job_id: str, revision: int, login: str | None = None, waiting_before: int | None = None
    ) -> None:
        self.job_id, self.login = job_id, login
        self._revision = revision
        self._current: Current | None = None
        self._waiting_before = waiting_before
        self._ended = False
        self._changed = asyncio.Event()

    def offer(self, current: Current | None) -> None:
        """Record the job's present row and place in the queue; None when the job has been deleted."""
        if current is not None:
            revision, waiting_before = current.job.revision, current.waiting_before
            moved = revision == self._revision and waiting_before != self._waiting_before
            if revision <= self._revision and not moved:
                return
            self._revision, self._waiting_before = revision, waiting_before
        self._current = current
        self._changed.set()

    def end(self) -> None:
        """Note that the subscriber's login has ended: nothing that comes after is theirs to see."""
        self._ended = True
        self._changed.set()

    async def change(self) -> Current | None:
        """Wait for a change and return the job as it is then; None when it has been deleted.

        Raises `LoginEndedError`.
        """
        await self._changed.wait()
        if self._ended:
            raise LoginEndedError
        self._changed.clear()
        return self._current


class ProgressHub:
    """Polls the jobs that have subscribers; sleeps while there are none."""

    def __init__(
        self,
        look: Look,
        interval_seconds: float = 0.25,
        logins_alive: LoginsAlive = frozenset,
        waiting_before: WaitingBefore = lambda _: None,
    ) -> None:
        self._look, self._logins_alive, self._waiting_before = look, logins_alive, waiting_before
        self._interval = interval_seconds
        self._watches: dict[str, set[Watch]] = {}
        self._wanted = asyncio.Event()
        # A thread of its own, so that progress does not wait behind the endpoints' threads.
        self._thread = anyio.CapacityLimiter(1)

    @contextmanager
    def watching(
        self, job_id: str, revision: int, login: str | None = None, waiting_before: int | None = None
    ) -> Iterator[Watch]:
        """Subscribe to what happens to a job after ``revision``, for as long as ``login`` counts if given.

        ``waiting_before`` is the place in the queue that the subscriber knows.
        """
        watch = Watch(job_id, revision, login, waiting_before)
        metrics.EVENT_STREAMS.inc()
        self._watches.setdefault(job_id, set()).add(watch)
        self._wanted.set()
        try:
            yield watch
        finally:
            metrics.EVENT_STREAMS.dec()
            self._forget(watch)

    @property
    def watchers(self) -> int:
        """How many subscriptions there are."""
        return sum(map(len, self._watches.values()))

    async def run(self) -> None:
        """Query the database every interval until cancelled; goes on after an outage."""
        while True:
            await self._wanted.wait()
            try:
                await self._look_once()
            except (SQLAlchemyError, OSError) as error:
                _log.warning("progress cannot be read", error=type(error).__name__)
            await asyncio.sleep(self._interval)

    async def _look_once(self) -> None:
        watched = {job_id: tuple(watches) for job_id, watches in self._watches.items()}
        logins = {one.login for watches in watched.values() for one in watches if one.login is not None}
        rows, alive = await anyio.to_thread.run_sync(
            self._rows_and_logins, tuple(watched), logins, limiter=self._thread
        )
        # Subscribers that came during the query are served by the next one.
        for job_id, watches in watched.items():
            for watch in watches:
                if watch.login in logins - alive:
                    watch.end()
                else:
                    watch.offer(rows.get(job_id))

    def _rows_and_logins(
        self, ids: Collection[str], logins: Collection[str]
    ) -> tuple[Mapping[str, Current], frozenset[str]]:
        """Read the rows first: a login that counts after that counted when they were read."""
        jobs = self._look(ids)
        rows = {job_id: Current(job, self._waiting_before(job)) for job_id, job in jobs.items()}
        return rows, frozenset(self._logins_alive(logins) if logins else ())

    def _forget(self, watch: Watch) -> None:
        watches = self._watches[watch.job_id]
        watches.discard(watch)
        if not watches:
            del self._watches[watch.job_id]
        if not self._watches:
            self._wanted.clear()
