"""A worker process from start to shutdown: one queue and its pool of analysers."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path

import prometheus_client
from sqlalchemy.exc import SQLAlchemyError

from deepshield.analyser.protocol import Setup
from deepshield.broker import QUEUES
from deepshield.domain.facts import BundleFacts
from deepshield.domain.jobs import MediaKind
from deepshield.observability import metrics
from deepshield.operations.workers import Registration
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.resources import open_resources
from deepshield.settings import Settings
from deepshield.worker.analyser import Analyser, AnalyserBrokenError, RecycleLimits
from deepshield.worker.analysis import Bounds
from deepshield.worker.bundle_keeper import BundleKeeper
from deepshield.worker.celery_app import EXIT_FAILED, consume, make_worker_app, on_signals, stop_consuming
from deepshield.worker.measurer import Measurer
from deepshield.worker.poller import Poller
from deepshield.worker.pool import Pool
from deepshield.worker.runner import JobRunner
from deepshield.worker.scratch import Scratch

_log = logging.getLogger(__name__)

_CHECK_SECONDS = 0.5
_VIDEO_NICENESS = 5  # so that photos and the API have priority where cores are few
_DECODE_SHARE = 0.8  # of the soft limit


class WorkerProcess:
    """A worker of one queue with all that it holds open; `run` blocks until a signal."""

    def __init__(self, settings: Settings, queue: str) -> None:
        self._settings, self._queue = settings, queue
        self._stopping = threading.Event()
        self._ready = False
        self._bundle: BundleFacts | None = None
        self._bundle_problem: str | None = None
        self._resources = open_resources(settings)
        self._scratch = Scratch(settings.storage.scratch_dir)
        self._registration = Registration(self._resources, queue)
        self._keeper = BundleKeeper(
            self._resources,
            lambda folder: analyser_setup(settings, queue, folder),
            self._scratch.folder / "bundle.log",
            self._on_bundle,
        )
        self._analysers = [
            Analyser(
                analyser_setup(settings, queue),
                _bounds(settings),
                RecycleLimits(settings.worker.recycle_memory_mb, settings.worker.recycle_jobs),
                self._scratch.folder / f"analyser-{number}.log",
            )
            for number in range(settings.worker.concurrency)
        ]
        self._keeper.attach(self._analysers)
        self._runner = JobRunner(
            self._resources,
            self._registration.worker_id,
            Pool(self._analysers),
            self._scratch,
            self._break,
            ahead=queue == MediaKind.IMAGE.queue,
        )

    def run(self) -> int:
        """Wait for the model, consume, drain; return the exit code."""
        on_signals(self._stop, self._runner.drain)
        try:
            if not self._await_models():
                return 0
            self._keeper.settle(self._stopping)
            poller = Poller(self._resources, self._queue, self._runner, lambda: stop_consuming(EXIT_FAILED))
            measurer = Measurer(self._resources)
            self._keeper.start()
            app = make_worker_app(self._settings, poller.receive)
            name = self._registration.worker_id
            try:
                # One thread more than analysers, to store the files of one job while the next is analysed.
                return consume(app, self._queue, len(self._analysers) + 1, name, self._on_ready)
            finally:
                measurer.close()
                poller.close()
        finally:
            self.close()

    def close(self) -> None:
        """Stop the analysing processes and remove the worker's row and folder."""
        self._keeper.close()
        self._registration.close()
        self._runner.close()
        for analyser in self._analysers:
            analyser.close()
        self._scratch.close()
        self._resources.close()

    def _await_models(self) -> bool:
        """Wait until all models are loaded, without a time limit; False when the worker is stopped."""
        reported = ""
        while not self._stopping.is_set():
            try:
                for analyser in self._analysers:
                    analyser.wait_ready(_CHECK_SECONDS)
            except TimeoutError:
                continue
            except AnalyserBrokenError as error:
                if str(error) != reported:
                    reported = str(error)
                    _log.error("the model cannot be used, jobs stay queued: %s", reported)
                    self._registration.update("broken", reported)
                self._stopping.wait(_CHECK_SECONDS)
            else:
                return True
        return False

    def _on_ready(self) -> None:
        self._ready = True
        self._on_bundle(self._bundle or self._analysers[0].bundle, self._bundle_problem)
        _log.info("consuming %s", self._queue)

    def _on_bundle(self, bundle: BundleFacts | None, problem: str | None) -> None:
        """Say which bundle is served, once this worker consumes, and before that why it waits."""
        self._bundle, self._bundle_problem = bundle or self._analysers[0].bundle, problem
        if not self._ready:
            if problem is not None:
                self._registration.update("starting", problem)
            return
        self._registration.update("ready", problem, self._bundle)
        if self._bundle is not None:
            metrics.BUNDLE_INFO.clear()
            metrics.BUNDLE_INFO.labels(self._bundle.name, self._bundle.version, self._bundle.sha256).set(1)

    def _break(self, reason: str) -> None:
        _log.error("the model cannot be used any more: %s", reason)
        self._registration.update("broken", reason)
        stop_consuming(EXIT_FAILED)

    def _stop(self) -> None:
        """Stop from a signal handler; a thread does what may block."""
        self._stopping.set()
        stop_consuming()
        threading.Thread(target=self._drain, name="drain", daemon=True).start()

    def _drain(self) -> None:
        self._runner.refuse()
        deadline = time.monotonic() + self._settings.worker.drain_seconds
        while time.monotonic() < deadline and not self._runner.is_idle:
            time.sleep(_CHECK_SECONDS / 10)
        self._runner.drain()


def run_worker(settings: Settings, queue: str) -> int:
    """Run a worker of one queue until a signal; return the exit code."""
    if settings.run_db_migrations_on_startup and not _migrate(settings):
        return EXIT_FAILED
    _serve_metrics(settings, queue)
    return WorkerProcess(settings, queue).run()


def analyser_setup(settings: Settings, queue: str, active: Path | None = None) -> Setup:
    """Return the first message to an analysing process; ``active`` is the folder of the active bundle."""
    bundle = settings.infer.model_weights_path or active
    if bundle is not None and bundle.is_file():
        bundle = bundle.parent
    videos = queue == MediaKind.VIDEO.queue
    return Setup(
        parent=os.getpid(),
        bundle=str(bundle.absolute()) if bundle else None,
        runtime=settings.worker.runtime,
        device=settings.worker.device,
        threshold=settings.infer.fake_decision_threshold,
        max_frames=settings.video.max_frames,
        max_seconds=settings.video.max_duration_seconds,
        max_bytes=settings.file.max_bytes,
        decode_seconds=min(120.0, _DECODE_SHARE * settings.job.soft_limit_seconds),
        memory_mb=settings.worker.memory_mb,
        plots=videos,
        niceness=_VIDEO_NICENESS if videos else 0,
        trust_lists=str(settings.provenance.trust_dir.absolute()),
    )


def _bounds(settings: Settings) -> Bounds:
    job = settings.job
    return Bounds(job.soft_limit_seconds, job.hard_limit_seconds, settings.worker.memory_mb)


def _migrate(settings: Settings) -> bool:
    database = Database(settings.database)
    try:
        migrate.upgrade(database)
    except SQLAlchemyError as error:
        _log.error("the database cannot be migrated: %s", error)
        return False
    finally:
        database.close()
    return True


def _serve_metrics(settings: Settings, queue: str) -> None:
    """Serve this process' metrics: the worker of each queue on its own port from WORKER_METRICS_PORT on."""
    first = settings.worker.metrics_port
    if first is None or not settings.enable_prometheus_metrics:
        return
    port = first + QUEUES.index(queue)
    try:
        prometheus_client.start_http_server(port, registry=metrics.REGISTRY)
    except OSError as error:
        _log.warning("no metrics: port %d cannot be used: %s", port, error)
