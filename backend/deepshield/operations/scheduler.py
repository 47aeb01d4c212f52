"""Scheduled work: sweeps every few seconds, fetching and webhooks as they fall due, hourly a cleaning."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from deepshield.batches.ending import keep_up
from deepshield.jobs.sweep import SweepReport, sweep
from deepshield.library import background
from deepshield.operations import fetching, heartbeat_file, integrity
from deepshield.rechecks import changing as recheck
from deepshield.resources import Resources
from deepshield.webhooks import delivering

_TIDY_SECONDS = 3600.0
_UNFINISHED_SPARE = timedelta(hours=1)

_log = logging.getLogger(__name__)


def run(resources: Resources, stopping: threading.Event) -> None:
    """Sweep, fetch and send until ``stopping`` is set; after a failed sweep the next one tries again."""
    beside = [
        threading.Thread(target=act, args=(resources, stopping), name=name)
        for name, act in (
            ("webhooks", delivering.run),
            ("fetches", fetching.run),
            ("actions", background.run),
        )
    ]
    for thread in beside:
        thread.start()
    try:
        _sweep_on(resources, stopping)
    finally:
        stopping.set()
        for thread in beside:
            thread.join()


def _sweep_on(resources: Resources, stopping: threading.Event) -> None:
    tidied, counted = -_TIDY_SECONDS, time.monotonic()
    while not stopping.is_set():
        with _errors_logged("a sweep"):
            _log_report(sweep(resources))
            keep_up(resources)
            recheck.keep_up(resources)
            heartbeat_file.touch(heartbeat_file.path_of(resources.settings))
        if time.monotonic() - counted > recheck.COUNT_SECONDS:
            counted = time.monotonic()
            with _errors_logged("counting files of rechecks"):
                recheck.count_again(resources)
        if time.monotonic() - tidied > _TIDY_SECONDS:
            # A failure is not tried again at every sweep, and does not delay the sweeps.
            tidied = time.monotonic()
            with _errors_logged("tidying"):
                tidy(resources)
        stopping.wait(resources.settings.job.sweep_seconds)


@contextmanager
def _errors_logged(what: str) -> Iterator[None]:
    """Log an error and go on: the next round may succeed, and without sweeps jobs are stuck."""
    try:
        yield
    except OSError as error:
        _log.warning("%s failed: %s: %s", what, type(error).__name__, error)
    except SQLAlchemyError as error:
        # Its message contains the statement with its data.
        _log.warning("%s failed: %s", what, type(error).__name__)
    except Exception:  # noqa: BLE001 - see above
        _log.exception("%s failed", what)


def _log_report(report: SweepReport) -> None:
    done = {name: count for name, count in asdict(report).items() if count}
    if done:
        # Waiting jobs are announced repeatedly, which is not worth a line.
        _log.log(logging.DEBUG if done.keys() == {"announced"} else logging.INFO, "sweep: %s", done)


def tidy(resources: Resources) -> int:
    """Remove files that killed processes left in storage without a row; return how many.

    Actions on many files that have ended long ago go too.
    """
    background.expire(resources)
    longest_upload = timedelta(seconds=resources.settings.file.upload_timeout_seconds)
    unfinished = resources.store.discard_unfinished(longest_upload + _UNFINISHED_SPARE)
    return unfinished + integrity.remove(resources, integrity.orphans(resources))
