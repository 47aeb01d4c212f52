"""How many jobs wait before one: counted per queue, read once a second at most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import api_world as world
import pytest
from sqlalchemy import event, text

from deepshield.domain.jobs import MediaKind
from deepshield.jobs import queue_places
from deepshield.jobs.cancel import cancel
from deepshield.jobs.lookup import find_job
from deepshield.jobs.queue_places import QueuePlaces
from deepshield.resources import Resources

pytestmark = pytest.mark.integration


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def statements(resources: Resources) -> Iterator[list[str]]:
    """Collect the queries that are made meanwhile."""
    made: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        made.append(statement)

    event.listen(resources.database.engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(resources.database.engine, "before_cursor_execute", note)


def test_each_queue_is_counted_for_itself_and_what_runs_is_not(resources: Resources) -> None:
    places = QueuePlaces(resources)
    running = world.running(resources).job_id
    videos = [world.queued(resources) for _ in range(3)]
    image = world.queued(resources, kind=MediaKind.IMAGE)
    cancel(resources, videos[0])
    found = {job_id: places.before(find_job(resources, None, job_id)) for job_id in (running, *videos, image)}
    assert found == {running: None, videos[0]: None, videos[1]: 0, videos[2]: 1, image: 0}


def test_a_queue_is_read_once_a_second_however_many_ask(resources: Resources) -> None:
    clock = Seconds()
    places = QueuePlaces(resources, clock)
    jobs = [find_job(resources, None, world.queued(resources)) for _ in range(3)]
    with statements(resources) as made:
        assert [places.before(job) for job in jobs * 20] == [0, 1, 2] * 20
        assert len([one for one in made if "FROM jobs" in one]) == 1
    late = find_job(resources, None, world.queued(resources))
    cancel(resources, jobs[0].id)
    assert places.before(late) == 3, "behind all that were there when the queue was read"
    clock.now += 1.0
    assert places.before(late) == 2


def test_a_long_queue_is_counted_in_part(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_places, "COUNTED", 2)
    last = [find_job(resources, None, world.queued(resources)) for _ in range(4)][-1]
    assert QueuePlaces(resources).before(last) == 2


def test_the_head_of_a_queue_is_read_from_the_index(resources: Resources) -> None:
    if resources.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole, whatever indexes it has")
    query = (
        "SELECT id FROM jobs WHERE state = 'QUEUED' AND queue = 'videos' "
        "ORDER BY due_at, created_at, id LIMIT 9"
    )
    with resources.database.read() as session:
        plan = [row[-1] for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert "ix_jobs_state_queue_due_at" in plan[0]
