"""Measuring evaluations of data sets, in a thread of a worker: it has the libraries that figures need."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from deepshield.datasets.evaluating import measure_next
from deepshield.resources import Resources

_POLL_SECONDS = 3.0

_log = logging.getLogger(__name__)


class Measurer:
    """Looks for evaluations until it is closed; a measurement under way then ends with the process."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="measurer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look for no more; whatever is being measured is claimed again by another worker."""
        self._closed.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._closed.wait(_POLL_SECONDS):
            try:
                while not self._closed.is_set() and measure_next(self._resources):
                    pass
            except SQLAlchemyError as error:
                _log.warning("no evaluation can be claimed: %s", type(error).__name__)
