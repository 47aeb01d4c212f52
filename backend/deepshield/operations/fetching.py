"""Fetching the files of jobs that were accepted with an address, some at a time."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from deepshield.deletion import delete_unused
from deepshield.domain.custody import Hop
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.addresses import AddressPolicy
from deepshield.intake.fetch import Rules, fetch
from deepshield.intake.receive import Received
from deepshield.jobs import fetching
from deepshield.jobs.fetching import FetchLease
from deepshield.resources import Resources

AT_ONCE = 4  # so that slow servers do not delay other files
_POLL_SECONDS = 0.5
_PROGRESS_SECONDS = 1.0
_AGAIN = frozenset({Code.STORAGE_FULL, Code.SERVICE_UNAVAILABLE})

_log = logging.getLogger(__name__)


class _StoppedError(Exception):
    """The fetch has to end: its lease is lost, or the process stops."""


def run(resources: Resources, stopping: threading.Event, policy: AddressPolicy | None = None) -> None:
    """Fetch files until ``stopping`` is set; what fails unforeseen is logged, and the next is fetched."""
    rules = Rules(resources.settings.file, resources.settings.fetch, policy or AddressPolicy())
    name = f"{socket.gethostname()}-{os.getpid()}-fetches"
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch") as pool:
        running: set[Future[None]] = set()
        while not stopping.is_set():
            running = {future for future in running if not future.done()}
            lease = None if len(running) >= AT_ONCE else _claimed(resources, name)
            if lease is None:
                stopping.wait(_POLL_SECONDS)
            else:
                running.add(pool.submit(_run, resources, lease, rules, stopping))


def _claimed(resources: Resources, name: str) -> FetchLease | None:
    try:
        return fetching.claim(resources, name)
    except SQLAlchemyError as error:
        _log.warning("no file can be claimed for fetching: %s", type(error).__name__)
        return None


def _run(resources: Resources, lease: FetchLease, rules: Rules, stopping: threading.Event) -> None:
    """Fetch one file and record the outcome; the sweep takes care of what cannot be recorded."""
    hops: list[Hop] = []
    try:
        with _Beating(resources, lease, stopping) as beating:
            upload = fetch(lease.url, resources.store, rules, beating.progress, hops.append)
        _record(resources, lease, upload)
    except DeepShieldError as error:
        details = error.details or None
        again = error.code in _AGAIN
        fetching.failed(resources, lease, error.code, error.message, details, hops=hops, retriable=again)
    except _StoppedError:
        fetching.release(resources, lease)  # changes nothing where the lease is lost
    except SQLAlchemyError as error:
        _log.error("the outcome of a fetch cannot be recorded: %s", type(error).__name__)
    except Exception:  # noqa: BLE001 - an unforeseen fault must not leave the job stuck
        _log.exception("a fetch failed")
        code = Code.INTERNAL_ERROR
        fetching.failed(resources, lease, code, code.words, hops=hops, retriable=True)


def _record(resources: Resources, lease: FetchLease, upload: Received) -> None:
    if not fetching.fetched(resources, lease, upload):
        delete_unused(resources, upload.upload_key, resources.clock())


class _Beating:
    """Keeps the lease from a thread of its own while a file comes, however slowly it does."""

    def __init__(self, resources: Resources, lease: FetchLease, stopping: threading.Event) -> None:
        self._resources, self._lease, self._stopping = resources, lease, stopping
        self._share: float | None = 0.0
        self._lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="fetch-heartbeat", daemon=True)

    def progress(self, done: int, of: int | None) -> None:
        """Note what has come; raises `_StoppedError` where the fetch has to end."""
        if self._lost or self._stopping.is_set():
            raise _StoppedError
        if of:
            self._share = min(1.0, done / of)

    def __enter__(self) -> _Beating:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        every, last = self._resources.settings.job.heartbeat_seconds, -1e9
        while not self._lost:
            share, self._share = self._share, None
            if share is not None or time.monotonic() - last >= every:
                try:
                    self._lost = not fetching.heartbeat(self._resources, self._lease, share)
                    last = time.monotonic()
                except SQLAlchemyError as error:
                    _log.warning("no heartbeat of a fetch: %s", type(error).__name__)
            if self._ended.wait(min(_PROGRESS_SECONDS, every)):
                return
