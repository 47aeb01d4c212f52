"""What a worker does with one job: claim, analyse, record. Nothing here touches media."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from deepshield.domain.errors import Code
from deepshield.domain.facts import BundleFacts, StoredArtifact
from deepshield.domain.jobs import MediaKind, Stage
from deepshield.domain.progress import Report
from deepshield.jobs import lease as leases
from deepshield.jobs.lease import Lease
from deepshield.observability import metrics
from deepshield.persistence.repositories import blobs
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError, StorageError, StorageFullError
from deepshield.worker.analysis import Brake, Crashed, Stopped, Why
from deepshield.worker.engine import Engine, EngineBrokenError
from deepshield.worker.harvest import delete_files, store_files
from deepshield.worker.heartbeat import Heartbeat
from deepshield.worker.protocol import Done, NonsenseError, Refused
from deepshield.worker.scratch import Scratch

T = TypeVar("T")

_log = logging.getLogger(__name__)

PREVIEW = "preview.mp4"

_UPLOADERS = 4
_PREVIEW_SHARE = 0.25  # of the time that is left until the soft limit
_PAUSES = (0.1, 0.5, 2.0, 5.0)  # seconds between tries to tell a database that is away
_MESSAGES = {
    Code.UPLOAD_LOST: "The uploaded file is gone or damaged. Please upload it again; it did not count.",
    Code.STORAGE_FULL: "The service has run out of room. It did not count.",
    Code.SERVICE_UNAVAILABLE: "The service's storage does not answer. It did not count.",
    Code.ANALYSIS_TIMEOUT: "The analysis took longer than {seconds:g} seconds. It did not count.",
    Code.INTERNAL_ERROR: "The analysis failed for a reason of ours. It did not count.",
}
_CRASHED = "The analysing process died of this file. It did not count."
_NOT_THERE = frozenset({"FILE_NOT_FOUND", "FILE_UNREADABLE"})


class Turn:
    """A job's time with one of the engines, from `begin` to `end`; both may be repeated."""

    def __init__(self, engines: queue.LifoQueue[Engine]) -> None:
        self._engines = engines
        self._engine: Engine | None = None

    def begin(self) -> Engine:
        """Return an engine, once one is free."""
        if self._engine is None:
            self._engine = self._engines.get()
        return self._engine

    def end(self) -> None:
        """Give the engine back, for others to take."""
        engine, self._engine = self._engine, None
        if engine is not None:
            self._engines.put(engine)


class JobRunner:
    """Runs jobs on a worker's engines; `run` is called by one thread more than there are engines.

    ``on_broken`` is told when there is no model to analyse with any more. With ``ahead`` a job is claimed and
    fetched while the engines are busy, which pays where jobs are short; else it is claimed when it can be
    begun, so that no other worker is kept from it.
    """

    def __init__(
        self,
        resources: Resources,
        worker_id: str,
        engines: Sequence[Engine],
        scratch: Scratch,
        on_broken: Callable[[str], None],
        *,
        ahead: bool = False,
    ) -> None:
        self._resources, self._worker_id, self._scratch = resources, worker_id, scratch
        self._on_broken, self._ahead = on_broken, ahead
        self._engines: queue.LifoQueue[Engine] = queue.LifoQueue()
        for engine in engines:
            self._engines.put(engine)
        self._uploaders = ThreadPoolExecutor(_UPLOADERS, thread_name_prefix="store")
        self._lock = threading.Lock()
        self._brakes: set[Brake] = set()
        self._refusing = self._draining = False

    def refuse(self) -> None:
        """Claim no further job."""
        self._refusing = True

    def drain(self) -> None:
        """Give up all running jobs, for others to take."""
        with self._lock:
            self._refusing = self._draining = True
            brakes = tuple(self._brakes)
        for brake in brakes:
            brake.pull(Why.DRAINING)

    @property
    def is_idle(self) -> bool:
        """Whether no job is running."""
        return not self._brakes

    @property
    def can_take_more(self) -> bool:
        """Whether an engine has nothing to do."""
        return not self._refusing and not self._engines.empty()

    def run(self, job_id: str) -> None:
        """Do a job if it is there to be done. Never raises: the sweep rescues what cannot be recorded."""
        with (
            structlog.contextvars.bound_contextvars(job_id=job_id),
            self._braked() as brake,
            self._turn() as turn,
        ):
            if not self._ahead:
                turn.begin()
            if self._refusing:
                return  # still queued, and announced again by the sweep
            try:
                lease = leases.claim(self._resources, job_id, self._worker_id)
            except SQLAlchemyError as error:
                _log.warning("a job cannot be claimed: %s", type(error).__name__)
                return
            if lease is None:
                _log.debug("there is nothing to do for this job")
                return
            if lease.number == 1:
                waited = (self._resources.clock() - lease.created_at).total_seconds()
                metrics.QUEUE_WAIT_SECONDS.labels(lease.kind.queue).observe(waited)
            begun = time.monotonic()
            outcome = self._record(lease, turn, brake)
            seconds = time.monotonic() - begun
            metrics.ANALYSIS_SECONDS.labels(lease.kind, outcome).observe(seconds)
            _log.info("job ended: %s after %.2f s", outcome, seconds)

    def close(self) -> None:
        """Let go of threads."""
        self._uploaders.shutdown(cancel_futures=True)

    @contextmanager
    def _turn(self) -> Iterator[Turn]:
        turn = Turn(self._engines)
        try:
            yield turn
        finally:
            turn.end()

    @contextmanager
    def _braked(self) -> Iterator[Brake]:
        brake = Brake()
        with self._lock:
            self._brakes.add(brake)
            if self._draining:
                brake.pull(Why.DRAINING)
        try:
            yield brake
        finally:
            with self._lock:
                self._brakes.discard(brake)

    def _record(self, lease: Lease, turn: Turn, brake: Brake) -> str:
        """Analyse and record how it ended; return that in a word, for log and metrics."""
        try:
            return self._analyze(lease, turn, brake)
        except SQLAlchemyError as error:
            _log.error("the outcome cannot be recorded: %s", error)
            return "unrecorded"
        except Exception:  # noqa: BLE001 - a job must not be stuck for a fault of ours that nobody thought of
            _log.exception("a job failed")
            return self._try_to_fail(lease)

    def _analyze(self, lease: Lease, turn: Turn, brake: Brake) -> str:
        beating = Heartbeat(
            lambda report: leases.beat(self._resources, lease, report),
            lambda: brake.pull(Why.LEASE_LOST),
            self._resources.settings.job.heartbeat_seconds,
        )
        with self._scratch.job() as folder, beating:
            upload = folder / "upload"
            if (problem := self._fetch(lease, upload)) is not None:
                return self._fail(lease, problem, retriable=problem is not Code.UPLOAD_LOST)
            try:
                engine = turn.begin()
                begun = time.monotonic()
                outcome = engine.analyze(upload, folder / "made", beating.report, brake)
            except EngineBrokenError as error:
                return self._give_back(lease, str(error))
            if isinstance(outcome, Done):
                bundle = engine.bundle
                beating.report(_saving(outcome))
                if _is_video(outcome):
                    outcome = self._preview(engine, upload, folder / "made", outcome, brake, begun)
                turn.end()  # the next job is analysed while this one's files are stored
                return self._finish(lease, outcome, folder / "made", bundle)
            return self._conclude(lease, outcome)

    def _preview(
        self, engine: Engine, upload: Path, folder: Path, done: Done, brake: Brake, begun: float
    ) -> Done:
        """Return the result with a preview, if one can be had in a share of the time that is left."""
        settings, now = self._resources.settings, time.monotonic()
        left = settings.job.soft_limit_seconds - (now - begun)
        seconds = min(settings.video.preview_seconds, _PREVIEW_SHARE * left)
        if seconds <= 0:
            return done
        problem = engine.preview(upload, folder / PREVIEW, seconds, brake)
        metrics.STAGE_SECONDS.labels("preview", MediaKind.VIDEO).observe(time.monotonic() - now)
        if problem is not None:
            _log.info("no preview: %s", problem)
            return done
        result = done.result.model_copy(update={"preview_url": PREVIEW})
        return replace(done, result=result, files=(*done.files, PREVIEW))

    def _fetch(self, lease: Lease, upload: Path) -> Code | None:
        try:
            self._resources.store.fetch(lease.upload_key, upload)
        except BlobNotFoundError:
            return Code.UPLOAD_LOST
        except StorageFullError:
            return Code.STORAGE_FULL
        except StorageError as error:
            _log.warning("the upload cannot be fetched: %s", error)
            return Code.SERVICE_UNAVAILABLE
        return None

    def _finish(self, lease: Lease, done: Done, folder: Path, bundle: BundleFacts | None) -> str:
        if done.result.sha256 != lease.sha256:
            return self._fail(lease, Code.UPLOAD_LOST)
        prefix = f"artifacts/{lease.job_id}/{lease.token}"
        begun = time.monotonic()
        try:
            stored = store_files(self._resources.store, folder, done.files, prefix, self._uploaders)
        except NonsenseError as error:
            _log.error("the analysing process is not to be trusted: %s", error)
            return self._conclude(lease, Crashed(str(error)))
        except StorageFullError:
            return self._fail(lease, Code.STORAGE_FULL, retriable=True)
        except StorageError as error:
            _log.warning("the results cannot be stored: %s", error)
            return self._fail(lease, Code.SERVICE_UNAVAILABLE, retriable=True)
        _observe_stages(lease.kind, done, time.monotonic() - begun)
        if _insist(lambda: leases.finish(self._resources, lease, done.result, stored, bundle)):
            return "completed"
        return self._discard(stored)

    def _conclude(self, lease: Lease, outcome: Refused | Crashed | Stopped) -> str:
        match outcome:
            case Refused() if outcome.code in _NOT_THERE:
                return self._fail(lease, Code.UPLOAD_LOST)
            case Refused(code=Code.INTERNAL_ERROR):
                return self._fail(lease, Code.INTERNAL_ERROR)
            case Refused(code=code, message=message, details=details):
                _insist(lambda: leases.fail(self._resources, lease, code, message, details or None))
                return "refused"
            case Crashed():
                _log.warning("the analysing process crashed: %s", outcome.reason)
                _insist(lambda: leases.crashed(self._resources, lease, _CRASHED))
                return "crashed"
            case Stopped(why=Why.TIMEOUT):
                return self._fail(lease, Code.ANALYSIS_TIMEOUT)
            case Stopped(why=Why.DRAINING):
                _insist(lambda: leases.release(self._resources, lease))
                return "released"
            case Stopped():
                metrics.LEASES_LOST.inc()
                return "lost"

    def _fail(self, lease: Lease, code: Code, *, retriable: bool = False) -> str:
        message = _MESSAGES[code].format(seconds=self._resources.settings.job.soft_limit_seconds)
        _insist(lambda: leases.fail(self._resources, lease, code, message, retriable=retriable))
        return "failed"

    def _try_to_fail(self, lease: Lease) -> str:
        try:
            return self._fail(lease, Code.INTERNAL_ERROR, retriable=True)
        except SQLAlchemyError:
            return "unrecorded"

    def _give_back(self, lease: Lease, reason: str) -> str:
        self.refuse()
        self._on_broken(reason)
        _insist(lambda: leases.release(self._resources, lease))
        return "released"

    def _discard(self, stored: list[StoredArtifact]) -> str:
        """Delete what was stored in vain; what the database speaks of after all is kept.

        The answer to a commit may be lost while the commit is not: then the second try to record it fails.
        """
        keys = [one.key for one in stored]
        with self._resources.database.read() as session:
            known = blobs.known(session, keys)
        delete_files(self._resources.store, [key for key in keys if key not in known])
        if keys and known.issuperset(keys):
            return "completed"
        metrics.LEASES_LOST.inc()
        return "lost"


def _insist(tell: Callable[[], T]) -> T:
    """Tell the database, again and again while it is away for a moment; safe, for leases are fenced."""
    for pause in _PAUSES:
        try:
            return tell()
        except OperationalError as error:
            _log.warning("the database is away: %s", type(error).__name__)
            time.sleep(pause)
    return tell()


def _saving(done: Done) -> Report:
    """Return the last progress, from what the result counts."""
    frames, faces = done.result.frames_sampled, done.result.faces
    return Report(Stage.SAVING_RESULTS, frames, frames, faces, faces)


def _is_video(done: Done) -> bool:
    return done.result.media.type is MediaKind.VIDEO


def _observe_stages(kind: MediaKind, done: Done, saving_seconds: float) -> None:
    metrics.STAGE_SECONDS.labels(Stage.SAVING_RESULTS, kind).observe(saving_seconds)
    for stage, milliseconds in done.result.timings_ms:
        if milliseconds is not None:
            metrics.STAGE_SECONDS.labels(stage, kind).observe(milliseconds / 1000)
