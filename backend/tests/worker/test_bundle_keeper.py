"""A worker goes over to the bundle that was approved, and back, between jobs; it loses none of them."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import process_doubles
import pytest
from made_bundles import passes, write_bundle
from service_parts import MakeResources
from services import wait_until

from deepshield.analyser.protocol import Setup
from deepshield.domain.facts import BundleFacts
from deepshield.domain.jobs import MediaKind
from deepshield.jobs.submit import Submission, submit
from deepshield.observability import metrics
from deepshield.persistence.repositories import results
from deepshield.persistence.tables import Job
from deepshield.promotion import deciding
from deepshield.promotion.proposing import propose
from deepshield.resources import Resources
from deepshield.worker import bundle_keeper
from deepshield.worker.analyser import Analyser, RecycleLimits
from deepshield.worker.analysis import Bounds
from deepshield.worker.bundle_keeper import BundleKeeper
from deepshield.worker.pool import Pool
from deepshield.worker.runner import JobRunner
from deepshield.worker.scratch import Scratch

pytestmark = [pytest.mark.worker, pytest.mark.timed]

RELEASED = "0" * 64  # what the double says without a bundle


class Worker:
    """A worker with one analyser, whose keeper looks when it is told to."""

    def __init__(self, resources: Resources, tmp_path: Path) -> None:
        self.resources = resources
        self.here, self.gate = tmp_path / "here", tmp_path / "gate"
        self.told: list[tuple[BundleFacts | None, str | None]] = []
        self.scratch = Scratch(tmp_path / "scratch")
        behaviour = ["wait_and_analyse", str(self.here), str(self.gate)]
        command = [sys.executable, process_doubles.__file__, *behaviour]
        limits = Bounds(60, 65, 2048), RecycleLimits(1024, 500)
        self.analyser = Analyser(_setup(None), *limits, self.scratch.folder / "log", command)
        self.runner = JobRunner(resources, "worker-1", Pool([self.analyser]), self.scratch, self._broken)
        self.keeper = BundleKeeper(
            resources,
            _setup,
            self.scratch.folder / "bundle.log",
            lambda *told: self.told.append(told),
            command,
        )
        self.keeper.attach([self.analyser])

    def look(self) -> None:
        """Let the keeper see what is active."""
        self.keeper.settle(threading.Event())

    def run(self) -> None:
        self.runner.run("images")

    def close(self) -> None:
        self.runner.close()
        self.analyser.close()
        self.scratch.close()

    def _broken(self, reason: str) -> None:
        raise AssertionError(reason)


def _setup(folder: Path | None) -> Setup:
    bundle = None if folder is None else str(folder)
    return Setup(os.getpid(), bundle, "auto", "auto", None, 8, 60.0, 10**8, 30.0, 2048, False)


@pytest.fixture
def worker(make_resources: MakeResources, tmp_path: Path) -> Iterator[Worker]:
    one = Worker(make_resources(job={"heartbeat_seconds": 0.1}), tmp_path)
    yield one
    one.close()


def queued(resources: Resources) -> str:
    content = os.urandom(8)
    key = f"uploads/{content.hex()}"
    with resources.store.writer(key) as writer:
        writer.write(content)
        writer.commit()
    digest = hashlib.sha256(content).hexdigest()
    facts = Submission(MediaKind.IMAGE, "a.jpg", "image/jpeg", len(content), digest, key)
    return submit(resources, None, facts)[0].id


def judged_by(resources: Resources, job_id: str) -> str | None:
    with resources.database.read() as session:
        job, result = session.get(Job, job_id), results.get(session, job_id)
    assert job is not None
    assert job.state == "COMPLETED", (job.state, job.error_code)
    assert job.attempts == 1
    assert result is not None
    return result.bundle_id


def approved(resources: Resources, folder: Path, version: str) -> str:
    sha256 = write_bundle(folder, version=version)
    propose(resources, folder, "Ada", passes)
    deciding.approve(resources, sha256, "Grace")
    return sha256


def test_a_worker_changes_over_between_jobs_and_back(worker: Worker, tmp_path: Path) -> None:
    resources = worker.resources
    first, during, after, back = (queued(resources) for _ in range(4))
    worker.gate.touch()
    worker.look()
    worker.run()
    assert judged_by(resources, first) == RELEASED

    worker.gate.unlink()
    worker.here.unlink()
    running = threading.Thread(target=worker.run)
    running.start()
    wait_until(worker.here.exists, 20)
    sha256 = approved(resources, tmp_path / "new", "2.0")
    worker.look()
    worker.gate.touch()
    running.join(30)
    assert judged_by(resources, during) == RELEASED, "a job ends with the bundle that it began with"
    worker.run()
    assert judged_by(resources, after) == sha256
    assert worker.told[-1] == (BundleFacts(sha256, "desk", "2.0"), None)

    deciding.roll_back(resources, "Ada")
    worker.look()
    worker.run()
    assert judged_by(resources, back) == RELEASED


def test_a_bundle_that_does_not_load_is_refused_and_the_one_before_goes_on(
    worker: Worker, tmp_path: Path
) -> None:
    resources = worker.resources
    worker.gate.touch()
    sha256 = approved(resources, tmp_path / "sound", "2.0")
    worker.look()
    approved(resources, tmp_path / "unsound", "3.0-broken")
    worker.look()
    served, problem = worker.told[-1]
    assert served == BundleFacts(sha256, "desk", "2.0")
    assert problem is not None
    assert "desk 3.0-broken is refused" in problem
    assert "score 3 off" in problem
    assert metrics.REGISTRY.get_sample_value("deepshield_bundle_refused") == 1.0
    job_id = queued(resources)
    worker.run()
    assert judged_by(resources, job_id) == sha256

    deciding.roll_back(resources, "Ada")
    worker.look()
    assert worker.told[-1] == (served, None)
    assert metrics.REGISTRY.get_sample_value("deepshield_bundle_refused") == 0.0


def test_a_worker_that_starts_waits_for_an_active_bundle_that_is_refused(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_keeper, "POLL_SECONDS", 0.05)
    resources = worker.resources
    approved(resources, tmp_path / "unsound", "2.0-broken")
    looking = threading.Thread(target=worker.look, daemon=True)
    looking.start()
    wait_until(lambda: bool(worker.told), 20)
    problem = worker.told[-1][1]
    assert problem is not None
    assert "desk 2.0-broken is refused, and no job is judged here" in problem
    assert metrics.REGISTRY.get_sample_value("deepshield_bundle_refused") == 1.0
    assert looking.is_alive()

    deciding.roll_back(resources, "Ada")
    looking.join(30)
    assert not looking.is_alive()
    assert worker.told[-1][1] is None


def test_a_worker_starts_with_the_released_bundle_where_the_operator_says_so(
    make_resources: MakeResources, tmp_path: Path
) -> None:
    worker = Worker(make_resources(infer={"released_while_refused": True}), tmp_path)
    try:
        approved(worker.resources, tmp_path / "unsound", "2.0-broken")
        worker.look()
        assert "the released bundle judges instead" in str(worker.told[-1][1])
    finally:
        worker.close()


def test_the_operators_own_bundle_is_served_whatever_is_active(
    make_resources: MakeResources, tmp_path: Path
) -> None:
    own = make_resources(infer={"model_weights_path": tmp_path / "own"})
    worker = Worker(own, tmp_path)
    try:
        approved(make_resources(), tmp_path / "new", "2.0")
        worker.look()
        assert worker.told == []
    finally:
        worker.close()
