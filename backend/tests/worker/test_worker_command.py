"""`deepshield worker` as it runs: a real process, a real broker, the real engine."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from service_parts import MakeSettings
from services import wait_until

from deepshield.domain.clock import now
from deepshield.domain.jobs import MediaKind
from deepshield.jobs.lookup import JobView, find_view
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.repositories import workers
from deepshield.persistence.tables import Worker
from deepshield.resources import Resources, open_resources
from deepshield.settings import Settings

pytestmark = [pytest.mark.worker, pytest.mark.timed]

PATIENCE = 60.0  # seconds, for a machine that does other things as well
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def embedded(sqlite_url: str, make_settings: MakeSettings) -> Settings:
    return make_settings(database={"url": sqlite_url})


@pytest.fixture
def served(postgres_url: str, redis_url: str, make_settings: MakeSettings) -> Settings:
    return make_settings(database={"url": postgres_url}, celery={"broker_url": redis_url})


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def run(settings: Settings, **variables: object) -> subprocess.Popen[bytes]:
            given = {
                "DATABASE_URL": settings.database.url,
                "CELERY_BROKER_URL": settings.celery.broker_url,
                "CELERY_QUEUE_DIR": settings.celery.queue_dir,
                "STORAGE_DATA_DIR": settings.storage.data_dir,
                "STORAGE_SCRATCH_DIR": settings.storage.scratch_dir,
                "JOB_HEARTBEAT_SECONDS": 0.3,
                **variables,
            }
            worker = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "deepshield", "worker", "--queue", "videos"],
                    cwd=tmp_path,
                    env={**os.environ, **{name: str(value) for name, value in given.items()}},
                )
            )
            stack.callback(worker.kill)
            return worker

        yield run


@pytest.fixture
def opened() -> Iterator[Callable[[Settings], Resources]]:
    with ExitStack() as stack:

        def resources(settings: Settings) -> Resources:
            made = open_resources(settings)
            stack.callback(made.close)
            return made

        yield resources


def send(resources: Resources, path: Path) -> str:
    key = f"uploads/{os.urandom(8).hex()}"
    resources.store.put_file(key, path)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    job, _ = submit(resources, None, Submission(MediaKind.VIDEO, path.name, None, len(content), digest, key))
    return job.id


def rows(resources: Resources) -> list[Worker]:
    with resources.database.read() as session:
        return list(workers.seen_since(session, now() - timedelta(minutes=5)))


def wait_for_worker(resources: Resources, state: str) -> Worker:
    wait_until(lambda: any(row.state == state for row in rows(resources)), PATIENCE, f"a {state} worker")
    return rows(resources)[0]


def wait_for_state(resources: Resources, job_id: str, *states: str) -> JobView:
    wait_until(lambda: find_view(resources, None, job_id).job.state in states, PATIENCE, str(states))
    return find_view(resources, None, job_id)


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@pytest.mark.parametrize("kind", ["embedded", "served"])
def test_it_analyses_survives_its_child_and_ends_without_a_trace(
    kind: str,
    request: pytest.FixtureRequest,
    start: Start,
    opened: Callable[[Settings], Resources],
    clip_file: Path,
    portrait_file: Path,
) -> None:
    settings: Settings = request.getfixturevalue(kind)
    resources = opened(settings)
    worker = start(settings)
    ready = wait_for_worker(resources, "ready")
    assert ready.queue == "videos"
    assert ready.bundle_id

    done = wait_for_state(resources, send(resources, portrait_file), "COMPLETED", "FAILED")
    assert done.job.state == "COMPLETED"
    assert {"moment-1-overlay.png"} <= {artifact.name for artifact in done.artifacts}

    job_id = send(resources, clip_file)
    wait_for_state(resources, job_id, "PROCESSING")
    (child,) = children(worker.pid)
    os.kill(child, signal.SIGKILL)
    done = wait_for_state(resources, job_id, "COMPLETED", "FAILED")
    assert (done.job.state, done.job.attempts, done.job.crashes) == ("COMPLETED", 2, 1)
    assert done.job.frames_decoded == done.job.frames_planned == 32
    (child,) = children(worker.pid)

    media = ("libav", "cv2", "onnxruntime", "numpy", "torch", "PIL")
    mapped = Path(f"/proc/{worker.pid}/maps").read_text()
    assert [name for name in media if name in mapped] == [], "the worker itself touches no media"

    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert rows(resources) == []
    assert list(settings.storage.scratch_dir.glob("worker-*")) == []
    assert not Path(f"/proc/{child}").exists()


def test_a_deploy_in_mid_job_costs_a_rerun_and_no_attempt(
    embedded: Settings, start: Start, opened: Callable[[Settings], Resources], clip_file: Path
) -> None:
    resources = opened(embedded)
    first = start(embedded, WORKER_DRAIN_SECONDS=0)
    wait_for_worker(resources, "ready")
    job_id = send(resources, clip_file)
    wait_for_state(resources, job_id, "PROCESSING")
    (child,) = children(first.pid)
    os.kill(child, signal.SIGSTOP)  # so that the job does not end before the worker does
    first.terminate()
    assert first.wait(PATIENCE) == 0
    job = find_view(resources, None, job_id).job
    assert (job.state, job.attempts) == ("QUEUED", 0)
    second = start(embedded)
    done = wait_for_state(resources, job_id, "COMPLETED", "FAILED")
    assert (done.job.state, done.job.attempts) == ("COMPLETED", 1)
    second.terminate()
    assert second.wait(PATIENCE) == 0


def test_a_deploy_lets_a_short_job_end(
    embedded: Settings, start: Start, opened: Callable[[Settings], Resources], clip_file: Path
) -> None:
    resources = opened(embedded)
    worker = start(embedded, WORKER_DRAIN_SECONDS=PATIENCE)
    wait_for_worker(resources, "ready")
    job_id = send(resources, clip_file)
    wait_for_state(resources, job_id, "RUNNING", "PROCESSING")
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    job = find_view(resources, None, job_id).job
    assert (job.state, job.attempts) == ("COMPLETED", 1)


def test_without_a_bundle_it_is_broken_and_jobs_stay_queued(
    embedded: Settings,
    start: Start,
    opened: Callable[[Settings], Resources],
    portrait_file: Path,
    tmp_path: Path,
) -> None:
    resources = opened(embedded)
    job_id = send(resources, portrait_file)
    (tmp_path / "no-bundle").mkdir()
    worker = start(embedded, INFER_MODEL_WEIGHTS_PATH=tmp_path / "no-bundle")
    row = wait_for_worker(resources, "broken")
    assert "bundle.json cannot be read" in str(row.detail)
    assert find_view(resources, None, job_id).job.state == "QUEUED"
    worker.terminate()
    assert worker.wait(PATIENCE) == 0


def test_a_queue_that_is_none_is_refused(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("worker", "--queue", "songs")
    assert done.returncode == 2
    assert "no such queue: songs" in done.stderr


def test_the_worker_imports_no_media_library() -> None:
    media = ("detector", "numpy", "cv2", "av", "PIL", "onnxruntime", "torch")
    code = f"import sys, deepshield.worker.consumer; print([n for n in {media} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
