"""Celery as a worker uses it: one task, threads, early acknowledgement, and its own signal handlers."""

from __future__ import annotations

import logging
import signal
import time
import warnings
from collections.abc import Callable
from typing import Any

from celery import Celery, signals
from celery.apps.worker import Worker
from celery.worker import state

from deepshield.broker import TASK, make_celery
from deepshield.settings import Settings

EXIT_FAILED = 1
_SECOND_SIGNAL_SECONDS = 1.0  # two signals within this time count as one
_QUIET = {
    "celery.app.trace": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
    "celery.apps.worker": logging.WARNING,
    "kombu.connection": logging.ERROR,  # warns that a folder has no host name
}
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class QueueWorker(Worker):  # type: ignore[misc]  # celery has no types
    """Celery's worker without its signal handlers, one of which restarts the program."""

    def install_platform_tweaks(self, worker: Any) -> None:
        """Install nothing; see `on_signals`."""

    def set_process_status(self, info: Any) -> None:
        """Keep the process' name."""


def make_worker_app(settings: Settings, run: Callable[[str], None]) -> Celery:
    """Return the application whose task calls ``run`` with a job's id."""
    app = make_celery(settings.celery)
    app.conf.update(
        task_acks_late=False,  # losing a message is harmless; redelivering one for ever is not
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def analyze(job_id: str) -> None:
        run(str(job_id))

    return app


def consume(app: Celery, queue: str, threads: int, name: str, on_ready: Callable[[], None]) -> int:
    """Consume ``queue`` until `stop_consuming` and the end of running tasks; return the exit code."""
    for noisy, level in _QUIET.items():
        logging.getLogger(noisy).setLevel(level)

    def ready(**_: Any) -> None:
        on_ready()

    # With a receiver connected, Celery does not configure the log.
    signals.setup_logging.connect(_keep_logging)
    signals.worker_ready.connect(ready, weak=False)
    try:
        with warnings.catch_warnings():
            # Celery warns root because of pickled messages, which are not accepted here.
            warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
            worker = QueueWorker(
                app=app,
                hostname=f"deepshield@{name}",
                pool="threads",
                concurrency=threads,
                queues=[queue],
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                quiet=True,
            )
        worker.start()
    finally:
        signals.worker_ready.disconnect(ready)
    return int(worker.exitcode or 0)


def stop_consuming(exit_code: int = 0) -> None:
    """Make `consume` return once the running tasks have ended; may be called from any thread."""
    state.should_stop = exit_code


def on_signals(stop: Callable[[], None], stop_now: Callable[[], None]) -> None:
    """Call ``stop`` at the first signal to stop, and ``stop_now`` at a later one."""
    first: list[float] = []

    def handle(*_: Any) -> None:
        now = time.monotonic()
        if not first:
            first.append(now)
            stop()
        elif now - first[0] > _SECOND_SIGNAL_SECONDS:
            stop_now()

    for number in _SIGNALS:
        signal.signal(number, handle)


def _keep_logging(**_: Any) -> None:
    return
