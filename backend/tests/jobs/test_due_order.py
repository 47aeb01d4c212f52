"""Whose turn it is: what somebody waits for precedes a batch, and a batch does not wait for ever."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import api_world as world
import pytest
from service_parts import Clock, MakeResources
from sqlalchemy import update

from deepshield.domain.jobs import MediaKind
from deepshield.jobs import lease as leases
from deepshield.jobs.lookup import find_job
from deepshield.jobs.queue_places import QueuePlaces
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import announce_again
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

ALLOWANCE = timedelta(seconds=600)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 5, 4, tzinfo=UTC))


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock)


def queued(service: Resources, patience: timedelta = timedelta(), sha256: str | None = None) -> str:
    key, digest = f"uploads/{uuid.uuid4().hex}", sha256 or uuid.uuid4().hex * 2
    wanted = Submission(MediaKind.IMAGE, "a.jpg", None, 1, digest, key, patience=patience)
    return submit(service, None, wanted)[0].id


def taken(service: Resources, number: int = 1) -> list[str]:
    leased = [leases.claim_next(service, "images", "w") for _ in range(number)]
    return [lease.job_id for lease in leased if lease]


def test_a_photo_that_somebody_waits_for_is_ahead_of_two_hundred_of_a_batch(
    service: Resources, clock: Clock
) -> None:
    batch = []
    for _ in range(200):
        batch.append(queued(service, ALLOWANCE))
        clock.time += timedelta(milliseconds=1)
    clock.time += timedelta(seconds=30)
    photo = queued(service)
    places = QueuePlaces(service)
    assert places.before(find_job(service, None, photo)) == 0
    assert places.before(find_job(service, None, batch[0])) == 1
    assert places.before(find_job(service, None, batch[-1])) == 200
    assert taken(service, 1) == [photo], "also when the first message was that of another"
    assert taken(service, 300) == batch, "each once, in order, and nothing is left"


def test_a_batch_that_has_waited_its_time_is_ahead_of_what_came_after(
    service: Resources, clock: Clock
) -> None:
    old = queued(service, ALLOWANCE)
    clock.time += ALLOWANCE - timedelta(seconds=1)
    before = queued(service)
    clock.time += timedelta(seconds=2)
    after = queued(service)
    assert taken(service, 3) == [before, old, after]


def test_a_queued_file_of_a_batch_is_hastened_by_who_sends_it_to_wait_for_it(
    service: Resources, clock: Clock
) -> None:
    owner = world.account(service)[0]
    first = queued(service, ALLOWANCE)

    def sent(patience: timedelta) -> str:
        wanted = Submission(MediaKind.IMAGE, "a.jpg", None, 1, "a" * 64, "uploads/a", patience=patience)
        return submit(service, owner, wanted)[0].id

    second = sent(ALLOWANCE)
    assert sent(ALLOWANCE) == second
    clock.time += timedelta(seconds=1)
    assert sent(timedelta()) == second
    assert taken(service, 2) == [second, first]


def test_jobs_of_a_release_without_due_times_are_not_forgotten(service: Resources, clock: Clock) -> None:
    old = queued(service)
    with service.database.write() as session:
        session.execute(update(Job).values(due_at=None))
    clock.time += timedelta(seconds=60)
    new = queued(service)
    announce_again(service)
    assert taken(service, 2) == [old, new]
