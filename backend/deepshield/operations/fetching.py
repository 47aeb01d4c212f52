"""Fetching the files of jobs that were accepted with an address, some at a time."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from deepshield.deletion import delete_unused
from deepshield.domain.custody import Hop, Resolution
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.addresses import AddressPolicy
from deepshield.intake.fetch import OnProgress, Rules, fetch
from deepshield.intake.receive import Received
from deepshield.intake.resolving import resolve
from deepshield.jobs import fetching
from deepshield.jobs.fetching import FetchLease
from deepshield.resources import Resources
from deepshield.storage import BlobStore

AT_ONCE = 4  # so that slow servers do not delay other files
_POLL_SECONDS = 0.5
_PROGRESS_SECONDS = 1.0
_AGAIN = frozenset({Code.STORAGE_FULL, Code.SERVICE_UNAVAILABLE, Code.RESOLVER_UNAVAILABLE})

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
    way = _Way()
    try:
        with _Beating(resources, lease, stopping) as beating:
            upload = way.go(lease.url, resources.store, rules, beating.progress)
        _record(resources, lease, upload, way.resolution)
    except DeepShieldError as error:
        details, again = error.details or None, error.code in _AGAIN
        _failed(resources, lease, way, error.code, error.message, details, retriable=again)
    except _StoppedError:
        fetching.release(resources, lease)  # changes nothing where the lease is lost
    except SQLAlchemyError as error:
        _log.error("the outcome of a fetch cannot be recorded: %s", type(error).__name__)
    except Exception:  # noqa: BLE001 - an unforeseen fault must not leave the job stuck
        _log.exception("a fetch failed")
        code = Code.INTERNAL_ERROR
        _failed(resources, lease, way, code, code.words, None, retriable=True)


def _failed(
    resources: Resources,
    lease: FetchLease,
    way: _Way,
    code: Code,
    message: str,
    details: dict[str, Any] | None,
    *,
    retriable: bool,
) -> None:
    fetching.failed(
        resources,
        lease,
        code,
        message,
        details,
        hops=way.hops,
        resolution=way.resolution,
        retriable=retriable,
    )


@dataclass
class _Way:
    """The way to a file: what is known of it is kept also where it ends in a refusal."""

    hops: list[Hop] = field(default_factory=list)
    resolution: Resolution | None = None

    def go(self, url: str, store: BlobStore, rules: Rules, progress: OnProgress) -> Received:
        """Fetch the file at ``url``, or the one behind it if that is a post; raises as `fetch` and `resolve`.

        A post without a video is fetched as a page, which may name its pictures.
        """
        target = rules.check(url)
        if not rules.hosts.resolves(target.host):
            return fetch(url, store, rules, progress, self.hops.append)
        try:
            resolved = resolve(target, rules, progress)
        except DeepShieldError as refusal:
            if refusal.code is not Code.POST_NOT_RESOLVED:
                raise
            return self._as_a_page(url, store, rules, progress, refusal)
        self.resolution = resolved.resolution
        return fetch(self.resolution.url, store, rules, progress, self.hops.append, resolved.headers)

    def _as_a_page(
        self, url: str, store: BlobStore, rules: Rules, progress: OnProgress, refusal: DeepShieldError
    ) -> Received:
        try:
            return fetch(url, store, rules, progress, self.hops.append)
        except DeepShieldError as error:
            if error.code is Code.URL_IS_A_PAGE and error.details.get("addresses"):
                raise
            raise refusal from error


def _record(resources: Resources, lease: FetchLease, upload: Received, resolution: Resolution | None) -> None:
    if not fetching.fetched(resources, lease, upload, resolution):
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
