"""Rechecks: every file once, behind everything else, charged to nobody, whatever dies or is asked twice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import api_world as world
import pytest
import typer
from fastapi.testclient import TestClient
from service_parts import Clock, MakeResources
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner
from workspace_world import Person, code_of, join

from deepshield.cli import recheck, service
from deepshield.domain.events import Event
from deepshield.domain.failures import Code
from deepshield.domain.jobs import MediaKind, Origin, State, Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.rechecks import Change, FileState, change_of, pairs_of, seconds_expected
from deepshield.domain.roles import Role
from deepshield.jobs import lease as leases
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import sweep
from deepshield.operations.integrity import orphans
from deepshield.persistence.repositories import blobs, rechecks
from deepshield.persistence.tables import Job, ModelBundle, Result, Usage, WebhookDelivery, Workspace
from deepshield.persistence.workbench import Medium, Recheck, RecheckItem, ReviewTask
from deepshield.rechecks import asking, changing, starting
from deepshield.rechecks.again import check_again
from deepshield.rechecks.changing import count_again, keep_up
from deepshield.resources import Resources
from deepshield.webhooks import endpoints

pytestmark = pytest.mark.integration

OLD = "0" * 64  # the model before the present one


@pytest.fixture
def resources(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(
        clock=clock,
        saas={"jwt_exp_hours": 1e5, "free_daily_uploads": 1000},
        rate={"limit_rps": 0},
        recheck={"at_once": 3},
    )


@pytest.fixture
def ada(resources: Resources, client: TestClient) -> Person:
    return Person.new(resources, client)


def medium(resources: Resources, owner: Owner, verdict: str | None = "no_signs", number: int = 0) -> str:
    """Have a file analysed by the model before the present one; return its id in the library."""
    key, sha256 = f"uploads/{uuid.uuid4().hex}", uuid.uuid4().hex * 2
    with resources.store.writer(key) as writer:
        writer.write(world.PICTURE)
        writer.commit()
    name = f"{number}.png"
    job, _ = submit(
        resources, owner, Submission(MediaKind.IMAGE, name, "image/png", len(world.PICTURE), sha256, key)
    )
    if verdict is not None:
        lease = leases.claim(resources, job.id, "w")
        assert lease is not None
        world.report(resources, lease, 8)
        world.finish(resources, lease, verdict=verdict)
    with resources.database.write() as session:
        media_id = session.scalars(select(Medium.id).where(Medium.sha256 == sha256)).one()
        age(session, media_id)
    return media_id


def age(session: Any, media_id: str) -> None:
    """Let the analyses of a file be by the model before the present one."""
    if session.get(ModelBundle, OLD) is None:
        now = session.scalar(select(Medium.seen_at).limit(1))
        session.add(ModelBundle(sha256=OLD, name="old", version="1.0", first_seen_at=now))
        session.flush()
    jobs = select(Job.id).where(Job.media_id == media_id)
    session.execute(update(Result).where(Result.job_id.in_(jobs)).values(bundle_id=OLD))
    analysed = (Medium.id == media_id, Medium.verdict.is_not(None))
    session.execute(update(Medium).where(*analysed).values(bundle_sha256=OLD))


def work(resources: Resources, verdict: str | None = None, most: int = 1000) -> int:
    """Let a worker complete what is queued, ``most`` at most; return how many jobs that were."""
    for done in range(most):
        lease = leases.claim_next(resources, "images", "w")
        if lease is None:
            return done
        world.report(resources, lease, 8)
        world.finish(resources, lease, **({} if verdict is None else {"verdict": verdict}))
    return most


def until_done(resources: Resources, verdict: str | None = None) -> None:
    while keep_up(resources) + work(resources, verdict):
        pass


def events(resources: Resources, event: Event) -> list[dict[str, Any]]:
    with resources.database.read() as session:
        found = session.scalars(
            select(WebhookDelivery)
            .where(WebhookDelivery.event == event.value)
            .order_by(WebhookDelivery.created_at)
        )
        return [one.payload["data"] for one in found]


def listen(resources: Resources, owner: Owner) -> None:
    endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))


def charges(resources: Resources) -> int:
    with resources.database.read() as session:
        return session.scalar(select(func.sum(Usage.used))) or 0


def kept_counts(resources: Resources, recheck_id: str) -> dict[str, int]:
    """Return a recheck's counts of states as they are kept, which are those of its items."""
    with resources.database.read() as session:
        row = session.get_one(Recheck, recheck_id)
        exact = rechecks.counted(session, [recheck_id])[recheck_id]
        kept = rechecks.tallies(session, [row])[recheck_id]
    assert row.counts is not None
    assert {name: number for name, number in kept.states.items() if number} == exact.states
    assert {name: number for name, number in kept.changes.items() if number} == exact.changes
    return {state.value: number for state, number in exact.states.items()}


def jobs_of(resources: Resources, recheck_id: str) -> Sequence[Job]:
    with resources.database.read() as session:
        return session.scalars(select(Job).where(Job.cause_id == recheck_id)).all()


def stray(resources: Resources) -> set[str]:
    """Return the uploads in storage that nothing refers to."""
    stored = [info.key for info in resources.store.list("uploads/")]
    with resources.database.read() as session:
        return set(stored) - blobs.known(session, stored)


def ask(person: Person, space: str | None = None, **wanted: Any) -> dict[str, Any]:
    answer = person.ask("POST", "/rechecks", space, json={"q": "", **wanted})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_every_file_is_judged_once_more_for_nothing_and_the_flips_are_told(
    resources: Resources, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [medium(resources, ada.owner, verdict, place) for place, verdict in enumerate(
        ["no_signs", "no_signs", "manipulated", "inconclusive", "no_face"]
    )]  # fmt: skip
    listen(resources, ada.owner)
    paid, completed = charges(resources), len(events(resources, Event.ANALYSIS_COMPLETED))
    forecast = ada.ask("POST", "/rechecks?dry_run=true", json={"q": ""}).json()
    assert (forecast["files"], forecast["kept"], forecast["judged"], forecast["wanted"]) == (5, 5, 0, 5)
    assert forecast["seconds"] == 0.0, "the clock stands, so that an analysis took no time"
    made = ask(ada, reason="New model", expect_count=5)
    assert (made["state"], made["items"], made["states"]["waiting"]) == ("RUNNING", 5, 5)
    assert kept_counts(resources, made["recheck_id"]) == {"WAITING": 5}
    assert keep_up(resources) == 3
    assert kept_counts(resources, made["recheck_id"]) == {"WAITING": 2, "QUEUED": 3}
    until_done(resources, "manipulated")
    assert kept_counts(resources, made["recheck_id"]) == {"DONE": 5}
    asked_for: list[str] = []

    def counted(_: Any, ids: Sequence[str]) -> dict[str, Any]:
        asked_for.extend(ids)
        return {}

    monkeypatch.setattr(rechecks, "counted", counted)
    (done,) = ada.ask("GET", "/rechecks").json()["rechecks"]
    assert asked_for == [], "a list counts no items"
    monkeypatch.undo()
    assert (done["state"], done["percent"], done["states"]["done"], done["flipped"]) == (
        "FINISHED",
        100,
        5,
        4,
    )
    assert {name: number for name, number in done["changes"].items() if number} == {
        "same": 1, "up": 2, "clear": 1, "faces": 1,
    }  # fmt: skip
    assert charges(resources) == paid
    kept = [job.media_id for job in jobs_of(resources, made["recheck_id"]) if job.upload_key is not None]
    assert set(kept) == {*before[:2], *before[3:]}, "those that changed, to be looked at"
    assert len(events(resources, Event.ANALYSIS_COMPLETED)) == completed, "told by the recheck itself"
    told = events(resources, Event.VERDICT_FLIPPED)
    assert {(one["media_id"], one["before"]["verdict"], one["change"]) for one in told} == {
        (before[0], "no_signs", "up"),
        (before[1], "no_signs", "up"),
        (before[3], "inconclusive", "clear"),
        (before[4], "no_face", "faces"),
    }
    (finished,) = events(resources, Event.RECHECK_FINISHED)
    assert (finished["recheck_id"], finished["items"], finished["flipped"]) == (made["recheck_id"], 5, 4)
    ups = ada.ask("GET", f"/rechecks/{made['recheck_id']}/items", params={"change": "up", "limit": 1}).json()
    rest = ada.ask(
        "GET",
        f"/rechecks/{made['recheck_id']}/items",
        params={"change": "up", "cursor": ups["next_cursor"]},
    ).json()
    assert {one["media_id"] for one in (*ups["items"], *rest["items"])} == set(before[:2])
    with resources.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Result)) == 10, "older results stay"
        assert set(session.scalars(select(Medium.analyses))) == {2}
    assert ada.ask("GET", "/jobs/me").json()["total"] == 5, "the history is of what was handed in"


def test_what_a_worker_of_an_earlier_release_has_ended_is_counted_later(
    resources: Resources, ada: Person, clock: Clock
) -> None:
    for _ in range(2):
        medium(resources, ada.owner)
    made = ask(ada)

    def states() -> dict[str, int]:
        told = ada.ask("GET", f"/rechecks/{made['recheck_id']}").json()["states"]
        return {name: number for name, number in told.items() if number}

    def as_kept_before() -> None:
        with resources.database.write() as session:
            session.execute(update(Recheck).values(counts={"states": {"QUEUED": 2}, "changes": {}}))

    keep_up(resources)
    work(resources, most=1)
    as_kept_before()
    assert states() == {"queued": 2}
    count_again(resources)
    assert states() == {"queued": 1, "done": 1}
    work(resources)
    as_kept_before()
    clock.time += timedelta(minutes=10)
    count_again(resources)
    assert states() == {"done": 2}, "of one that has finished lately too"
    as_kept_before()
    clock.time += timedelta(minutes=10)
    count_again(resources)
    assert states() == {"queued": 2}, "nothing ends any more in one that finished long ago"


def test_its_jobs_wait_behind_everything_else_a_few_at_a_time_and_keep_no_second_copy(
    resources: Resources, ada: Person, clock: Clock
) -> None:
    for _ in range(5):
        medium(resources, ada.owner)
    made = ask(ada)
    keep_up(resources)
    jobs = jobs_of(resources, made["recheck_id"])
    assert len(jobs) == 3
    assert {(job.origin, job.owner_id, job.charged_day) for job in jobs} == {(Origin.RECHECK, ada.id, None)}
    assert {job.due_at for job in jobs} == {clock.time + timedelta(hours=1)}
    assert resources.settings.recheck.patience > resources.settings.batch.patience
    files = len(list(resources.store.list("uploads/")))
    upload = world.queued(resources, ada.owner, "later.png", MediaKind.IMAGE)
    lease = leases.claim_next(resources, "images", "w")
    assert lease is not None
    assert lease.job_id == upload
    world.report(resources, lease, 8)
    world.finish(resources, lease)
    until_done(resources, "no_signs")
    sweep(resources)
    assert len(list(resources.store.list("uploads/"))) == files - 3 + 1
    assert stray(resources) == set()
    assert list(orphans(resources)) == []


def test_what_the_model_has_judged_or_nobody_keeps_is_left_out_and_counted(
    resources: Resources, ada: Person
) -> None:
    gone, judged, vanishing, failing = (medium(resources, ada.owner) for _ in range(4))
    with resources.database.write() as session:
        session.execute(update(Job).where(Job.media_id == gone).values(upload_key=None))
    assert ada.ask("POST", f"/media/{judged}/analyses").status_code == 200
    work(resources)
    counted = ada.ask("POST", "/rechecks?dry_run=true", json={"q": ""}).json()
    assert (counted["files"], counted["kept"], counted["judged"], counted["wanted"]) == (4, 3, 1, 2)
    made = ask(ada)
    assert {name: number for name, number in made["states"].items() if number} == {
        "waiting": 2, "gone": 1, "skipped": 1,
    }  # fmt: skip
    with resources.database.read() as session:
        key = session.scalars(select(Job.upload_key).where(Job.media_id == vanishing)).one()
    resources.store.delete(key)
    assert keep_up(resources) == 1
    lease = leases.claim_next(resources, "images", "w")
    assert lease is not None
    leases.fail(resources, lease, "ANALYSIS_CRASHED", "x")
    done = ada.ask("GET", f"/rechecks/{made['recheck_id']}").json()
    assert (done["state"], done["states"]["gone"], done["states"]["failed"]) == ("FINISHED", 2, 1)
    (item,) = ada.ask("GET", f"/rechecks/{made['recheck_id']}/items", params={"state": "FAILED"}).json()[
        "items"
    ]
    assert (item["media_id"], item["error_code"]) == (failing, "ANALYSIS_CRASHED")


def test_another_number_of_files_than_was_shown_is_refused_and_foreign_ids_choose_nothing(
    resources: Resources, ada: Person, client: TestClient
) -> None:
    mine = medium(resources, ada.owner)
    grace = Person.new(resources, client)
    hers = medium(resources, grace.owner)
    refusal = ada.ask("POST", "/rechecks", json={"q": "", "expect_count": 2})
    assert code_of(refusal) == (409, "COUNT_DIFFERS")
    assert refusal.json()["error"]["details"] == {"count": 1}
    assert code_of(ada.ask("POST", "/rechecks", json={"ids": [mine, hers], "expect_count": 2}))[0] == 409
    for body in ({}, {"q": "", "ids": [mine]}):
        assert code_of(ada.ask("POST", "/rechecks", json=body)) == (422, "VALIDATION_ERROR")
    assert ada.ask("GET", "/rechecks").json()["rechecks"] == []
    assert code_of(ada.ask("POST", "/rechecks", json={"q": "nonsense:1"})) == (422, "QUERY_INVALID")
    assert ask(ada, q="verdict:manipulated")["items"] == 0
    assert ask(ada, q="verdict:no_signs owner:me since:1d")["items"] == 1
    made = ask(ada, q=None, ids=[mine, hers])
    assert made["items"] == 1
    for path in ("", "/items"):
        assert code_of(grace.ask("GET", f"/rechecks/{made['recheck_id']}{path}")) == (404, "NOT_FOUND")
    for change in ("pause", "resume", "stop"):
        assert code_of(grace.ask("POST", f"/rechecks/{made['recheck_id']}/{change}"))[0] == 404
    assert code_of(grace.ask("POST", f"/media/{mine}/analyses")) == (404, "NOT_FOUND")
    assert client.get("/api/rechecks").status_code == 401


def test_pausing_stopping_and_who_may(resources: Resources, ada: Person, client: TestClient) -> None:
    space = ada.make()
    there = ada.within(space)
    for _ in range(8):
        medium(resources, there)
    viewer, analyst = Person.new(resources, client), Person.new(resources, client)
    join(resources, space, viewer, Role.VIEWER)
    join(resources, space, analyst, Role.ANALYST)
    assert code_of(viewer.ask("POST", "/rechecks", space, json={"q": ""})) == (403, "ROLE_MISSING")
    made = ask(ada, space)
    path = f"/rechecks/{made['recheck_id']}"
    assert viewer.ask("GET", path, space).json()["items"] == 8
    assert code_of(analyst.ask("POST", f"{path}/stop", space)) == (403, "ROLE_MISSING")
    keep_up(resources)
    assert ada.ask("POST", f"{path}/pause", space).json()["state"] == "PAUSED"
    assert code_of(ada.ask("POST", f"{path}/pause", space)) == (409, "CONFLICT")
    assert work(resources) == 3
    assert keep_up(resources) == 0
    assert ada.ask("POST", f"{path}/resume", space).json()["seconds_left"] == 0.0
    assert keep_up(resources) == 3
    lease = leases.claim_next(resources, "images", "w")
    assert lease is not None
    stopped = ada.ask("POST", f"{path}/stop", space).json()
    assert (stopped["state"], stopped["states"]["stopped"], stopped["states"]["done"]) == ("STOPPED", 2, 3)
    assert stopped["finished_at"] is not None
    assert not leases.heartbeat(resources, lease), "what a worker has is taken from it"
    assert {job.state for job in jobs_of(resources, made["recheck_id"])} == {State.COMPLETED, State.CANCELLED}
    assert code_of(ada.ask("POST", f"{path}/stop", space)) == (409, "CONFLICT")
    assert kept_counts(resources, made["recheck_id"])["STOPPED"] == 2
    assert stray(resources) == set()


def test_its_words_can_be_erased_by_who_asked_and_by_leads(
    resources: Resources, ada: Person, client: TestClient
) -> None:
    space, grace = ada.make(), Person.new(resources, client)
    join(resources, space, grace, Role.ANALYST)
    medium(resources, ada.within(space))
    made = ask(ada, space, q='-"jane doe"', reason="Jane Doe complained.")
    listen(resources, ada.within(space))
    until_done(resources)
    (told_of,) = events(resources, Event.RECHECK_FINISHED)
    assert told_of["reason"] == "Jane Doe complained."
    path = f"/rechecks/{made['recheck_id']}/redact"
    refused = grace.ask("POST", path, space, json={"texts": ["reason"]})
    assert code_of(refused) == (403, "ROLE_MISSING")
    told = ada.ask("POST", path, space, json={"texts": ["query", "reason"]}).json()
    assert (told["query"], told["reason"], told["redacted"]) == (None, None, ["query", "reason"])
    assert (told["items"], told["state"]) == (made["items"], "FINISHED")
    assert events(resources, Event.RECHECK_FINISHED) == [{**told_of, "reason": None}]
    with resources.database.write() as session:  # as a release before has it, which noted no subject
        finished = select(WebhookDelivery).where(WebhookDelivery.event == Event.RECHECK_FINISHED)
        row = session.scalars(finished).one()
        row.payload, row.subject = {**row.payload, "data": told_of}, None
    sweep(resources)
    assert events(resources, Event.RECHECK_FINISHED) == [{**told_of, "reason": None}]
    with resources.database.write() as session:
        for table in ("rechecks", "audit_log", "audit_texts", "webhook_deliveries"):
            assert "ane" not in str(session.execute(text(f"SELECT * FROM {table}")).all()), table
        session.execute(update(Recheck).values(state="PREPARING"))
    assert code_of(ada.ask("POST", path, space, json={"texts": ["query"]})) == (409, "CONFLICT")


def test_files_that_go_while_they_are_analysed_do_not_keep_a_recheck_from_its_end(
    resources: Resources, ada: Person
) -> None:
    deleted, forgotten, _ = (medium(resources, ada.owner) for _ in range(3))
    made = ask(ada)
    assert keep_up(resources) == 3
    any_state = {"If-Match": "*"}
    assert ada.ask("DELETE", f"/media/{deleted}", headers=any_state).status_code == 200
    assert kept_counts(resources, made["recheck_id"])["FAILED"] == 1
    assert ada.ask("POST", f"/media/{forgotten}/forget", headers=any_state).status_code == 200
    assert ada.ask("GET", f"/rechecks/{made['recheck_id']}").json()["items"] == 2
    keep_up(resources)
    assert kept_counts(resources, made["recheck_id"]) == {"FAILED": 1, "QUEUED": 1}
    until_done(resources)
    ended = ada.ask("GET", f"/rechecks/{made['recheck_id']}").json()
    assert (ended["state"], ended["states"]["done"], ended["states"]["failed"]) == ("FINISHED", 1, 1)
    assert stray(resources) == set()


def test_rechecks_have_their_turns_alike_whoever_has_asked_for_how_many(
    resources: Resources, ada: Person, client: TestClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    grace = Person.new(resources, client)
    for person in (ada, grace):
        medium(resources, person.owner)
    many = {ask(ada)["recheck_id"] for _ in range(3)}
    clock.time += timedelta(minutes=1)
    later = ask(grace)["recheck_id"]
    turns: list[str] = []

    def had(_: Resources, recheck_id: str) -> int:
        turns.append(recheck_id)
        return 0

    monkeypatch.setattr(changing, "_RECHECKS", 2)
    monkeypatch.setattr(changing, "start_waiting", had)
    for _ in range(3):
        clock.time += timedelta(seconds=3)
        keep_up(resources)
    assert (turns.count(later), {*turns}, len(turns)) == (3, {*many, later}, 6)


def test_a_recheck_that_cannot_go_on_stops_no_other_and_ends_after_a_day(
    resources: Resources, ada: Person, clock: Clock
) -> None:
    for _ in range(2):
        medium(resources, ada.owner)
    stuck, whole = ask(ada), ask(ada)
    with resources.database.write() as session:
        row = session.get(Recheck, stuck["recheck_id"])
        assert row is not None
        row.state, row.query = "PREPARING", "no_such_field:1"
    until_done(resources)
    ended = ada.ask("GET", f"/rechecks/{whole['recheck_id']}").json()
    assert (ended["state"], ended["states"]["done"]) == ("FINISHED", 2)

    def now() -> tuple[str, bool]:
        told = ada.ask("GET", f"/rechecks/{stuck['recheck_id']}").json()
        return told["state"], told["finished_at"] is not None

    assert now() == ("PREPARING", False), "a newer release that runs beside this one may read its query"
    clock.time += timedelta(hours=25)
    keep_up(resources)
    assert now() == ("STOPPED", True)


@pytest.mark.both_databases
def test_a_process_may_die_anywhere_and_the_next_one_goes_on(
    resources: Resources, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {medium(resources, ada.owner) for _ in range(7)}
    monkeypatch.setattr(asking, "_AT_ONCE", 2)
    monkeypatch.setattr(asking, "_IN_REQUEST", 1)  # the request ends after two of seven items
    made = ask(ada)
    assert (made["state"], made["items"]) == ("PREPARING", 2)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: keep_up(resources), range(8)))
    assert ada.ask("GET", f"/rechecks/{made['recheck_id']}").json()["items"] == 7

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    work(resources)
    monkeypatch.setattr(starting, "insert", dies)
    with pytest.raises(KeyboardInterrupt):
        keep_up(resources)
    monkeypatch.undo()
    while not ada.ask("GET", f"/rechecks/{made['recheck_id']}").json()["finished_at"]:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: keep_up(resources), range(4)))
        work(resources)
    jobs = jobs_of(resources, made["recheck_id"])
    assert {job.media_id for job in jobs} == files
    assert len(jobs) == 7, "each file once"
    with resources.database.read() as session:
        states = session.scalars(select(RecheckItem.state)).all()
    assert set(states) == {FileState.DONE}
    sweep(resources)
    assert len(stray(resources)) == 1, "the copy that the dead process left to the hourly cleaning"


def test_one_file_is_checked_again_at_once_and_a_second_time_only_at_a_charge(
    resources: Resources, ada: Person, clock: Clock
) -> None:
    listen(resources, ada.owner)
    media_id = medium(resources, ada.owner, "manipulated")
    paid = charges(resources)
    path = f"/media/{media_id}/analyses"
    keyed = {"Idempotency-Key": "a"}
    first = ada.ask("POST", path, headers=keyed).json()
    assert ada.ask("POST", path, headers=keyed).json()["job_id"] == first["job_id"]
    assert ada.ask("POST", path).json()["job_id"] == first["job_id"], "it is under way"
    with resources.database.read() as session:
        job = session.get_one(Job, first["job_id"])
    assert (job.origin, job.cause_id, job.due_at) == (Origin.RECHECK, None, clock.time)
    assert work(resources, "no_signs") == 1
    (told,) = events(resources, Event.VERDICT_FLIPPED)
    assert (told["change"], told["before"]["verdict"], told["recheck_id"]) == ("down", "manipulated", None)
    assert charges(resources) == paid
    refusal = ada.ask("POST", path)
    assert code_of(refusal) == (409, "ALREADY_JUDGED")
    assert refusal.json()["error"]["details"] == {"job_id": first["job_id"]}
    assert ada.ask("POST", path, params={"force": True}).status_code == 200
    assert charges(resources) == paid + 1
    assert work(resources, "no_signs") == 1
    with resources.database.write() as session:
        session.execute(update(Job).values(upload_key=None))
        age(session, media_id)
    assert code_of(ada.ask("POST", path)) == (410, "EXPIRED")
    assert ada.ask("GET", "/jobs/me").json()["total"] == 3


def test_the_copy_stays_where_the_database_fails_as_its_job_may_have_been_recorded(
    resources: Resources, ada: Person
) -> None:
    media_id = medium(resources, ada.owner)

    def breaks(*_: object) -> None:
        raise OperationalError("COMMIT", None, ConnectionError())

    with pytest.raises(OperationalError):
        check_again(resources, ada.owner, media_id, within=breaks)
    assert len(stray(resources)) == 1


def test_another_try_of_a_check_costs_what_the_first_did(resources: Resources, ada: Person) -> None:
    media_id = medium(resources, ada.owner)
    path = f"/media/{media_id}/analyses"

    def fail(job_id: str, code: Code) -> int:
        lease = leases.claim(resources, job_id, "w")
        assert lease is not None
        leases.fail(resources, lease, code, "It failed.")
        return charges(resources)

    def retried(job_id: str) -> int:
        assert ada.ask("POST", f"/jobs/{job_id}/retry").status_code == 200
        return charges(resources)

    paid = charges(resources)
    free = ada.ask("POST", path).json()["job_id"]
    assert fail(free, Code.ANALYSIS_CRASHED) == retried(free) == paid, "the first check by a model is free"
    assert work(resources) == 1
    forced = ada.ask("POST", path, params={"force": True}).json()["job_id"]
    assert charges(resources) == paid + 1
    assert fail(forced, Code.ANALYSIS_CRASHED) == paid, "given back"
    assert retried(forced) == paid + 1, "one analysis is paid in all"
    assert fail(forced, Code.VIDEO_DECODE_ERROR) == paid + 1, "it stands"
    assert retried(forced) == paid + 2, "every try after the file's own fault is charged"
    assert fail(forced, Code.VIDEO_DECODE_ERROR) == paid + 2


def test_a_changed_verdict_is_of_one_kind() -> None:
    befores = [None, *Verdict]
    pairs = [pair for change in Change for pair in pairs_of(change)]
    assert len(pairs) == len(set(pairs)) == len(befores) * len(Verdict)
    assert all(change_of(*pair) is change for change in Change for pair in pairs_of(change))
    assert change_of("no_signs", "manipulated") is Change.UP
    assert change_of("manipulated", "no_signs") is Change.DOWN
    assert change_of("no_signs", "inconclusive") is Change.UNCLEAR
    assert change_of("inconclusive", "manipulated") is Change.CLEAR


def test_the_kinds_are_analysed_side_by_side() -> None:
    files, seconds = {"image": 100, "video": 10}, {"image": 0.5, "video": 12.0}
    assert seconds_expected(files, seconds, {"image": 2, "video": 1}) == 120.0
    assert seconds_expected({"image": 100, "video": 0}, {"image": 0.5}, {}) == 50.0
    assert seconds_expected(files, {"image": 0.5}, {}) is None


def test_the_command_counts_and_asks(
    resources: Resources, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    medium(resources, ada.owner)
    monkeypatch.setattr(service, "load_settings", lambda: resources.settings)
    monkeypatch.setattr(service, "open_resources", lambda _: resources)
    app = typer.Typer()
    app.command()(recheck.recheck)
    email = f"{ada.id}@example.org"
    said = CliRunner().invoke(app, [email, "--query", "", "--dry-run"])
    assert said.exit_code == 0, said.output
    assert said.output.startswith("1 files; 1 kept, 0 judged by this model already, 1 to analyse")
    assert ada.ask("GET", "/rechecks").json()["rechecks"] == []
    said = CliRunner().invoke(app, [email, "--query", "", "--reason", "New model"])
    (made,) = ada.ask("GET", "/rechecks").json()["rechecks"]
    assert (made["recheck_id"] in said.output, made["reason"], made["items"]) == (True, "New model", 1)
    said = CliRunner().invoke(app, ["nobody@example.org", "--query", ""])
    assert (said.exit_code, "no account" in said.output) == (1, True)


def test_a_verdict_that_changed_is_put_up_for_review_where_the_workspace_asks(
    resources: Resources, ada: Person
) -> None:
    space = ada.make()
    there = ada.within(space)
    medium(resources, there, "manipulated")
    changed = medium(resources, there, "no_signs")
    with resources.database.write() as session:
        session.execute(update(Workspace).where(Workspace.id == space).values(asks_for_reviews=True))
    ask(ada, space)
    until_done(resources, "manipulated")
    with resources.database.read() as session:
        flipped = select(ReviewTask.media_id).where(ReviewTask.reason == "flipped")
        assert session.scalars(flipped).all() == [changed]
