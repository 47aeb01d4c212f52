"""Which analyses are put up for review, and that a file is put up once for a reason."""

from __future__ import annotations

import threading

import api_world as world
import pytest
import review_world as review
from service_parts import Clock, MakeResources
from sqlalchemy import select

from deepshield.domain import reviews as rules
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import PRIORITY, Reason, TaskState
from deepshield.jobs.cancel import delete
from deepshield.persistence.repositories import audit
from deepshield.persistence.workbench import Feedback, ReviewTask
from deepshield.resources import Resources
from deepshield.reviews import asking
from deepshield.workspaces.changing import change_workspace, make_workspace

pytestmark = pytest.mark.api


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, rate={"limit_rps": 0})


@pytest.fixture
def alone(service: Resources) -> Owner:
    return world.account(service)[0]


@pytest.fixture
def newsroom(service: Resources, alone: Owner) -> Owner:
    made = make_workspace(service, alone, "Newsroom")
    return Owner(alone.id, alone.tier, made.workspace.id)


def tasks(service: Resources) -> list[ReviewTask]:
    with service.database.read() as session:
        return list(session.scalars(select(ReviewTask).order_by(ReviewTask.priority)))


def test_a_shared_workspace_asks_and_a_personal_one_only_when_told(
    service: Resources, alone: Owner, newsroom: Owner
) -> None:
    review.analysed(service, alone, **review.IN_BAND)
    assert tasks(service) == []
    media_id, job_id = review.analysed(service, newsroom, **review.IN_BAND)
    (task,) = tasks(service)
    assert (task.media_id, task.job_id, task.workspace_id) == (media_id, job_id, newsroom.workspace_id)
    assert (task.reason, task.state, task.sampled_with) == (Reason.IN_BAND, TaskState.OPEN, None)
    assert task.priority == PRIORITY[Reason.IN_BAND]
    with service.database.read() as session:
        (entry,) = audit.of_subject(session, task.id)
    assert (entry.action, entry.details) == ("review.asked", {"media_id": media_id, "reason": "in_band"})
    change_workspace(service, alone, newsroom.workspace_id, {"asks_for_reviews": False})
    change_workspace(service, alone, alone.id, {"asks_for_reviews": True})
    review.analysed(service, newsroom, **review.IN_BAND)
    review.analysed(service, alone, **review.IN_BAND)
    assert [one.workspace_id for one in tasks(service)].count(alone.id) == 1
    assert len(tasks(service)) == 2


def test_what_is_drawn_keeps_its_probability_and_is_drawn_beside_a_doubt(
    service: Resources, newsroom: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.analysed(service, newsroom, **review.NO_SIGNS)
    monkeypatch.setitem(rules.SAMPLED_WITH, Reason.SAMPLED_NEGATIVE, 1.0)
    monkeypatch.setitem(rules.SAMPLED_WITH, Reason.SAMPLED_POSITIVE, 1.0)
    _, negative = review.analysed(service, newsroom, **review.NO_SIGNS)
    _, positive = review.analysed(service, newsroom)  # the example: one trace flags, the other says nothing
    found = {(one.job_id, one.reason): one.sampled_with for one in tasks(service)}
    assert found[negative, "sampled_negative"] == found[positive, "sampled_positive"] == 1.0


@pytest.mark.both_databases
def test_one_task_per_file_and_reason_also_when_many_ask_at_once(service: Resources, newsroom: Owner) -> None:
    media_id, _ = review.analysed(service, newsroom, **review.IN_BAND)
    made: list[str | None] = []
    line = threading.Barrier(6)

    def ask() -> None:
        line.wait(20)
        with service.database.write() as session:
            made.append(asking.ask(session, media_id, Reason.FLIPPED, service.clock()))

    crowd = [threading.Thread(target=ask) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert len(made) == 6
    assert len(set(made)) == 1
    assert [one.reason for one in tasks(service)] == ["flipped", "in_band"]


def test_feedback_that_calls_a_verdict_wrong_asks_for_a_review(service: Resources, newsroom: Owner) -> None:
    media_id, job_id = review.analysed(service, newsroom)
    for given_by, answer in (("one", "right"), ("two", "wrong"), ("three", "wrong")):
        row = Feedback(
            id=given_by,
            job_id=job_id,
            media_id=media_id,
            given_by=given_by,
            answer=answer,
            at=service.clock(),
        )
        with service.database.write() as session:
            session.add(row)
            asking.of_feedback(session, row, service.clock())
    asked = [one for one in tasks(service) if one.reason == "user_feedback"]
    with service.database.read() as session:
        rows = {one.id: one.task_id for one in session.scalars(select(Feedback))}
    assert rows == {"one": None, "two": asked[0].id, "three": asked[0].id}
    assert len(asked) == 1


def test_a_task_whose_files_are_deleted_is_closed(service: Resources, newsroom: Owner) -> None:
    _, job_id = review.analysed(service, newsroom, **review.IN_BAND)
    delete(service, job_id)
    assert [one.state for one in tasks(service)] in ([], [TaskState.CLOSED])
