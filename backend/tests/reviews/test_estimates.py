"""Estimates of error rates: which files they are about, and which readings they stand on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import api_world as world
import pytest
import review_world as review
from review_world import Newsroom, act, take
from service_parts import Clock

from deepshield.domain.jobs import Verdict
from deepshield.domain.labels import Value
from deepshield.domain.reviews import Reason
from deepshield.jobs.sweep import sweep
from deepshield.library.removal import delete_medium
from deepshield.persistence.repositories import jobs
from deepshield.resources import Resources
from deepshield.reviews import asking, estimating
from deepshield.reviews.labelling import label_file
from deepshield.workspaces.changing import change_workspace

pytestmark = pytest.mark.api

FLAGGED: dict[str, Any] = {"verdict": "manipulated"}


@pytest.fixture
def all_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "drawn", lambda *_: True)


def report(room: Newsroom, since: str | None = None) -> dict[str, Any]:
    answer = room.lead.ask("GET", "/review/estimates", room.id, params={"since": since} if since else None)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def again(service: Resources, room: Newsroom, media_id: str, **outcome: Any) -> None:
    """Hand a file in again and analyse it anew."""
    lease = world.running(service, room.sender)
    with service.database.write() as session:
        job = jobs.get(session, lease.job_id)
        assert job is not None
        job.media_id = media_id
    world.finish(service, lease, **outcome)


def sha256_of(service: Resources, job_id: str) -> str:
    with service.database.read() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        return job.sha256


def read(room: Newsroom, reason: Reason, answer: Value) -> None:
    """Let a lead take the file that comes first for a reason, and answer."""
    task = take(room.lead, room, reason=reason)
    assert act(room.lead, room, task, "answer", answer=answer).status_code == 200


def test_each_file_counts_once_by_its_first_analysis(
    service: Resources, room: Newsroom, all_are_drawn: None
) -> None:
    twice, _ = review.analysed(service, room.sender, **review.NO_SIGNS)
    again(service, room, twice, **FLAGGED)
    review.analysed(service, room.sender, **review.IN_BAND)
    review.analysed(service, room.sender, origin="recheck", **FLAGGED)
    review.analysed(service, room.admin.owner, **FLAGGED)  # in another workspace
    # A file that has a label before its first analysis is drawn no more, as it would be read no more.
    known = world.running(service, room.sender)
    review.known(service, known.job_id)
    label_file(
        service.database, sha256_of(service, known.job_id), Value.AUTHENTIC, None, reader=room.admin.id,
        workspace_id=room.id, clock=service.clock,
    )  # fmt: skip
    world.finish(service, known, **FLAGGED)
    gone, _ = review.analysed(service, room.sender, **review.NO_SIGNS)
    delete_medium(service, room.sender, gone, None)
    change_workspace(service, room.admin.owner, room.id, {"asks_for_reviews": False})
    review.analysed(service, room.sender, **review.NO_SIGNS)
    found = report(room)
    assert found["files"] == {"manipulated": 1, "no_signs": 2, "inconclusive": 1, "no_face": 0}
    assert (found["not_drawable"], found["asks_for_reviews"]) == (2, False)
    assert (found["not_flagged"]["files"], found["not_flagged"]["drawn"]) == (1, 1)
    assert (found["flagged"]["files"], found["flagged"]["drawn"]) == (0, 0)
    assert (found["false_alarm_rate"], found["miss_rate"]) == (None, None)


def test_readings_of_drawn_files_become_rates_and_what_is_read_sooner_counts_less(
    service: Resources, room: Newsroom, clock: Clock, all_are_drawn: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three of six files without signs are read in their turn; four more are called wrong and read sooner.
    drawn_at = []
    for _ in range(6):
        clock.time += timedelta(minutes=1)
        drawn_at.append(clock.time)
        review.analysed(service, room.sender, **review.NO_SIGNS, tracks=[])
    for answer in (Value.AUTHENTIC, Value.UNKNOWN, Value.MANIPULATED):
        read(room, Reason.SAMPLED_NEGATIVE, answer)
    for _ in range(4):
        clock.time += timedelta(minutes=1)
        media_id, job_id = review.analysed(service, room.sender, **review.NO_SIGNS, tracks=[])
        with service.database.write() as session:
            asking.ask(session, media_id, Reason.USER_FEEDBACK, clock.time, job_id=job_id)
        read(room, Reason.USER_FEEDBACK, Value.MANIPULATED)
    for answer in (Value.AUTHENTIC, Value.GENERATED):
        review.analysed(service, room.sender, **FLAGGED)
        read(room, Reason.SAMPLED_POSITIVE, answer)
    found = report(room)
    assert found["not_flagged"] == {
        "files": 10, "drawn": 10, "read": 6, "wrong": 5, "undecided": 1, "waiting": 3,
        "waiting_since": drawn_at[3].isoformat().replace("+00:00", "Z"), "gone": 0,
        "used": 4, "least": 60, "missing": {"to_read": 3, "to_analyse": 5_300}, "wrong_share": None,
    }  # fmt: skip
    assert found["flagged"]["wrong_share"] == {"value": 0.5, "interval": [0.5, 0.5]}
    assert (found["false_alarm_rate"], found["miss_rate"]) == (None, None)
    monkeypatch.setitem(estimating._LEAST, Verdict.NO_SIGNS, 4)
    found = report(room)
    # Of the ten 3 of 4 are missed, so that 7.5 are; of the two flagged ones one is a false alarm.
    assert found["not_flagged"]["wrong_share"]["value"] == 0.75
    assert found["miss_rate"]["value"] == pytest.approx(7.5 / 8.5)
    assert found["false_alarm_rate"]["value"] == pytest.approx(1 / 3.5)
    low, high = found["miss_rate"]["interval"]
    assert low < 7.5 / 8.5 < high
    later = report(room, (clock.time + timedelta(seconds=1)).isoformat())
    assert later["files"] == dict.fromkeys(("manipulated", "no_signs", "inconclusive", "no_face"), 0)


def test_files_that_nobody_read_in_time_stay_counted(
    service: Resources, room: Newsroom, clock: Clock, all_are_drawn: None
) -> None:
    review.analysed(service, room.sender, **review.NO_SIGNS)
    clock.time += timedelta(days=31)
    sweep(service)
    found = report(room)
    assert (found["files"]["no_signs"], found["not_flagged"]["gone"]) == (1, 1)
    assert found["not_flagged"]["missing"]["to_read"] == 0
    # Who works alone was told that summaries are deleted: what is left would be what somebody wrote on.
    alone = room.lead.ask("GET", "/review/estimates").json()
    assert alone["since"] == (clock.time - timedelta(days=30)).isoformat().replace("+00:00", "Z")
