"""`deepshield scheduler`: the scheduled work."""

from __future__ import annotations

import signal
import threading
from typing import Any

from deepshield.observability import logging
from deepshield.operations import scheduler as regular_work
from deepshield.resources import open_resources
from deepshield.settings import load_settings


def scheduler() -> None:
    """Announce, requeue and expire jobs every few seconds. One is enough; more do no harm."""
    stopping = threading.Event()

    def stop(*_: Any) -> None:
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    settings = load_settings()
    logging.configure(settings.log)
    resources = open_resources(settings)
    try:
        regular_work.run(resources, stopping)
    finally:
        resources.close()
