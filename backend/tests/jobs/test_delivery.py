"""Jobs run once when their message was never sent, and when it is delivered ten times to four workers."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from example_results import example
from service_parts import MakeResources, RecordingAnnouncer
from services import wait_until
from sqlalchemy import func, select

from deepshield.accounts.administration import create_user
from deepshield.analyser.protocol import Done
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.jobs import lease as leases
from deepshield.jobs.submit import Submission, submit
from deepshield.operations import scheduler
from deepshield.persistence.tables import Artifact, Attempt, Job, Result, Usage
from deepshield.resources import Resources
from deepshield.settings import JobSettings
from deepshield.worker.analyser import NotMade
from deepshield.worker.pool import Pool
from deepshield.worker.runner import JobRunner
from deepshield.worker.scratch import Scratch

pytestmark = [pytest.mark.crash, pytest.mark.timed]

JOBS = int(os.environ.get("DEEPSHIELD_UNSENT_JOBS", "10"))
WORKERS, DELIVERIES = 4, 10
FILE = b"an upload"


@pytest.fixture
def owner(make_resources: MakeResources) -> Owner:
    user_id = create_user(make_resources().database, "ada@example.com", "correct horse", Tier.PRO)
    return Owner(user_id, Tier.PRO)


def accept(service: Resources, owner: Owner) -> str:
    key = f"uploads/{os.urandom(8).hex()}"
    with service.store.writer(key) as writer:
        writer.write(FILE)
        writer.commit()
    digest = hashlib.sha256(FILE).hexdigest()
    submission = Submission(MediaKind.IMAGE, "a.jpg", "image/jpeg", len(FILE), digest, key)
    job, _ = submit(
        service, owner, submission, reuse=False
    )  # each a job of its own, though the files are equal
    return job.id


class Deadly(RecordingAnnouncer):
    """Kills the process that would announce: after the commit, before the message."""

    def announce(self, job_id: str, queue: str) -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        return False


def killed_on_announcing(make_resources: MakeResources, owner: Owner) -> bool:
    """Accept a job in a process that dies before it can say so."""
    pid = os.fork()
    if pid == 0:
        try:
            made = make_resources()  # a connection of its own
            accept(Resources(made.settings, made.database, made.store, Deadly()), owner)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_jobs_whose_announcement_was_lost_with_its_process_start_all_the_same(
    make_resources: MakeResources, owner: Owner
) -> None:
    assert all(killed_on_announcing(make_resources, owner) for _ in range(JOBS))
    service = make_resources(job={"resend_seconds": 1, "sweep_seconds": 0.2})
    announcer = service.announcer
    assert isinstance(announcer, RecordingAnnouncer)
    stopping = threading.Event()
    sweeping = threading.Thread(target=scheduler.run, args=(service, stopping))
    sweeping.start()
    try:
        wait_until(lambda: len({job_id for job_id, _ in announcer.announced}) == JOBS, 30)
    finally:
        stopping.set()
        sweeping.join()
    started = [leases.claim(service, job_id, "worker") for job_id in {one for one, _ in announcer.announced}]
    assert len([lease for lease in started if lease]) == JOBS


def test_the_clocks_let_an_unsent_job_start_within_half_a_minute() -> None:
    clocks = JobSettings()
    assert clocks.resend_seconds + 2 * clocks.sweep_seconds < 30


class SlowAnalyser:
    """Stands in for an analyser: takes a moment, so that deliveries overlap, and makes one file."""

    used = None

    def __init__(self) -> None:
        self.analyses = 0

    def analyze(self, _upload: Path, made: Path, *_: Any) -> Done:
        self.analyses += 1
        made.mkdir()
        (made / "map.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        time.sleep(0.2)
        sha256 = hashlib.sha256(FILE).hexdigest()
        return Done(1, example("no_signs").model_copy(update={"sha256": sha256}), ("map.png",))

    def describe(self, *_: Any) -> NotMade:
        return NotMade("not asked for here")


@pytest.fixture
def workers(make_resources: MakeResources, tmp_path: Path) -> Iterator[list[tuple[JobRunner, SlowAnalyser]]]:
    with ExitStack() as stack:
        made = []
        for number in range(WORKERS):
            analyser, scratch = SlowAnalyser(), Scratch(tmp_path / "scratch")
            stack.callback(scratch.close)
            pool = Pool([analyser])  # type: ignore[list-item]
            runner = JobRunner(make_resources(), f"worker-{number}", pool, scratch, lambda _: None)
            stack.callback(runner.close)
            made.append((runner, analyser))
        yield made


def test_a_message_that_comes_often_to_many_is_one_result_and_one_charge(
    make_resources: MakeResources, owner: Owner, workers: list[tuple[JobRunner, SlowAnalyser]]
) -> None:
    service = make_resources()
    accept(service, owner)
    together = threading.Barrier(WORKERS)

    def deliver(runner: JobRunner) -> None:
        together.wait()
        for _ in range(DELIVERIES):
            runner.run("images")

    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(deliver, (runner for runner, _ in workers)))
    assert sum(analyser.analyses for _, analyser in workers) == 1
    with service.database.read() as session:
        assert session.scalars(select(Job.state)).all() == ["COMPLETED"]
        assert session.scalars(select(Attempt.outcome)).all() == ["completed"]
        assert session.scalar(select(func.sum(Usage.used))) == 1
        assert session.scalar(select(func.count()).select_from(Result)) == 1
        recorded = set(session.scalars(select(Artifact.key)))
    assert {blob.key for blob in service.store.list("artifacts/")} == recorded
    assert len(recorded) == 1
