"""The queue: one reader at a time, none of the machine's verdict before the answer, nothing for strangers."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import review_world as review
from review_world import Newsroom, act, stored, take
from service_parts import Clock
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from workspace_world import Person, code_of, join

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import StoredArtifact
from deepshield.domain.labels import Value
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.reviews import Given, Reason, TaskState
from deepshield.domain.roles import ALLOWED, May, Role
from deepshield.persistence.repositories import results, review_tasks
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium, Review, ReviewTask
from deepshield.resources import Resources
from deepshield.reviews import answering, asking, queue
from deepshield.reviews.seen import told_of, work_of

pytestmark = pytest.mark.api

UNKNOWN = "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"


def patiently(do: Callable[..., Any], *arguments: Any) -> Any:
    """Do it again while the database has more writers than it lets wait, as clients do after a 503."""
    while True:
        with contextlib.suppress(OperationalError):
            return do(*arguments)


@pytest.mark.long
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_twenty_readers_claim_two_hundred_tasks_each_once(service: Resources, room: Newsroom) -> None:
    for _ in range(200):
        review.put_up(service, room.sender, Reason.FLIPPED)
    readers = [join(service, room.id, Person.new(service, room.ada.client), Role.REVIEWER) for _ in range(20)]
    claimed: list[tuple[str, str]] = []
    line = threading.Barrier(len(readers))

    def read(who: Any) -> None:
        line.wait(60)
        while (work := patiently(queue.take_next, service, who).work) is not None:
            claimed.append((work.task_id, who.id))
            given = Given(Value.AUTHENTIC)
            patiently(answering.answer, service, who, work.task_id, work.lease, given)

    crowd = [threading.Thread(target=read, args=(who,)) for who in readers]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(300)
    with service.database.read() as session:
        rows = session.scalars(select(Review)).all()
        tasks = {one.id: one for one in session.scalars(select(ReviewTask))}
    assert sorted((row.task_id, row.reader) for row in rows) == sorted(claimed)
    firsts = [row for row in rows if row.round == 1]
    assert len(firsts) == len({row.task_id for row in firsts}) == len(tasks) == 200
    assert {task.state for task in tasks.values()} == {TaskState.CLOSED}
    # Read twice is what needed it, by somebody else.
    assert len(rows) == sum(task.needed for task in tasks.values())
    assert len({(row.task_id, row.reader) for row in rows}) == len(rows)


@pytest.mark.both_databases
def test_a_reader_who_asks_twice_at_once_has_one_task(
    service: Resources, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        review.put_up(service, room.sender)
    reader = Owner(room.ada.id, Tier.FREE, room.id, Role.REVIEWER)
    # On PostgreSQL both come to the statement that claims, on SQLite to the transaction around it.
    meeting = "claim_next" if service.database.engine.dialect.name == "postgresql" else "waiting_for"
    line, met, original = threading.Barrier(2), threading.local(), getattr(review_tasks, meeting)

    def at_once(*arguments: Any, **options: Any) -> Any:
        if not getattr(met, "once", False):
            met.once = True
            line.wait(30)
        return original(*arguments, **options)

    monkeypatch.setattr(review_tasks, meeting, at_once)
    with ThreadPoolExecutor(2) as pool:
        both = [one.work for one in pool.map(lambda _: queue.take_next(service, reader), range(2))]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0].task_id == both[1].task_id
    assert both[0].lease == both[1].lease
    with service.database.read() as session:
        claimed = session.scalars(select(ReviewTask).where(ReviewTask.state == TaskState.CLAIMED)).all()
    assert [(one.id, one.claimed_by) for one in claimed] == [(both[0].task_id, room.ada.id)]


def test_a_file_that_is_forgotten_as_it_is_claimed_is_passed_over(
    service: Resources, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (review.put_up(service, room.sender, Reason.ASKED)[0] for _ in range(2))
    first, second = sorted((first, second))

    def forgotten(task_id: str) -> None:
        with service.database.write() as session:
            session.delete(session.get(Medium, stored(service, task_id).media_id))

    def forgetful(session: Any, task: ReviewTask, owner: Owner) -> Any:
        if task.id == first:
            forgotten(first)
        return work_of(session, task, owner)

    monkeypatch.setattr(queue, "work_of", forgetful)
    task = take(room.ada, room)
    assert task["id"] == second
    # Nor is a task told of that was found just before.
    row = stored(service, second)
    forgotten(second)
    reader = Owner(room.ada.id, Tier.FREE, room.id, Role.REVIEWER)
    with service.database.read() as session, pytest.raises(DeepShieldError) as refused:
        told_of(session, row, reader)
    assert refused.value.code is Code.NOT_FOUND


def test_tasks_come_by_their_reasons_and_never_to_the_sender_or_the_same_reader_again(
    service: Resources, room: Newsroom
) -> None:
    sampled, _ = review.put_up(service, room.sender, Reason.SAMPLED_NEGATIVE)
    asked, _ = review.put_up(service, room.sender, needed=2)
    assert take(room.admin, room) is None
    first = take(room.ada, room)
    assert first["id"] == asked
    assert take(room.ada, room)["lease"] == first["lease"], "a reader has one at a time"
    other = take(room.grace, room)
    assert other["id"] == sampled
    act(room.ada, room, first, "answer", answer="authentic")
    assert stored(service, asked).state == TaskState.ANSWERED
    assert take(room.ada, room) is None, "read it, and the other has a reader"
    act(room.grace, room, other, "release")
    assert take(room.grace, room, without=[sampled])["id"] == asked


def test_who_is_alone_reads_also_what_they_have_sent(service: Resources, room: Newsroom) -> None:
    lone = room.stranger
    space = lone.make("Alone")
    task_id, _ = review.put_up(service, lone.within(space))
    answer = lone.ask("POST", "/review/tasks/next", space, json={}).json()["task"]
    assert answer["id"] == task_id
    done = lone.ask(
        "POST", f"/review/tasks/{task_id}/answer", space, json={"lease": answer["lease"], "answer": "unknown"}
    )
    assert done.json()["label"]["grade"] == "single", "nobody waits for a second reader who is not there"


def test_a_claim_lasts_while_it_is_kept_and_then_goes_to_somebody_else(
    service: Resources, room: Newsroom, clock: Clock
) -> None:
    task_id, _ = review.put_up(service, room.sender)
    task = take(room.ada, room)
    assert take(room.grace, room) is None
    clock.time += timedelta(minutes=14)
    assert act(room.ada, room, task, "keep").status_code == 200
    clock.time += timedelta(minutes=14)
    assert queue.sweep(service) == 0
    clock.time += timedelta(minutes=2)
    assert code_of(act(room.ada, room, task, "keep")) == (409, "TASK_LOST")
    assert queue.sweep(service) == 1
    again = take(room.grace, room)
    assert (again["id"], again["lease"] != task["lease"]) == (task_id, True)
    assert code_of(act(room.ada, room, task, "answer", answer="authentic")) == (409, "TASK_LOST")
    # Another's lease helps nobody.
    assert code_of(act(room.ada, room, again, "answer", answer="authentic")) == (409, "TASK_LOST")


def test_a_task_is_handed_to_a_colleague_who_alone_may_take_it(service: Resources, room: Newsroom) -> None:
    task_id, _ = review.put_up(service, room.sender)
    task = take(room.ada, room)
    assert code_of(act(room.ada, room, task, "hand", to=room.stranger.id)) == (409, "CONFLICT")
    assert act(room.ada, room, task, "hand", to=room.grace.id, note="You know him.").status_code == 200
    assert take(room.ada, room) is None
    mine = take(room.grace, room)
    assert mine["id"] == task_id
    told = act(room.grace, room, mine, "answer", answer="authentic").json()
    assert told["task"]["note"] == "You know him."
    # By a lead, of what nobody reads; when the colleague leaves, anybody may take it.
    other, _ = review.put_up(service, room.sender)
    path = f"/review/tasks/{other}/hand"
    assert code_of(room.ada.ask("POST", path, room.id, json={"to": room.grace.id})) == (403, "ROLE_MISSING")
    assert room.lead.ask("POST", path, room.id, json={"to": room.grace.id}).status_code == 200
    assert take(room.ada, room) is None
    room.admin.ask("DELETE", f"/workspaces/{room.id}/members/{room.grace.id}")
    assert take(room.ada, room)["id"] == other


def test_what_is_meant_for_a_reader_stays_theirs_when_their_claim_lapses(
    service: Resources, room: Newsroom, clock: Clock
) -> None:
    hers, _ = review.put_up(service, room.grace.within(room.id), meant_for=room.grace.id)  # she has sent it
    other, _ = review.put_up(service, room.sender, Reason.FLIPPED)
    assert take(room.grace, room)["id"] == hers
    clock.time += timedelta(minutes=16)
    assert take(room.grace, room, without=[hers])["id"] == other, "before the sweep"
    assert take(room.ada, room) is None
    clock.time += timedelta(minutes=16)
    assert take(room.grace, room)["id"] == hers


def test_what_a_colleague_has_read_or_nobody_can_is_not_asked_of_them(
    service: Resources, room: Newsroom
) -> None:
    _, media_id = review.put_up(service, room.sender, Reason.SAMPLED_NEGATIVE)
    task = take(room.ada, room)
    act(room.ada, room, task, "answer", answer="unknown")
    wanted = {"media_id": media_id, "colleague": room.ada.id}
    assert code_of(room.admin.ask("POST", "/review/tasks", room.id, json=wanted)) == (409, "CONFLICT")
    made = room.admin.ask("POST", "/review/tasks", room.id, json={"media_id": media_id}).json()
    path = f"/review/tasks/{made['id']}/hand"
    assert code_of(room.lead.ask("POST", path, room.id, json={"to": room.ada.id})) == (409, "CONFLICT")
    assert room.lead.ask("POST", path, room.id, json={"to": room.grace.id}).status_code == 200
    gone, job_id = review.analysed(service, room.sender)
    with service.database.write() as session:
        row = session.get(Job, job_id)
        assert row is not None
        row.purged_at = service.clock()
    answer = room.admin.ask("POST", "/review/tasks", room.id, json={"media_id": gone})
    assert code_of(answer) == (410, "EXPIRED")


FORBIDDEN = (
    "verdict", "score", "heatmap", "overlay", "crop", "threshold", "logit", "probability", "estimate",
    "reason", "manipulated", "no_signs", "inconclusive", "suspicious", "calibrat", "trace", "bundle",
    "moment", "job_id", "media_id", "note", "label", "abstain", "confidence", "strength",
)  # fmt: skip


def test_a_blind_task_tells_nothing_of_the_machines_verdict(service: Resources, room: Newsroom) -> None:
    media_id, job_id = review.analysed(service, room.sender, **review.IN_BAND)
    keep_preview(service, job_id)
    room.sender.need(May.MANAGE)
    asked = room.admin.ask(
        "POST", "/review/tasks", room.id,
        json={"media_id": media_id, "note": "I think this is manipulated.", "readers": 2},
    )  # fmt: skip
    assert asked.status_code == 200, asked.text
    task = take(room.ada, room)
    assert (task["blind"], task["told"]) == (True, None)
    text = json.dumps({**task, "told": None}).lower().replace('"told": null', "")
    assert [word for word in FORBIDDEN if word in text] == []
    assert job_id not in text
    assert media_id not in text
    assert [one["person"] for one in task["persons"]] == sorted(one["person"] for one in task["persons"])
    assert {key for one in task["persons"] for face in one["faces"] for key in face} == {
        "timestamp_ms", "frame_index", "bbox",
    }  # fmt: skip
    # Of the job's files the preview alone can be had by the task, under a name that says nothing.
    for address, body in ((task["file"]["preview_url"], b"preview"), (task["file"]["original_url"], None)):
        answer = room.ada.ask("GET", address.removeprefix("/api"), room.id)
        assert answer.status_code == 200
        assert body in (None, answer.content)
        said = (answer.headers["content-disposition"] + answer.headers["content-type"]).lower()
        assert [word for word in FORBIDDEN if word in said] == []
    log = room.admin.ask("GET", f"/jobs/{job_id}/custody", room.id).json()["log"]
    read = [(row["action"], row["actor"]) for row in log if row["action"].endswith(".read")]
    assert read == [("artifact.read", room.ada.id), ("file.read", room.ada.id)]
    for path in (f"/review/tasks/{task['id']}", f"/review/tasks/{task['id']}/crop"):
        assert room.ada.ask("GET", path, room.id).status_code in (404, 409)
    # Afterwards the reader learns why, what the machine said, and what was noted; the next one does not.
    told = act(room.ada, room, task, "answer", answer="authentic", note="Ada's words").json()
    assert told["machine"]["verdict"] == "inconclusive"
    assert (told["task"]["reason"], told["task"]["note"]) == ("asked", "I think this is manipulated.")
    second = take(room.grace, room)
    text = json.dumps({**second, "told": None}).lower()
    assert second["id"] == task["id"]
    assert "ada" not in text.replace(room.ada.id, "")
    assert "authentic" not in text
    assert code_of(room.lead.ask("GET", f"/review/tasks/{task['id']}", room.id)) == (409, "CONFLICT")


def keep_preview(service: Resources, job_id: str) -> None:
    key = f"artifacts/{job_id}/preview.mp4"
    with service.store.writer(key) as writer:
        writer.write(b"preview")
        writer.commit()
    with service.database.write() as session:
        made = StoredArtifact("preview.mp4", key, "video/mp4", 7, "c" * 64)
        results.add_artifacts(session, job_id, [made])


def test_where_reviews_are_not_blind_the_reader_knows_all_and_the_review_says_so(
    service: Resources, room: Newsroom
) -> None:
    room.admin.ask("PATCH", f"/workspaces/{room.id}", json={"blind_review": False})
    review.put_up(service, room.sender)
    task = take(room.ada, room)
    assert task["told"]["machine"]["verdict"] == "manipulated"
    told = act(room.ada, room, task, "answer", answer="generated").json()
    assert told["reviews"][0]["blind"] is False


ROUTES = {
    ("GET", "/review/tasks"): May.ADJUDICATE,
    ("POST", "/review/tasks/next"): May.REVIEW,
    ("GET", "/review/mine"): May.REVIEW,
    ("GET", "/review/agreement"): May.ADJUDICATE,
    ("GET", "/review/estimates"): May.ERROR_RATES,
}


def test_roles_may_what_the_table_says(service: Resources, room: Newsroom) -> None:
    _, media_id = review.put_up(service, room.sender, Reason.FLIPPED)
    for role in Role:
        person = Person.new(service, room.ada.client)
        join(service, room.id, person, role)
        for (method, path), needed in ROUTES.items():
            answer = person.ask(method, path, room.id, json={} if method == "POST" else None)
            assert answer.status_code == (200 if needed in ALLOWED[role] else 403), (role, path)
            assert person.ask(method, path, UNKNOWN, json={}).status_code == 404
        _, other = review.put_up(service, room.sender, Reason.FLIPPED)  # what a reader has claimed is blind
        asked = person.ask("POST", "/review/tasks", room.id, json={"media_id": other})
        assert asked.status_code == (200 if May.COMMENT in ALLOWED[role] else 403), role
        # Why a file is in the queue is told to leads alone.
        chosen = person.ask("POST", "/review/tasks/next", room.id, json={"reason": "flipped"})
        assert chosen.status_code == (200 if May.ADJUDICATE in ALLOWED[role] else 403), role
    assert room.stranger.ask("POST", "/review/tasks", json={"media_id": media_id}).status_code == 404
    assert room.ada.client.get("/api/review/mine").status_code == 401


def test_leads_see_the_queue_by_state_reason_and_reader(service: Resources, room: Newsroom) -> None:
    ids = [review.put_up(service, room.sender, reason)[0] for reason in (Reason.IN_BAND, Reason.FLIPPED)]
    more, _ = review.put_up(service, room.sender, Reason.IN_BAND)
    task = take(room.ada, room)

    def listed(query: str) -> list[str]:
        answer = room.lead.ask("GET", f"/review/tasks{query}", room.id)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["tasks"]]

    assert task["id"] == ids[1]
    assert listed("") == [ids[1], *sorted((ids[0], more))]
    assert listed("?state=claimed") == listed(f"?who={room.ada.id}") == listed("?reason=flipped") == [ids[1]]
    page = room.lead.ask("GET", "/review/tasks?limit=2", room.id).json()
    assert page["counts"] == {"open": 2, "claimed": 1, "answered": 0, "disputed": 0, "closed": 0}
    assert page["tasks"][0]["claimed_by"] == f"{room.ada.id}@example.org"
    assert listed(f"?limit=2&cursor={page['next']}") == [sorted((ids[0], more))[1]]
    assert code_of(room.stranger.ask("GET", f"/review/tasks/{ids[0]}"))[0] == 404


def test_nothing_waits_for_who_gave_it_back_or_has_read_it_elsewhere(
    service: Resources, room: Newsroom
) -> None:
    meant, media_id = review.put_up(service, room.sender, meant_for=room.grace.id, note="Of the minister.")
    task = take(room.grace, room)
    again = room.grace.ask("POST", "/review/tasks", room.id, json={"media_id": media_id})
    assert code_of(again) == (409, "READING_BLIND"), "the task has notes"
    act(room.grace, room, task, "release")
    assert room.grace.ask("GET", f"/media/{media_id}/comments", room.id).status_code == 200
    assert act(room.ada, room, take(room.ada, room), "hand", to=room.grace.id).status_code == 200
    with service.database.write() as session:
        job_id = stored(service, meant).job_id
        first = asking.ask(session, media_id, Reason.DISPUTE, service.clock(), job_id=job_id)
        session.get_one(ReviewTask, meant).state = TaskState.ANSWERED
    task = take(room.grace, room, without=[meant])
    assert task["id"] == first
    assert act(room.grace, room, task, "answer", answer="authentic").status_code == 200
    assert stored(service, meant).meant_for is None
    assert take(room.ada, room)["id"] == meant
