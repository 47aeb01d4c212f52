"""Jobs that no message announced are found, and a worker to which no message is delivered starts again."""

from __future__ import annotations

import hashlib
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from service_parts import Clock, MakeResources
from services import wait_until

from deepshield.broker import CeleryAnnouncer
from deepshield.domain.jobs import PREVIEWS, MediaKind
from deepshield.jobs.submit import Submission, new_job, submit
from deepshield.persistence.repositories import jobs
from deepshield.resources import Resources
from deepshield.worker import poller as poller_module
from deepshield.worker.poller import Poller

pytestmark = [pytest.mark.worker, pytest.mark.timed]


class Runner:
    """Records of which queues it is given work."""

    def __init__(self) -> None:
        self.can_take_more = True
        self.seen: list[str] = []

    def run(self, queue: str) -> None:
        self.seen.append(queue)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 5, 4, tzinfo=UTC))


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Resources:
    monkeypatch.setattr(poller_module, "_POLL_SECONDS", 0.02)
    return make_resources(clock=clock)


def queued(service: Resources) -> str:
    digest = hashlib.sha256(b"").hexdigest()
    job, _ = submit(service, None, Submission(MediaKind.IMAGE, "a.jpg", None, 1, digest, "uploads/a"))
    return job.id


def polling(service: Resources, runner: Runner, stalled: threading.Event, stack: ExitStack) -> Poller:
    one = Poller(service, "images", runner, stalled.set)  # type: ignore[arg-type]
    stack.callback(one.close)
    return one


def test_a_job_whose_message_was_lost_is_found(service: Resources, clock: Clock) -> None:
    queued(service)
    runner, stalled = Runner(), threading.Event()
    with ExitStack() as stack:
        polling(service, runner, stalled, stack)
        clock.time += timedelta(seconds=10)
        wait_until(lambda: "images" in runner.seen)
    assert not stalled.is_set()


def test_a_job_that_was_just_announced_and_one_of_another_queue_are_left_alone(
    service: Resources, clock: Clock
) -> None:
    video = Submission(MediaKind.VIDEO, "a.mp4", None, 1, "0" * 64, "uploads/b")
    submit(service, None, video)
    clock.time += timedelta(seconds=10)
    queued(service)
    runner = Runner()
    with ExitStack() as stack:
        polling(service, runner, threading.Event(), stack)
        threading.Event().wait(0.2)
    assert runner.seen == []


def test_a_busy_worker_takes_none(service: Resources, clock: Clock) -> None:
    queued(service)
    clock.time += timedelta(seconds=10)
    runner = Runner()
    runner.can_take_more = False
    with ExitStack() as stack:
        polling(service, runner, threading.Event(), stack)
        threading.Event().wait(0.2)
    assert runner.seen == []


def test_messages_that_lie_in_the_broker_unheard_are_told(service: Resources, clock: Clock) -> None:
    job_id, runner, stalled = queued(service), Runner(), threading.Event()
    announcer = CeleryAnnouncer(service.settings.celery)
    announcer.announce(job_id, "images")
    clock.time += timedelta(seconds=10)
    with ExitStack() as stack:
        polling(service, runner, stalled, stack)
        assert stalled.wait(20)
    announcer.close()


def test_an_empty_broker_is_no_stalledness(service: Resources, clock: Clock) -> None:
    queued(service)
    clock.time += timedelta(seconds=10)
    runner, stalled = Runner(), threading.Event()
    with ExitStack() as stack:
        polling(service, runner, stalled, stack)
        wait_until(lambda: len(runner.seen) > 8)
    assert not stalled.is_set()


def test_a_preview_is_made_when_no_video_waits(service: Resources, clock: Clock) -> None:
    file = Submission(MediaKind.VIDEO, "a.mp4", None, 1, "0" * 64, "uploads/p")
    waiting = new_job(file, None, clock(), None)
    waiting.queue = PREVIEWS
    with service.database.write() as session:
        session.add(waiting)
    video, _ = submit(service, None, Submission(MediaKind.VIDEO, "b.mp4", None, 1, "1" * 64, "uploads/v"))
    runner = Runner()
    clock.time += timedelta(seconds=10)
    poller = Poller(service, "videos", runner, lambda: None)  # type: ignore[arg-type]
    try:
        wait_until(lambda: runner.seen.count("videos") > 2)
        assert PREVIEWS not in runner.seen
        with service.database.write() as session:
            jobs.cancel(session, video.id, clock())
        wait_until(lambda: PREVIEWS in runner.seen)
    finally:
        poller.close()
