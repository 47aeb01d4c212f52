"""What answers come to: labels, second readings, disputes, corrections; and that none is ever changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import api_world as world
import pytest
import review_world as review
from review_world import Newsroom, act, stored, take
from service_parts import Clock
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from workspace_world import Person, code_of

from deepshield.api.schemas.reviews import LARGEST_BYTES
from deepshield.deletion import note_files
from deepshield.domain import reviews as rules
from deepshield.domain.events import Event
from deepshield.domain.jobs import Verdict
from deepshield.domain.labels import Grade, Value
from deepshield.domain.reviews import Reason, TaskState
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import Job, User, WebhookDelivery
from deepshield.persistence.workbench import Label, Medium
from deepshield.resources import Resources
from deepshield.reviews import asking, queue
from deepshield.reviews.deciding import put
from deepshield.webhooks.endpoints import make_endpoint

pytestmark = pytest.mark.api


def answer(person: Person, room: Newsroom, value: str, **more: Any) -> dict[str, Any]:
    task = take(person, room)
    assert task is not None
    done = act(person, room, task, "answer", answer=value, **more)
    assert done.status_code == 200, done.text
    told: dict[str, Any] = done.json()
    return told


def labels(service: Resources, media_id: str) -> list[tuple[int, str, str | None, str]]:
    with service.database.read() as session:
        rows = session.scalars(select(Label).where(Label.media_id == media_id).order_by(Label.revision))
        return [(row.revision, row.value, row.kind, row.grade) for row in rows]


def medium(service: Resources, media_id: str) -> Medium:
    with service.database.read() as session:
        row = session.get(Medium, media_id)
    assert row is not None
    return row


def test_an_answer_is_kept_whole_decides_and_is_told_of(service: Resources, room: Newsroom) -> None:
    make_endpoint(service, room.sender, url="https://example.org/", events=[Event.REVIEW_DECIDED])
    task_id, media_id = review.put_up(service, room.sender, Reason.SAMPLED_POSITIVE, sampled_with=0.1)
    before = medium(service, media_id).revision
    given = {
        "kinds": ["lipsync", "voice"],
        "per_person": {"A": "manipulated", "B": "authentic"},
        "spans": [{"start": 1.5, "end": 3.0, "note": "lips"}],
        "regions": [{"selector": "t=1.5&xywh=percent:10,20.5,30,40", "note": None}],
        "basis": ["found_original", "visible"],
        "links": ["https://example.org/original"],
        "note": "The original is from 2019.",
    }
    told = answer(room.ada, room, "manipulated", **given)
    seen = told["reviews"][0]
    assert {name: seen[name] for name in given} == given
    assert (seen["answer"], seen["blind"], seen["round"]) == ("manipulated", True, 1)
    assert seen["reader"] == f"{room.ada.id}@example.org"
    assert told["task"]["state"] == "closed"
    row = medium(service, media_id)
    assert labels(service, media_id) == [(1, "manipulated", "lipsync", row.label_grade)]
    assert (row.label, row.label_kind, row.label_revision) == ("manipulated", "lipsync", 1)
    assert row.revision > before, "what the library shows has changed"
    with service.database.read() as session:
        (event,) = session.scalars(select(WebhookDelivery))
        entries = audit.of_subject(session, task_id)
        actions = [one.action for one in entries]
        decided = [one.action for one in audit.of_subject(session, media_id)]
    assert event.payload["type"] == "review.decided"
    data = event.payload["data"]
    assert (data["media_id"], data["task_id"], data["value"]) == (media_id, task_id, "manipulated")
    assert actions[:2] == ["review.asked", "review.submitted"]
    assert "answer" not in (entries[1].details or {}), "leads who have not read it yet see the log"
    assert decided == ["label.decided"]


def test_a_time_that_no_database_takes_and_an_answer_that_no_proxy_does_are_refused(
    service: Resources, room: Newsroom
) -> None:
    review.put_up(service, room.sender)
    task = take(room.ada, room)
    body = {"lease": task["lease"], "answer": "unknown", "spans": [{"start": 0, "end": 7}]}
    sent: dict[str, Any] = {
        "content": json.dumps(body).replace("7}", "1e999}"),
        "headers": {"Content-Type": "application/json"},
    }
    path = f"/review/tasks/{task['id']}/answer"
    assert code_of(room.ada.ask("POST", path, room.id, **sent)) == (422, "VALIDATION_ERROR")
    # Each field within its own limit, and all together more than the proxy lets through.
    span = {"start": 1, "end": 2, "note": "ß" * 75}
    body |= {"spans": [span] * 100, "note": "x" * 4000, "links": ["https://example.org/?" + "a" * 900] * 9}
    refused = room.ada.ask("POST", path, room.id, json=body)
    assert code_of(refused) == (422, "VALIDATION_ERROR")
    assert [one["field"] for one in refused.json()["error"]["details"]["problems"]] == ["body.spans"]
    kept = {**body, "spans": [span] * 95}
    assert len(json.dumps(kept)) <= LARGEST_BYTES < len(json.dumps({**body, "spans": [span] * 100}))
    assert room.ada.ask("POST", path, room.id, json=kept).status_code == 200


def test_an_answer_whose_response_was_lost_is_recorded_once(service: Resources, room: Newsroom) -> None:
    review.put_up(service, room.sender)
    task = take(room.ada, room)
    first = act(room.ada, room, task, "answer", answer="authentic")
    again = act(room.ada, room, task, "answer", answer="manipulated")
    assert first.status_code == again.status_code == 200
    assert [one["answer"] for one in again.json()["reviews"]] == ["authentic"]
    assert [one["id"] for one in again.json()["reviews"]] == [task["lease"]]


def test_two_who_agree_give_a_double_label_and_their_other_tasks_of_the_file_end(
    service: Resources, room: Newsroom
) -> None:
    task_id, media_id = review.put_up(service, room.sender, needed=2)
    with service.database.write() as session:
        other = asking.ask(session, media_id, Reason.FLIPPED, service.clock())
    answer(room.ada, room, "generated", kinds=["generated_video"])
    assert labels(service, media_id) == []
    answer(room.grace, room, "generated", kinds=["generated_video", "voice"])
    assert labels(service, media_id) == [(1, "generated", "generated_video", "double")]
    assert stored(service, task_id).state == stored(service, other or "").state == TaskState.CLOSED


def test_a_positive_that_one_has_read_is_read_again_when_it_leaves_the_house(
    service: Resources, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SECOND_SHARE", 0.0)
    task_id, media_id = review.put_up(service, room.sender)  # the machine flags it
    assert answer(room.ada, room, "authentic")["label"]["grade"] == "single"
    job_id = stored(service, task_id).job_id
    shared = room.admin.ask("POST", f"/jobs/{job_id}/share", room.id)
    assert shared.status_code == 200, shared.text
    assert stored(service, task_id).state == TaskState.ANSWERED
    assert [one[1] for one in labels(service, media_id)] == ["authentic"], "until the second has answered"
    assert take(room.ada, room) is None
    answer(room.grace, room, "authentic")
    assert labels(service, media_id)[-1] == (2, "authentic", None, "double")
    assert room.admin.ask("POST", f"/jobs/{job_id}/share", room.id).status_code == 200
    assert stored(service, task_id).state == TaskState.CLOSED
    # What is shared already when the first answers waits for the second at once.
    other, media_id = review.put_up(service, room.sender)
    room.admin.ask("POST", f"/jobs/{stored(service, other).job_id}/share", room.id)
    answer(room.ada, room, "authentic")
    assert (stored(service, other).state, labels(service, media_id)) == (TaskState.ANSWERED, [])


@pytest.mark.parametrize("files_gone", [False, True])
def test_so_it_is_when_another_analysis_of_the_file_leaves_the_house(
    service: Resources, room: Newsroom, files_gone: bool
) -> None:
    def checked_again(media_id: str) -> str:
        """Analyse a file again, and share that analysis; return it."""
        lease = world.running(service, room.sender)
        with service.database.write() as session:
            job = session.get_one(Job, lease.job_id)
            job.media_id, job.origin = media_id, "recheck"
        world.finish(service, lease, verdict=Verdict.NO_SIGNS)
        shared = room.admin.ask("POST", f"/jobs/{lease.job_id}/share", room.id)
        assert shared.status_code == 200, shared.text
        return lease.job_id

    task_id, media_id = review.put_up(service, room.sender)
    first = stored(service, task_id).job_id
    answer(room.ada, room, "manipulated")
    if files_gone:
        with service.database.write() as session:
            note_files(session, session.get_one(Job, first), service.clock())
    newer = checked_again(media_id)
    assert stored(service, task_id).state == TaskState.ANSWERED
    assert stored(service, task_id).job_id == (newer if files_gone else first)
    answer(room.grace, room, "manipulated")
    assert [one[3] for one in labels(service, media_id)] == ["single", "double"]
    # What is shared already when the first answers waits for the second at once.
    other, media_id = review.put_up(service, room.sender)
    checked_again(media_id)
    answer(room.ada, room, "manipulated")
    assert (stored(service, other).state, labels(service, media_id)) == (TaskState.ANSWERED, [])


def test_readers_who_differ_leave_it_to_a_lead_who_is_neither(service: Resources, room: Newsroom) -> None:
    task_id, media_id = review.put_up(service, room.sender, Reason.SAMPLED_NEGATIVE, needed=2)
    answer(room.ada, room, "manipulated", note="Look at the teeth.")
    told = answer(room.lead, room, "authentic", note="Compression.")
    assert (told["task"]["state"], told["label"]) == ("disputed", None)
    assert stored(service, task_id).priority == 0
    path = f"/review/tasks/{task_id}/adjudicate"
    given = {"answer": "manipulated", "kinds": ["face_swap"], "note": "Ada is right."}
    assert code_of(room.ada.ask("POST", path, room.id, json=given)) == (403, "ROLE_MISSING")
    assert code_of(room.lead.ask("POST", path, room.id, json=given)) == (409, "CONFLICT"), "one of the two"
    assert take(room.grace, room) is None, "no third reader"
    shown = room.admin.ask("GET", f"/review/tasks/{task_id}", room.id).json()
    assert {one["note"] for one in shown["reviews"]} == {"Look at the teeth.", "Compression."}
    done = room.admin.ask("POST", path, room.id, json=given)
    assert done.status_code == 200
    assert labels(service, media_id) == [(1, "manipulated", "face_swap", "adjudicated")]
    assert done.json()["reviews"][-1]["round"] == 3
    assert code_of(room.admin.ask("POST", path, room.id, json=given)) == (409, "CONFLICT"), "once"


def test_a_correction_is_a_new_review_by_which_it_is_decided_anew(service: Resources, room: Newsroom) -> None:
    task_id, media_id = review.put_up(service, room.sender, needed=2)
    first = answer(room.ada, room, "authentic")["reviews"][0]["id"]
    answer(room.grace, room, "authentic")
    path = f"/review/reviews/{first}/corrections"
    corrected = {"answer": "manipulated", "kinds": ["voice"]}
    assert code_of(room.grace.ask("POST", path, room.id, json=corrected)) == (409, "CONFLICT")
    assert room.stranger.ask("POST", path, json=corrected).status_code == 404
    told = room.ada.ask("POST", path, room.id, json=corrected).json()
    assert [one["corrects"] for one in told["reviews"]] == [None, None, first]
    assert told["reviews"][2]["blind"] is False
    assert told["task"]["state"] == "disputed"
    assert [one[:2] for one in labels(service, media_id)] == [(1, "authentic")], "until a lead decides"
    assert code_of(room.ada.ask("POST", path, room.id, json=corrected)) == (409, "CONFLICT")
    room.lead.ask("POST", f"/review/tasks/{task_id}/adjudicate", room.id, json=corrected)
    assert labels(service, media_id)[-1] == (2, "manipulated", "voice", "adjudicated")
    # What a lead has decided stands.
    newest = told["reviews"][2]["id"]
    kept = room.ada.ask("POST", f"/review/reviews/{newest}/corrections", room.id, json={"answer": "unknown"})
    assert newest in [one["corrects"] for one in kept.json()["reviews"]]
    assert [one[0] for one in labels(service, media_id)] == [1, 2], "no label on account of it"
    page = room.ada.ask("GET", f"/media/{media_id}/labels?limit=1", room.id).json()
    assert ([one["revision"] for one in page["labels"]], page["next_cursor"]) == ([2], 2)
    page = room.ada.ask("GET", f"/media/{media_id}/labels?limit=1&cursor=2", room.id).json()
    assert ([one["revision"] for one in page["labels"]], page["next_cursor"]) == ([1], None)
    assert stored(service, task_id).state == TaskState.CLOSED


def test_a_correction_by_which_readers_agree_ends_their_dispute(
    service: Resources, room: Newsroom, clock: Clock
) -> None:
    task_id, media_id = review.put_up(service, room.sender, needed=2)
    answer(room.ada, room, "authentic")
    told = answer(room.grace, room, "manipulated", kinds=["voice"])
    mine = {one["id"]: one["can_correct"] for one in told["reviews"]}
    assert list(mine.values()) == [False, True], "only one's own"
    own = room.ada.ask("GET", f"/review/mine?media_id={media_id}", room.id).json()["reviews"][0]["review"]
    assert own["can_correct"]
    assert room.ada.ask("GET", f"/review/mine?media_id={task_id}", room.id).json()["reviews"] == []

    def correct(review_id: str, value: str) -> dict[str, Any]:
        clock.time += timedelta(minutes=1)
        path = f"/review/reviews/{review_id}/corrections"
        told = room.ada.ask("POST", path, room.id, json={"answer": value, "kinds": ["voice"]})
        assert told.status_code == 200, told.text
        body: dict[str, Any] = told.json()
        return body

    differs = correct(own["id"], "generated")
    assert (differs["task"]["state"], differs["label"]) == ("disputed", None)
    assert [one["can_correct"] for one in differs["reviews"]] == [False, False, True], "the newest alone"
    agrees = correct(differs["reviews"][2]["id"], "manipulated")
    assert agrees["task"]["state"] == "closed"
    assert agrees["task"]["closed_at"] is not None
    assert labels(service, media_id) == [(1, "manipulated", "voice", "double")]
    assert agrees["label"]["decided_by"] == room.ada.id
    assert set(agrees["label"]["reviews"]) == {told["reviews"][1]["id"], agrees["reviews"][-1]["id"]}
    with service.database.read() as session:
        actions = [one.action for one in audit.of_subject(session, task_id)]
        decided = [(one.action, one.actor) for one in audit.of_subject(session, media_id)]
    assert [one for one in actions if one != "review.asked"] == [
        "review.submitted",
        "review.submitted",
        "review.disputed",
        "review.corrected",
        "review.corrected",
    ]
    assert decided == [("label.decided", room.ada.id)]
    given = {"answer": "authentic"}
    refused = room.lead.ask("POST", f"/review/tasks/{task_id}/adjudicate", room.id, json=given)
    assert code_of(refused) == (409, "CONFLICT"), "there is nothing to decide any more"


@pytest.mark.parametrize("table", ["reviews", "labels"])
@pytest.mark.both_databases
def test_the_database_refuses_to_change_reviews_and_labels(
    service: Resources, room: Newsroom, table: str
) -> None:
    review.put_up(service, room.sender, needed=2)
    answer(room.ada, room, "authentic")
    answer(room.grace, room, "authentic")
    for change in (
        f"UPDATE {table} SET workspace_id = 'x'",
        f"UPDATE {table} SET workspace_id = workspace_id",
    ):
        with (
            pytest.raises(DBAPIError, match=f"{table} are never changed"),
            service.database.write() as session,
        ):
            session.execute(text(change))


def test_a_deleted_account_leaves_its_reviews_under_an_id_that_says_nothing(
    service: Resources, room: Newsroom
) -> None:
    task_id, media_id = review.put_up(service, room.sender, needed=2)
    answer(room.ada, room, "authentic", note="Kept.")
    answer(room.grace, room, "authentic")
    with service.database.write() as session:
        session.delete(session.get(User, room.ada.id))
    told = room.lead.ask("GET", f"/review/tasks/{task_id}", room.id).json()
    kept = next(one for one in told["reviews"] if one["note"] == "Kept.")
    assert (kept["reader"], kept["reader_id"]) == (None, room.ada.id)
    assert labels(service, media_id) == [(1, "authentic", None, "double")]


def test_a_reading_whose_second_never_comes_counts_when_the_files_are_gone(
    service: Resources, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "drawn", lambda *_: True)  # every task has a second reader
    task_id, media_id = review.put_up(service, room.sender, needed=2)
    unread, _ = review.put_up(service, room.sender, Reason.SAMPLED_NEGATIVE)
    answer(room.ada, room, "manipulated")
    for one in (task_id, unread):
        with service.database.write() as session:
            job = session.get(Job, stored(service, one).job_id)
            assert job is not None
            note_files(session, job, service.clock())
    assert stored(service, unread).state == TaskState.CLOSED
    assert take(room.grace, room) is None
    assert queue.sweep(service) == 1
    assert labels(service, media_id) == [(1, "manipulated", None, "single")]
    assert queue.sweep(service) == 0


def test_a_reading_counts_when_no_other_reader_is_there_or_is_any_more(
    service: Resources, room: Newsroom
) -> None:
    waits, decided = (None, TaskState.ANSWERED, 2), (Grade.SINGLE, TaskState.CLOSED, 1)

    def state(task_id: str, media_id: str) -> tuple[str | None, str, int]:
        task = stored(service, task_id)
        return medium(service, media_id).label_grade, task.state, task.needed

    left, handed = (review.put_up(service, room.sender, reason, needed=2) for reason in list(Reason)[1:3])
    for _ in range(2):
        answer(room.ada, room, "authentic")
    path = f"/review/tasks/{handed[0]}/hand"
    assert room.lead.ask("POST", path, room.id, json={"to": room.admin.id}).status_code == 200
    for person in (room.grace, room.lead):
        assert queue.sweep(service) == 0
        assert state(*left) == waits
        room.admin.ask("DELETE", f"/workspaces/{room.id}/members/{person.id}")
    assert queue.sweep(service) == 1
    # Who has sent the file is a second reader only where it was handed to them.
    assert (state(*left), state(*handed)) == (decided, waits)
    assert answer(room.admin, room, "authentic")["label"]["grade"] == "double"
    alone = review.put_up(service, room.sender, needed=2)
    assert answer(room.ada, room, "manipulated")["label"]["grade"] == "single"
    assert state(*alone) == decided


def test_agreement_counts_blind_first_readings_by_month_and_reader(
    service: Resources, room: Newsroom, clock: Clock
) -> None:
    pairs = [("manipulated", "manipulated"), ("authentic", "authentic"), ("manipulated", "authentic")]
    clock.time = datetime(2026, 4, 30, 12, tzinfo=UTC)
    for first, second in pairs:
        review.put_up(service, room.sender, needed=2)
        told = answer(room.ada, room, first)
        answer(room.grace, room, second)
    # A correction knows of the other's answer, and changes no figure.
    mine = told["reviews"][0]["id"]
    room.ada.ask("POST", f"/review/reviews/{mine}/corrections", room.id, json={"answer": "authentic"})
    clock.time += timedelta(days=2)
    review.put_up(service, room.sender, needed=2)
    answer(room.grace, room, "unknown")
    answer(room.ada, room, "generated")
    clock.time += timedelta(days=364)
    recent = room.lead.ask("GET", "/review/agreement", room.id).json()
    assert datetime.fromisoformat(recent["since"]) == clock.time - timedelta(days=365)
    assert [one["month"] for one in recent["months"]] == ["2026-05"], "of the last year"
    report = room.lead.ask("GET", "/review/agreement?since=2026-01-01T00:00:00Z", room.id).json()
    assert [(one["month"], one["questions"]["answer"]["pairs"]) for one in report["months"]] == [
        ("2026-04", 3),
        ("2026-05", 1),
    ]
    april = report["months"][0]["questions"]["answer"]
    assert (april["agreed"], round(april["kappa"], 3)) == (2, 0.4)
    assert report["questions"]["positive"]["pairs"] == 3, "who cannot tell is left out"
    assert {one["reader"] for one in report["readers"]} == {
        f"{one.id}@example.org" for one in (room.ada, room.grace)
    }
    later = room.lead.ask("GET", "/review/agreement?since=2026-05-01T00:00:00Z", room.id).json()
    assert later["questions"]["answer"]["pairs"] == 1
    # A reader's own list, the newest first.
    own = room.ada.ask("GET", "/review/mine?limit=2", room.id).json()
    assert own["reviews"][0]["review"]["answer"] == "generated"
    assert (own["claimed"], own["waiting"], own["next"] is not None) == (None, 0, True)


def test_a_correction_overrules_nothing_newer_and_is_no_way_round_the_second_reader(
    service: Resources, room: Newsroom
) -> None:
    def correct(told: dict[str, Any], value: str) -> dict[str, Any]:
        path = f"/review/reviews/{told['reviews'][0]['id']}/corrections"
        body: dict[str, Any] = room.ada.ask("POST", path, room.id, json={"answer": value}).json()
        return body

    task_id, media_id = review.put_up(service, room.sender, Reason.SAMPLED_NEGATIVE)
    told = answer(room.ada, room, "authentic")
    decided = rules.Decision(Value.MANIPULATED, None, Grade.ADJUDICATED, ("of another task",))
    with service.database.write() as session:
        put(session, media_id, decided, room.lead.id, service.clock())
        job_id = stored(service, task_id).job_id
        asked = asking.ask(session, media_id, Reason.USER_FEEDBACK, service.clock(), job_id=job_id)
    assert correct(told, "generated")["task"]["state"] == "closed"
    assert labels(service, media_id)[-1] == (2, "manipulated", None, "adjudicated")
    assert stored(service, asked or "").state == TaskState.OPEN, "it was asked for after that answer"

    media_id, job_id = review.analysed(service, room.sender, origin="recheck", verdict=Verdict.NO_SIGNS)
    with service.database.write() as session:
        other = asking.ask(session, media_id, Reason.ASKED, service.clock(), job_id=job_id)
    room.admin.ask("POST", f"/jobs/{job_id}/share", room.id)
    told = answer(room.ada, room, "authentic")
    assert told["task"]["state"] == "closed"
    assert correct(told, "manipulated")["task"]["state"] == "answered", "positives that leave are read twice"
    assert labels(service, media_id) == [(1, "authentic", None, "single")], "until then"
    assert take(room.grace, room, without=[asked])["id"] == other
