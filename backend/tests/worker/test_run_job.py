"""What becomes of a job, whatever its analysing process, the database, the storage and other workers do."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import process_doubles
import pytest
from example_results import example
from service_parts import Clock, MakeResources
from services import wait_until
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from deepshield.analyser.protocol import Setup
from deepshield.domain.jobs import PREVIEWS, MediaKind
from deepshield.jobs import lease as leases
from deepshield.jobs.cancel import cancel_or_delete
from deepshield.jobs.lookup import JobView, find_view
from deepshield.jobs.previews import request_preview
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import requeue_lost
from deepshield.persistence.tables import Attempt
from deepshield.resources import Resources
from deepshield.result_provenance import UNREADABLE
from deepshield.storage import StorageFullError
from deepshield.worker.analyser import Analyser, RecycleLimits
from deepshield.worker.analysis import Bounds
from deepshield.worker.pool import Pool
from deepshield.worker.runner import JobRunner
from deepshield.worker.scratch import Scratch

pytestmark = [pytest.mark.worker, pytest.mark.timed]

MakeRunner = Callable[..., JobRunner]
FILE = b"an upload"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 5, 4, tzinfo=UTC))


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(
        clock=clock,
        job={"heartbeat_seconds": 0.1, "heartbeat_timeout_seconds": 20, "max_crashes": 2},
        video={"preview_seconds": 2},
    )


@pytest.fixture
def runner(service: Resources, tmp_path: Path) -> Iterator[MakeRunner]:
    with ExitStack() as stack:

        def make(
            *behaviour: object,
            soft: float = 20,
            hard: float = 25,
            broken: list[str] | None = None,
            ahead: bool = False,
        ) -> JobRunner:
            setup = Setup(os.getpid(), None, "auto", "auto", None, 8, 60.0, 10**8, 30.0, 2048, False)
            scratch = Scratch(tmp_path / "scratch")
            stack.callback(scratch.close)
            command = [sys.executable, process_doubles.__file__, *map(str, behaviour)]
            analyser = Analyser(
                setup, Bounds(soft, hard, 2048), RecycleLimits(1024, 500), scratch.folder / "log", command
            )
            stack.callback(analyser.close)
            told = (broken if broken is not None else []).append
            made = JobRunner(service, "worker-1", Pool([analyser]), scratch, told, ahead=ahead)
            stack.callback(made.close)
            return made

        yield make


def submitted(service: Resources) -> str:
    key = f"uploads/{os.urandom(8).hex()}"
    with service.store.writer(key) as writer:
        writer.write(FILE)
        writer.commit()
    digest = hashlib.sha256(FILE).hexdigest()
    job, _ = submit(service, None, Submission(MediaKind.IMAGE, "a.jpg", "image/jpeg", len(FILE), digest, key))
    return job.id


def view(service: Resources, job_id: str) -> JobView:
    return find_view(service, None, job_id)


def outcome(service: Resources, job_id: str) -> tuple[str, str | None]:
    job = view(service, job_id).job
    return job.state, job.error_code


def stored(service: Resources) -> list[str]:
    return [blob.key for blob in service.store.list("artifacts/")]


def scratch_files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "scratch").glob("worker-*/job-*"))


def test_a_job_is_analysed_stored_and_recorded(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    job_id = submitted(service)
    runner("analyse").run("images")
    seen = view(service, job_id)
    assert seen.job.state == "COMPLETED"
    assert seen.result is not None
    assert seen.result.final_score == example("no_signs").final_score
    (artifact,) = seen.artifacts
    assert artifact.name == "moment-1-crop.png"
    assert artifact.content_type == "image/png"
    assert artifact.sha256 == hashlib.sha256(b"a picture").hexdigest()
    assert b"".join(service.store.read(artifact.key)) == b"a picture"
    assert scratch_files(tmp_path) == []


def test_the_preview_of_a_video_is_stored_with_its_other_files(
    service: Resources, runner: MakeRunner
) -> None:
    job_id = submitted(service)
    runner("film").run("images")
    seen = view(service, job_id)
    assert seen.job.state == "COMPLETED"
    assert seen.result is not None
    assert seen.result.preview_url == "preview.mp4"
    preview = next(one for one in seen.artifacts if one.name == "preview.mp4")
    assert (preview.content_type, preview.size_bytes) == ("video/mp4", 6)
    assert b"".join(service.store.read(preview.key)) == b"a film"


def test_a_preview_is_made_later_for_the_asking(
    make_resources: MakeResources, clock: Clock, runner: MakeRunner
) -> None:
    other = make_resources(clock=clock, video={"preview_seconds": 0})
    job_id, one = submitted(other), runner("film")
    one._resources = other
    one.run("images")
    assert [artifact.name for artifact in view(other, job_id).artifacts] == ["moment-1-crop.png"]
    waiting = request_preview(other, None, job_id)
    one.run(PREVIEWS)
    seen = view(other, job_id)
    assert seen.result is not None
    assert (seen.result.preview_url, seen.result.preview_sound) == ("preview-silent.mp4", False)
    preview = next(one for one in seen.artifacts if one.name == "preview-silent.mp4")
    assert b"".join(other.store.read(preview.key)) == b"a film"
    assert outcome(other, waiting.id) == ("COMPLETED", None)


def test_a_preview_that_cannot_be_made_later_fails_by_itself(service: Resources, runner: MakeRunner) -> None:
    job_id, one = submitted(service), runner("film_and_give_up")
    one.run("images")
    waiting = request_preview(service, None, job_id)
    one.run(PREVIEWS)
    assert outcome(service, waiting.id) == ("FAILED", "PREVIEW_NOT_MADE")
    assert outcome(service, job_id) == ("COMPLETED", None)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("film_and_segfault", "SIGSEGV"),
        ("film_and_hang", "timeout"),
        ("film_and_give_up", "it takes too long"),
    ],
)
def test_a_preview_that_fails_takes_nothing_from_the_verdict(
    service: Resources, runner: MakeRunner, caplog: pytest.LogCaptureFixture, behaviour: str, reason: str
) -> None:
    caplog.set_level("INFO", "deepshield.worker.attempt")
    job_id = submitted(service)
    begun = time.monotonic()
    runner(behaviour).run("images")
    assert time.monotonic() - begun < 10
    seen = view(service, job_id)
    assert (seen.job.state, seen.job.attempts, seen.job.crashes) == ("COMPLETED", 1, 0)
    assert seen.result is not None
    assert seen.result.preview_url is None
    assert [one.name for one in seen.artifacts] == ["moment-1-crop.png"]
    assert any("no preview" in line and reason in line for line in caplog.messages)


def test_what_the_file_says_of_itself_is_in_the_result(service: Resources, runner: MakeRunner) -> None:
    job_id = submitted(service)
    runner("describe").run("images")
    result = view(service, job_id).result
    assert result is not None
    assert result.provenance is not None
    assert result.provenance.metadata.camera is not None
    assert result.provenance.metadata.camera.make == "Double"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("describe_and_segfault", "SIGSEGV"),
        ("describe_and_hang", "timeout"),
        ("describe_and_rave", "a line that is no answer"),
    ],
)
def test_a_file_whose_own_statements_crash_the_reader_keeps_its_verdict(
    service: Resources,
    runner: MakeRunner,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: str,
    reason: str,
) -> None:
    monkeypatch.setattr("deepshield.worker.attempt._DESCRIBE_SECONDS", 0.5)
    job_id = submitted(service)
    runner(behaviour).run("images")
    seen = view(service, job_id)
    assert (seen.job.state, seen.job.attempts, seen.job.crashes) == ("COMPLETED", 1, 0)
    assert seen.result is not None
    assert seen.result.provenance == UNREADABLE
    assert any("says of itself" in line and reason in line for line in caplog.messages)


@pytest.mark.parametrize("ending", ["segfault", "fail"])
def test_a_crash_in_the_metadata_leaves_the_signed_record(
    service: Resources, runner: MakeRunner, ending: str
) -> None:
    job_id = submitted(service)
    runner(f"describe_the_record_and_{ending}").run("images")
    seen = view(service, job_id)
    assert (seen.job.state, seen.job.attempts, seen.job.crashes) == ("COMPLETED", 1, 0)
    assert seen.result is not None
    said = seen.result.provenance
    assert said is not None
    assert (said.credentials.signer, said.metadata.unreadable) == ("Double", ["file"])


def test_no_preview_is_asked_for_where_there_is_no_time(
    make_resources: MakeResources, clock: Clock, runner: MakeRunner
) -> None:
    other = make_resources(clock=clock, video={"preview_seconds": 0})
    job_id = submitted(other)
    one = runner("film_and_segfault")
    one._resources = other
    one.run("images")
    assert outcome(other, job_id) == ("COMPLETED", None)


def test_a_job_cancelled_while_its_preview_is_made_leaves_nothing(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    job_id = submitted(service)
    running = started(runner("film_and_obey", tmp_path / "here"), tmp_path)
    cancel_or_delete(service, None, job_id)
    running.join(20)
    assert not running.is_alive()
    assert outcome(service, job_id) == ("CANCELLED", "CANCELLED")
    assert stored(service) == []


def test_a_draining_worker_records_a_verdict_without_its_preview(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    job_id = submitted(service)
    one = runner("film_and_obey", tmp_path / "here")
    running = started(one, tmp_path)
    one.drain()
    running.join(20)
    assert outcome(service, job_id) == ("COMPLETED", None)


def test_the_same_message_again_changes_nothing(service: Resources, runner: MakeRunner) -> None:
    job_id, one = submitted(service), runner("analyse")
    for _ in range(3):
        one.run("images")
    job = view(service, job_id).job
    assert (job.state, job.attempts) == ("COMPLETED", 1)


def test_media_that_kills_the_process_fails_after_two_tries(service: Resources, runner: MakeRunner) -> None:
    job_id, one = submitted(service), runner("segfault")
    one.run("images")
    assert outcome(service, job_id) == ("QUEUED", None)
    one.run("images")
    assert outcome(service, job_id) == ("FAILED", "ANALYSIS_CRASHED")
    assert view(service, job_id).job.error_details == {"crashes": 2}


def test_neighbours_of_such_media_are_unharmed(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    one = runner("segfault_once", tmp_path / "flag")
    submitted(service)
    one.run("images")
    neighbour = runner("analyse")
    other = submitted(service)
    for _ in range(2):
        neighbour.run("images")
    assert outcome(service, other) == ("COMPLETED", None)


def test_a_decoder_that_never_returns_fails_with_a_reason(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    job_id = submitted(service)
    runner("hang", soft=0.3, hard=0.6).run("images")
    assert outcome(service, job_id) == ("FAILED", "ANALYSIS_TIMEOUT")
    assert view(service, job_id).job.error_details == {"limit_seconds": 240.0}
    assert scratch_files(tmp_path) == []


def test_what_the_detector_says_of_a_file_is_passed_on(service: Resources, runner: MakeRunner) -> None:
    job_id = submitted(service)
    runner("refuse").run("images")
    job = view(service, job_id).job
    assert (job.error_code, job.error_message) == ("VIDEO_TOO_LONG", "Too long.")
    assert job.error_details == {"limit_seconds": 180}


def test_what_went_wrong_inside_is_not_passed_on(service: Resources, runner: MakeRunner) -> None:
    job_id = submitted(service)
    runner("fail").run("images")
    job = view(service, job_id).job
    assert job.error_code == "INTERNAL_ERROR"
    assert "secret" not in str(job.error_message)


@pytest.mark.parametrize("behaviour", ["link", "escape", "invent_policy"])
def test_files_that_no_analysis_makes_and_policies_that_were_not_told_are_not_stored(
    service: Resources, runner: MakeRunner, behaviour: str
) -> None:
    job_id = submitted(service)
    runner(behaviour).run("images")
    assert outcome(service, job_id) == ("QUEUED", None)
    assert view(service, job_id).job.crashes == 1
    assert stored(service) == []


def test_an_upload_that_is_gone_fails_the_job(service: Resources, runner: MakeRunner) -> None:
    job_id = submitted(service)
    service.store.delete(str(view(service, job_id).job.upload_key))
    runner("analyse").run("images")
    assert outcome(service, job_id) == ("FAILED", "UPLOAD_LOST")


def test_an_upload_that_is_not_what_was_sent_fails_the_job(service: Resources, runner: MakeRunner) -> None:
    job_id = submitted(service)
    runner("other_bytes").run("images")
    assert outcome(service, job_id) == ("FAILED", "UPLOAD_LOST")


def test_a_cancelled_job_is_stopped_and_leaves_nothing(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    job_id = submitted(service)
    running = started(runner("wait_and_analyse", tmp_path / "here", tmp_path / "never"), tmp_path)
    cancel_or_delete(service, None, job_id)
    running.join(20)
    assert not running.is_alive()
    assert outcome(service, job_id) == ("CANCELLED", "CANCELLED")
    assert stored(service) == []


def test_a_worker_that_was_thought_dead_overwrites_nothing(
    service: Resources, runner: MakeRunner, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(service)
    monkeypatch.setattr(
        leases, "heartbeat", lambda *_: True
    )  # as if stopped by SIGSTOP: no answer reaches it
    late = started(runner("wait_and_analyse", tmp_path / "here", tmp_path / "gate"), tmp_path)
    clock.time += timedelta(hours=1)
    assert requeue_lost(service) == (1, 0)
    runner("analyse").run("images")
    before = view(service, job_id)
    assert before.job.state == "COMPLETED"
    (tmp_path / "gate").touch()
    late.join(20)
    after = view(service, job_id)
    assert after.job.revision == before.job.revision
    assert stored(service) == [artifact.key for artifact in before.artifacts]


def test_a_draining_worker_gives_its_job_back_uncounted(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    job_id = submitted(service)
    one = runner("wait_and_analyse", tmp_path / "here", tmp_path / "never")
    running = started(one, tmp_path)
    one.drain()
    running.join(20)
    job = view(service, job_id).job
    assert (job.state, job.attempts, job.crashes) == ("QUEUED", 0, 0)
    assert service.announcer.announced[-1] == (job_id, "images")  # type: ignore[attr-defined]
    one.run("images")
    assert outcome(service, job_id) == ("QUEUED", None), "a draining worker takes no job"


def test_a_job_claimed_ahead_waits_its_turn_and_is_given_back_like_the_running_one(
    service: Resources, runner: MakeRunner, tmp_path: Path
) -> None:
    first, second = submitted(service), submitted(service)
    one = runner("wait_and_analyse", tmp_path / "here", tmp_path / "never", ahead=True)
    running = started(one, tmp_path)
    waiting = threading.Thread(target=one.run, args=("images",))
    waiting.start()
    wait_until(lambda: view(service, second).job.state == "RUNNING", 20)
    one.drain()
    for thread in (running, waiting):
        thread.join(20)
    for job_id in (first, second):
        job = view(service, job_id).job
        assert (job.state, job.attempts, job.crashes) == ("QUEUED", 0, 0)


def test_without_a_model_jobs_stay_queued(service: Resources, runner: MakeRunner) -> None:
    job_id, broken = submitted(service), list[str]()
    one = runner("broken", broken=broken)
    one.run("images")
    one.run("images")
    job = view(service, job_id).job
    assert (job.state, job.attempts) == ("QUEUED", 0)
    assert broken == ["BundleError: no such bundle"]


def test_a_full_storage_is_tried_again_and_leaves_no_part(
    service: Resources, runner: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submitted(service)

    def full(*_: Any) -> None:
        raise StorageFullError(28, "no room")

    monkeypatch.setattr(type(service.store), "writer", full)
    runner("analyse").run("images")
    monkeypatch.undo()
    assert outcome(service, job_id) == ("QUEUED", None)
    assert stored(service) == []
    with service.database.read() as session:
        assert session.scalars(select(Attempt.outcome)).all() == ["STORAGE_FULL"]


@pytest.mark.parametrize("committed", [True, False])
def test_a_database_that_goes_away_while_the_result_is_recorded(
    service: Resources, runner: MakeRunner, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    job_id, finish, calls = submitted(service), leases.finish, list[bool]()

    def flaky(*arguments: Any) -> bool:
        calls.append(True)
        if len(calls) == 1:
            if committed:
                finish(*arguments)
            raise OperationalError("COMMIT", {}, Exception("the connection was lost"))
        return finish(*arguments)

    monkeypatch.setattr(leases, "finish", flaky)
    runner("analyse").run("images")
    seen = view(service, job_id)
    assert seen.job.state == "COMPLETED"
    assert stored(service) == [artifact.key for artifact in seen.artifacts]


def started(one: JobRunner, tmp_path: Path) -> threading.Thread:
    """Run the one job in a thread and wait until its analysis has begun."""
    thread = threading.Thread(target=one.run, args=["images"])
    thread.start()
    wait_until((tmp_path / "here").exists)
    return thread
