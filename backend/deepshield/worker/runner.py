"""Claiming jobs and starting an attempt at each."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from deepshield.jobs import lease as leases
from deepshield.jobs.lease import Lease
from deepshield.observability import metrics
from deepshield.resources import Resources
from deepshield.worker.attempt import Attempt
from deepshield.worker.cancellation import Cancellation, Reason
from deepshield.worker.pool import Pool, Slot
from deepshield.worker.scratch import Scratch

_UPLOADERS = 4

_log = logging.getLogger(__name__)


class JobRunner:
    """Runs jobs on a pool of analysers; `run` is called by one thread more than there are analysers.

    ``on_broken`` is called when there is no working model any more. With ``ahead``, a job is claimed and
    fetched while the analysers are busy, which helps where jobs are short. Without it, a job is claimed once
    an analyser is free, so that other workers can take it before.
    """

    def __init__(
        self,
        resources: Resources,
        worker_id: str,
        pool: Pool,
        scratch: Scratch,
        on_broken: Callable[[str], None],
        *,
        ahead: bool = False,
    ) -> None:
        self._resources, self._worker_id, self._pool, self._scratch = resources, worker_id, pool, scratch
        self._on_broken, self._ahead = on_broken, ahead
        self._uploaders = ThreadPoolExecutor(_UPLOADERS, thread_name_prefix="store")
        self._lock = threading.Lock()
        self._running: set[Cancellation] = set()
        self._refusing = self._draining = False

    def refuse(self) -> None:
        """Claim no further job."""
        self._refusing = True

    def drain(self) -> None:
        """Stop all running jobs and requeue them for other workers."""
        with self._lock:
            self._refusing = self._draining = True
            running = tuple(self._running)
        for cancellation in running:
            cancellation.cancel(Reason.DRAINING)

    @property
    def is_idle(self) -> bool:
        """Whether no job is running."""
        return not self._running

    @property
    def can_take_more(self) -> bool:
        """Whether an analyser has nothing to do."""
        return not self._refusing and self._pool.has_free

    def run(self, queue: str) -> None:
        """Run the job of a queue that is due first, if one waits.

        Never raises: the sweep requeues a job whose outcome is not recorded.
        """
        with self._cancellable() as cancellation, self._pool.slot() as slot:
            if not self._ahead:
                slot.acquire()
            if self._refusing:
                return  # the job is still queued, and the sweep announces it again
            lease = self._claim(queue)
            if lease is None:
                return
            with structlog.contextvars.bound_contextvars(job_id=lease.job_id):
                self._attempt(lease, slot, cancellation)

    def _attempt(self, lease: Lease, slot: Slot, cancellation: Cancellation) -> None:
        attempt = Attempt(
            self._resources, lease, slot, self._scratch, self._uploaders, cancellation, self._break
        )
        begun = time.monotonic()
        outcome = attempt.run()
        seconds = time.monotonic() - begun
        metrics.ANALYSIS_SECONDS.labels(lease.kind, outcome).observe(seconds)
        _log.info("job ended: %s after %.2f s", outcome, seconds)

    def close(self) -> None:
        """Stop the threads that store files."""
        self._uploaders.shutdown(cancel_futures=True)

    @contextmanager
    def _cancellable(self) -> Iterator[Cancellation]:
        cancellation = Cancellation()
        with self._lock:
            self._running.add(cancellation)
            if self._draining:
                cancellation.cancel(Reason.DRAINING)
        try:
            yield cancellation
        finally:
            with self._lock:
                self._running.discard(cancellation)

    def _claim(self, queue: str) -> Lease | None:
        try:
            lease = leases.claim_next(self._resources, queue, self._worker_id)
        except SQLAlchemyError as error:
            _log.warning("a job cannot be claimed: %s", type(error).__name__)
            return None
        if lease is None:
            _log.debug("no job is queued (any more)")
            return None
        if lease.number == 1:
            waited = (self._resources.clock() - lease.created_at).total_seconds()
            metrics.QUEUE_WAIT_SECONDS.labels(lease.kind.queue).observe(waited)
        return lease

    def _break(self, reason: str) -> None:
        self.refuse()
        self._on_broken(reason)
