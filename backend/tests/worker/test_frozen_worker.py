"""A worker that is frozen past its lease changes nothing when it comes back: another has finished its job."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from example_results import example
from services import wait_until
from test_worker_command import (
    PATIENCE,
    Start,
    embedded,
    opened,
    send,
    served,
    start,
    wait_for_state,
    wait_for_worker,
)

from deepshield.domain.clock import now
from deepshield.jobs import lease as leases
from deepshield.jobs.lookup import find_view
from deepshield.jobs.sweep import sweep
from deepshield.resources import Resources
from deepshield.settings import Settings

pytestmark = [pytest.mark.worker, pytest.mark.timed]

__all__ = ["embedded", "opened", "served", "start"]  # fixtures
ROUNDS = int(os.environ.get("DEEPSHIELD_FREEZES", "2"))
OTHERS = example("no_signs")


def test_late_results_are_thrown_away(
    served: Settings, start: Start, opened: Callable[[Settings], Resources], clip_file: Path
) -> None:
    resources = opened(served)
    later = dataclasses.replace(resources, clock=lambda: now() + timedelta(minutes=1))
    worker = start(served)
    wait_for_worker(resources, "ready")
    jobs = []
    for _ in range(ROUNDS):
        job_id = send(resources, clip_file)
        wait_for_state(resources, job_id, "PROCESSING")
        os.kill(worker.pid, signal.SIGSTOP)
        try:
            assert sweep(later).requeued == 1, "its worker is silent"
            lease = leases.claim(later, job_id, "another")
            assert lease is not None
            assert leases.finish(later, lease, OTHERS, [], None)
        finally:
            os.kill(worker.pid, signal.SIGCONT)
        jobs.append(job_id)
    last = send(resources, clip_file)
    assert wait_for_state(resources, last, "COMPLETED", "FAILED").job.state == "COMPLETED", (
        "it goes on working"
    )
    for job_id in jobs:
        view = find_view(resources, None, job_id)
        assert view.result is not None
        assert (view.result, list(view.artifacts)) == (OTHERS, [])
        wait_until(
            lambda job_id=job_id: not list(resources.store.list(f"artifacts/{job_id}/")),
            PATIENCE,
            "no leftovers",
        )
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
