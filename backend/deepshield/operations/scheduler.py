"""The regular work: a sweep every few seconds, whatever goes wrong with one of them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from deepshield.jobs.sweep import sweep
from deepshield.resources import Resources

_TIDY_SECONDS = 600.0
_UNFINISHED_SPARE = timedelta(hours=1)

_log = logging.getLogger(__name__)


def run(resources: Resources, stopping: threading.Event) -> None:
    """Sweep until ``stopping`` is set; a sweep that fails is logged and the next one tries again."""
    tidied = 0.0
    while not stopping.is_set():
        try:
            report = sweep(resources)
            if any(asdict(report).values()):
                _log.info("sweep", extra=asdict(report))
            if time.monotonic() - tidied > _TIDY_SECONDS:
                tidy(resources)
                tidied = time.monotonic()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("a sweep failed: %s", type(error).__name__)
        except Exception:  # noqa: BLE001 - the next sweep may do better, and without sweeps jobs are stuck
            _log.exception("a sweep failed")
        stopping.wait(resources.settings.job.sweep_seconds)


def tidy(resources: Resources) -> int:
    """Remove the unfinished files of processes that were killed while they wrote; return how many."""
    longest_upload = timedelta(seconds=resources.settings.file.upload_timeout_seconds)
    return resources.store.discard_unfinished(longest_upload + _UNFINISHED_SPARE)
