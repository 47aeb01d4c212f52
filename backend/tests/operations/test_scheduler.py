"""The scheduler goes on after any error of a round."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from service_parts import MakeResources
from services import wait_until
from sqlalchemy.exc import OperationalError

from deepshield.jobs.sweep import SweepReport
from deepshield.operations import health, scheduler
from deepshield.resources import Resources
from deepshield.storage import StorageError

pytestmark = pytest.mark.integration


def _run_until(service: Resources, enough: Callable[[], bool]) -> None:
    stopping = threading.Event()
    thread = threading.Thread(target=scheduler.run, args=(service, stopping))
    thread.start()
    try:
        wait_until(enough)
    finally:
        stopping.set()
        thread.join()


def test_a_failing_sweep_does_not_end_the_scheduler(
    make_resources: MakeResources, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[int] = []
    errors = iter([OperationalError("SELECT", {}, Exception("away")), RuntimeError("a fault of ours")])

    def sweep(_: Any) -> SweepReport:
        rounds.append(1)
        for error in errors:
            raise error
        return SweepReport(0, 0, 0, 0, 0, 0)

    monkeypatch.setattr(scheduler, "sweep", sweep)
    service = make_resources(job={"sweep_seconds": 0.01})
    _run_until(service, lambda: len(rounds) >= 4)
    assert "a sweep failed: OperationalError" in caplog.text
    assert "a fault of ours" in caplog.text


def test_sweeps_are_well_while_tidying_fails_and_it_is_not_tried_at_each(
    make_resources: MakeResources, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []
    rounds: list[int] = []

    def tidy(_: Any) -> int:
        tried.append(1)
        raise StorageError("the object store answered SlowDown")

    def sweep(_: Any) -> SweepReport:
        rounds.append(1)
        return SweepReport(0, 0, 0, 0, 0, 0)

    monkeypatch.setattr(scheduler, "tidy", tidy)
    monkeypatch.setattr(scheduler, "sweep", sweep)
    service = make_resources(job={"sweep_seconds": 0.01})
    _run_until(service, lambda: len(rounds) >= 4)
    assert len(tried) == 1
    assert "tidying failed: StorageError: the object store answered SlowDown" in caplog.text
    assert health.scheduler_fault(service.settings) is None


def test_what_killed_processes_left_in_storage_goes(make_resources: MakeResources) -> None:
    now = make_resources()
    for key in ("uploads/left", "artifacts/job/token/map.png"):
        with now.store.writer(key) as writer:
            writer.write(b"x")
            writer.commit()
    assert scheduler.tidy(now) == 0, "they may just be coming in"
    later = make_resources(clock=lambda: datetime.now(UTC) + timedelta(days=1))
    assert scheduler.tidy(later) == 2
    assert list(later.store.list("uploads/")) == list(later.store.list("artifacts/")) == []
