"""One attempt at a job: it owns the lease from the claim until exactly one outcome is recorded."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from deepshield.analyser.protocol import Done, ProtocolError, Refused
from deepshield.domain.errors import Code
from deepshield.domain.facts import BundleFacts, StoredArtifact
from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.jobs import PREVIEW_NAMES, MediaKind, Stage
from deepshield.domain.policies import PolicyTask
from deepshield.domain.progress import Report
from deepshield.jobs import lease as leases
from deepshield.jobs.lease import Lease
from deepshield.jobs.previews import finish_preview
from deepshield.observability import metrics
from deepshield.persistence.repositories import blobs
from deepshield.resources import Resources
from deepshield.result import AnalysisResult, JudgedBy
from deepshield.result_provenance import UNREADABLE
from deepshield.storage import BlobNotFoundError, StorageError, StorageFullError
from deepshield.worker.analyser import Analyser, AnalyserBrokenError, NotMade
from deepshield.worker.analysis import Crashed, Stopped
from deepshield.worker.artifacts import delete_files, store_files
from deepshield.worker.cancellation import Cancellation, Reason
from deepshield.worker.heartbeat import Heartbeat
from deepshield.worker.pool import Slot
from deepshield.worker.scratch import Scratch

T = TypeVar("T")

PREVIEW, SILENT_PREVIEW = PREVIEW_NAMES

_PREVIEW_SHARE = 0.25  # of the time that is left until the soft limit
_DESCRIBE_SECONDS = 10.0
_ALONE_SHARE = 0.5  # of the soft limit, for a preview that is made later
_PAUSES = (0.1, 0.5, 2.0, 5.0)  # seconds between tries to write to a database that does not answer
_UPLOAD_MISSING = frozenset({"FILE_NOT_FOUND", "FILE_UNREADABLE"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Completed:
    result: AnalysisResult
    artifacts: list[StoredArtifact]
    bundle: BundleFacts | None
    prints: tuple[FramePrint, ...]


@dataclass(frozen=True, slots=True)
class _Previewed:
    """The analysed job can be given its preview."""

    preview: StoredArtifact


@dataclass(frozen=True, slots=True)
class _Failed:
    """A fault of the service."""

    code: Code
    retriable: bool = False
    details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Released:
    """The worker stops; ``broken`` says why it cannot go on, and is None for an orderly stop."""

    broken: str | None = None


@dataclass(frozen=True, slots=True)
class _Lost:
    """The lease is lost: another worker has the job, or it was cancelled."""


_End = _Completed | _Previewed | _Failed | Refused | Crashed | _Released | _Lost


class Attempt:
    """The work under one lease; `run` is called once, by one thread.

    ``on_broken`` is called before the job is released because the worker has no working model any more.
    """

    def __init__(
        self,
        resources: Resources,
        lease: Lease,
        slot: Slot,
        scratch: Scratch,
        uploaders: Executor,
        cancellation: Cancellation,
        on_broken: Callable[[str], None],
    ) -> None:
        self._resources, self._lease, self._slot, self._scratch = resources, lease, slot, scratch
        self._uploaders, self._cancellation, self._on_broken = uploaders, cancellation, on_broken

    def run(self) -> str:
        """Analyse, record the outcome, and return it in a word for log and metrics. Never raises."""
        try:
            return self._run()
        except SQLAlchemyError as error:
            _log.error("the outcome cannot be recorded: %s", error)
        except Exception:  # noqa: BLE001 - an unforeseen fault must not leave the job stuck
            _log.exception("an attempt failed")
            try:
                return self._record(_Failed(Code.INTERNAL_ERROR, retriable=True))
            except SQLAlchemyError as error:
                _log.error("the outcome cannot be recorded: %s", error)
        return "unrecorded"

    def _run(self) -> str:
        heartbeat = Heartbeat(
            lambda report: leases.heartbeat(self._resources, self._lease, report),
            lambda: self._cancellation.cancel(Reason.LEASE_LOST),
            self._resources.settings.job.heartbeat_seconds,
        )
        with self._scratch.job() as folder, heartbeat:
            return self._record(self._end(folder, heartbeat))

    def _end(self, folder: Path, heartbeat: Heartbeat) -> _End:
        """Do the work and return how it ended; errors of the storage and of the process are ends too."""
        upload, made = folder / "upload", folder / "made"
        try:
            if self._lease.preview_only:
                return self._preview_alone(upload, made)
            return self._analyze(upload, made, heartbeat)
        except AnalyserBrokenError as error:
            return _Released(broken=str(error))
        except ProtocolError as error:
            return Crashed(str(error))
        except BlobNotFoundError:
            return _Failed(Code.UPLOAD_LOST)
        except StorageFullError:
            return _Failed(Code.STORAGE_FULL, retriable=True)
        except StorageError as error:
            _log.warning("the storage fails: %s", error)
            return _Failed(Code.SERVICE_UNAVAILABLE, retriable=True)

    def _analyze(self, upload: Path, made: Path, heartbeat: Heartbeat) -> _End:
        self._resources.store.fetch(self._lease.upload_key, upload)
        analyser, begun = self._slot.acquire(), time.monotonic()
        mark, policies = self._lease.mark, self._lease.policies
        outcome = analyser.analyze(upload, made, heartbeat.report, self._cancellation, mark, policies)
        if not isinstance(outcome, Done):
            return _end_of(outcome, self._resources.settings.job.soft_limit_seconds)
        if not _names(outcome.result.policy, policies):
            return Crashed("its result names a policy that it was not told")
        bundle, result = analyser.used, outcome.result
        frames, faces = result.frames_sampled, result.faces
        heartbeat.report(Report(Stage.SAVING_RESULTS, frames, frames, faces, faces))
        outcome = self._describe(analyser, upload, outcome, begun)
        if result.media.type is MediaKind.VIDEO and mark is None:
            outcome = self._preview(analyser, upload, made, outcome, begun)
        self._slot.release()  # the next job is analysed while this one's files are stored
        if result.sha256 != self._lease.sha256:
            return _Failed(Code.UPLOAD_LOST)
        return _Completed(outcome.result, self._store(made, outcome), bundle, outcome.prints)

    def _describe(self, analyser: Analyser, upload: Path, done: Done, begun: float) -> Done:
        """Return the result with what the file says of itself, whose reading harms no result."""
        now = time.monotonic()
        left = self._resources.settings.job.soft_limit_seconds - (now - begun)
        seconds = min(_DESCRIBE_SECONDS, _PREVIEW_SHARE * left)
        said = analyser.describe(upload, max(0.0, seconds), self._cancellation)
        metrics.STAGE_SECONDS.labels("provenance", self._lease.kind).observe(time.monotonic() - now)
        if isinstance(said, NotMade):
            _log.warning("what the file says of itself could not be read: %s", said.reason)
            said = UNREADABLE
        return replace(done, result=done.result.model_copy(update={"provenance": said}))

    def _preview_alone(self, upload: Path, made: Path) -> _End:
        """Make the preview of a video that is analysed already, in more time than there was for it."""
        self._resources.store.fetch(self._lease.upload_key, upload)
        made.mkdir()
        seconds = _ALONE_SHARE * self._resources.settings.job.soft_limit_seconds
        analyser = self._slot.acquire()
        outcome = analyser.preview(upload, made / PREVIEW, seconds, self._cancellation)
        self._slot.release()
        match self._cancellation.reason:
            case Reason.DRAINING:
                return _Released()
            case Reason():
                return _Lost()
        if isinstance(outcome, NotMade):
            _log.info("no preview: %s", outcome.reason)
            return _Failed(Code.PREVIEW_NOT_MADE)
        name = PREVIEW if outcome.sound else SILENT_PREVIEW
        (made / PREVIEW).rename(made / name)
        prefix = f"artifacts/{self._lease.job_id}/{self._lease.token}"
        (stored,) = store_files(self._resources.store, made, [name], prefix, self._uploaders)
        return _Previewed(stored)

    def _preview(self, analyser: Analyser, upload: Path, made: Path, done: Done, begun: float) -> Done:
        """Return the result with a preview, if one can be made in a share of the time that is left."""
        settings, now = self._resources.settings, time.monotonic()
        left = settings.job.soft_limit_seconds - (now - begun)
        seconds = min(settings.video.preview_seconds, _PREVIEW_SHARE * left)
        if seconds <= 0:
            return done
        outcome = analyser.preview(upload, made / PREVIEW, seconds, self._cancellation)
        metrics.STAGE_SECONDS.labels("preview", MediaKind.VIDEO).observe(time.monotonic() - now)
        if isinstance(outcome, NotMade):
            _log.info("no preview: %s", outcome.reason)
            return done
        result = done.result.model_copy(update={"preview_url": PREVIEW, "preview_sound": outcome.sound})
        return replace(done, result=result, files=(*done.files, PREVIEW))

    def _store(self, made: Path, done: Done) -> list[StoredArtifact]:
        prefix = f"artifacts/{self._lease.job_id}/{self._lease.token}"
        begun = time.monotonic()
        stored = store_files(self._resources.store, made, done.files, prefix, self._uploaders)
        saving = time.monotonic() - begun
        metrics.STAGE_SECONDS.labels(Stage.SAVING_RESULTS, self._lease.kind).observe(saving)
        for stage, milliseconds in done.result.timings_ms:
            if milliseconds is not None:
                metrics.STAGE_SECONDS.labels(stage, self._lease.kind).observe(milliseconds / 1000)
        return stored

    def _record(self, end: _End) -> str:
        """Record the end, once; raises SQLAlchemyError when the database does not answer for long."""
        resources, lease = self._resources, self._lease
        match end:
            case _Completed(result=result, artifacts=stored, bundle=bundle, prints=prints):
                if _write_with_retries(
                    lambda: leases.finish(resources, lease, result, stored, bundle, prints)
                ):
                    return "completed"
                return self._discard(stored)
            case _Previewed(preview=preview):
                if _write_with_retries(lambda: finish_preview(resources, lease, preview)):
                    return "previewed"
                delete_files(resources.store, [preview.key])
                return self._record(_Lost())
            case Refused(code=code, message=message, details=details):
                _write_with_retries(lambda: leases.fail(resources, lease, code, message, details or None))
                return "refused"
            case _Failed(code=failure):
                _write_with_retries(
                    lambda: leases.fail(
                        resources, lease, failure, failure.words, end.details, retriable=end.retriable
                    )
                )
                return "failed"
            case Crashed(reason=reason):
                _log.warning("the analysing process crashed: %s", reason)
                _write_with_retries(lambda: leases.crashed(resources, lease))
                return "crashed"
            case _Released(broken=broken):
                if broken is not None:
                    self._on_broken(broken)
                _write_with_retries(lambda: leases.release(resources, lease))
                return "released"
            case _Lost():
                metrics.LEASES_LOST.inc()
                return "lost"

    def _discard(self, stored: list[StoredArtifact]) -> str:
        """Delete stored files whose result was not recorded; keep those that are recorded after all.

        A commit may succeed while its answer is lost. Then the second try to record the result fails.
        """
        keys = [one.key for one in stored]
        with self._resources.database.read() as session:
            known = blobs.known(session, keys)
        delete_files(self._resources.store, [key for key in keys if key not in known])
        return "completed" if keys and known.issuperset(keys) else self._record(_Lost())


def _names(judged_by: JudgedBy | None, told: Sequence[PolicyTask]) -> bool:
    """Whether a result names no policy, or one that the process was told."""
    return judged_by is None or any(
        (judged_by.number, judged_by.name) == (one.number, one.name) for one in told
    )


def _end_of(outcome: Refused | Crashed | Stopped, limit_seconds: float) -> _End:
    match outcome:
        case Refused() if outcome.code in _UPLOAD_MISSING:
            return _Failed(Code.UPLOAD_LOST)
        case Refused(code=Code.INTERNAL_ERROR):
            return _Failed(Code.INTERNAL_ERROR)
        case Stopped(reason=Reason.TIMEOUT):
            return _Failed(Code.ANALYSIS_TIMEOUT, details={"limit_seconds": limit_seconds})
        case Stopped(reason=Reason.DRAINING):
            return _Released()
        case Stopped():
            return _Lost()
        case _:
            return outcome


def _write_with_retries(write: Callable[[], T]) -> T:
    """Write, with retries while the database does not answer; safe, since a stale token changes nothing."""
    for pause in _PAUSES:
        try:
            return write()
        except OperationalError as error:
            _log.warning("the database does not answer: %s", type(error).__name__)
            time.sleep(pause)
    return write()
