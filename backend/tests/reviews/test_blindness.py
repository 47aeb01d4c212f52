"""What a member reads blind is told to them by no route, and to everybody else as before."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import timedelta
from typing import Any

import api_world as world
import pytest
import review_world as review
from review_world import Newsroom, act, take
from service_parts import Clock
from sqlalchemy import select, update
from workspace_world import Person, code_of, join

from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.reviews import Reason
from deepshield.domain.roles import Role
from deepshield.jobs.recheck_ends import finish_if_ended
from deepshield.persistence.measurement import Dataset, DatasetItem, DatasetVersion, Evaluation
from deepshield.persistence.repositories import fingerprints, jobs
from deepshield.persistence.tables import Batch, BatchItem, Job
from deepshield.persistence.workbench import Label, Medium, Recheck, RecheckItem
from deepshield.resources import Resources
from deepshield.reviews import asking

pytestmark = pytest.mark.api

SCORE = 0.84371
PICTURE = "".join(hashlib.sha256(bytes([form])).hexdigest() for form in range(8))  # a fingerprint of one
# Values, not names of fields and counts: of verdict, estimate, label, reason, and what a colleague wrote.
TELLING = re.compile(
    r'[:\[]\s*"(manipulated|generated|face_swap|above_threshold|sampled_positive)"'
    r"|,(manipulated|generated),|0\.84371|Look at the teeth"
)
# What is said to everybody, or of the reader's own account.
ELSEWHERE = re.compile("^/api/(law|limits|health|live|ready|metrics|auth|invitations|shared|openapi|docs)")


@pytest.fixture
def eve(service: Resources, room: Newsroom) -> Person:
    """An admin, who may do everything, and has sent nothing."""
    person = Person.new(service, room.ada.client)
    join(service, room.id, person, Role.ADMIN)
    return person


@pytest.fixture
def known(service: Resources, room: Newsroom) -> dict[str, str]:
    """A file that is in all that a workspace has: ids by the names that routes give them."""
    media_id, job_id = review.analysed(service, room.sender, origin="recheck", final_score=SCORE)
    now, here = service.clock(), {"workspace_id": room.id}
    batch, recheck, dataset, version, *evaluations = (str(uuid.uuid4()) for _ in range(6))
    rows: list[Any] = [
        Batch(
            id=batch, owner_id=room.admin.id, **here, name="b", created_at=now, updated_at=now, closed_at=now,
            finished_at=now,
        ),
        Recheck(id=recheck, **here, state="FINISHED", created_at=now, updated_at=now, finished_at=now),
        Dataset(id=dataset, **here, name="set", created_at=now),
        Label(
            media_id=media_id, revision=1, **here, value="generated", kind="face_swap", grade="single",
            reviews=[], at=now,
        ),
    ]  # fmt: skip
    with service.database.write() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        said = {"label": "generated", "label_kind": "face_swap", "label_grade": "single", "label_revision": 1}
        session.execute(update(Medium).where(Medium.id == media_id).values(**said))
        session.add_all(rows)
        session.flush()
        session.add(
            DatasetVersion(
                id=version, dataset_id=dataset, number=1, frozen_at=now, manifest_sha256="0" * 64,
                counts={"files": 1, "real": 0, "fake": 1, "groups": 1, "bytes": 1, "cells": [], "splits": {}},
                left_out={}, licence="none", consent="not_asked", split_seed=1, split_shares={"test": 1.0},
                used_for=[],
            )
        )  # fmt: skip
        session.flush()
        session.add(
            BatchItem(batch_id=batch, position=0, name="a", state="job", job_id=job_id, created_at=now)
        )
        session.add(
            RecheckItem(
                recheck_id=recheck, media_id=media_id, state="DONE", job_id=job_id, before_verdict="no_signs",
                before_score=0.2, after_verdict="manipulated", after_score=SCORE,
            )
        )  # fmt: skip
        session.add(
            DatasetItem(
                version_id=version, media_id=media_id, sha256=job.sha256, media_type="video", size_bytes=1,
                ending="mp4", label="generated", kind="face_swap", label_revision=1, source="a",
                group_key="g", split="test",
            )
        )  # fmt: skip
        for one, verdict in zip(evaluations, ("no_signs", "manipulated"), strict=True):
            outcome = {"sha256": job.sha256, "fake": True, "group": "g", "verdict": verdict, "logit": 1.0}
            session.add(
                Evaluation(
                    id=one, **here, version_id=version, bundle_sha256="0" * 64, bundle="b", state="done",
                    created_at=now, updated_at=now, attempts=1, files=1, missing=0,
                    outcomes=[{**outcome, "estimate": SCORE, "job_id": job_id, "media_id": media_id}],
                )
            )  # fmt: skip
    wrote = room.lead.ask("POST", f"/media/{media_id}/comments", room.id, json={"text": "Look at the teeth."})
    assert wrote.status_code == 200, wrote.text
    return {
        "job_id": job_id, "media_id": media_id, "batch_id": batch, "recheck_id": recheck,
        "dataset_id": dataset, "number": "1", "evaluation_id": evaluations[0], "name": world.CROP,
        "sha256": job.sha256, "a": evaluations[0], "b": evaluations[1],
    }  # fmt: skip


def told(person: Person, room: Newsroom, known: dict[str, str]) -> dict[str, int]:
    """Ask every route that reads; return those that tell of the file, or answer with one of its files."""
    found = {}
    for path, methods in person.client.app.openapi()["paths"].items():  # type: ignore[attr-defined]
        names = set(re.findall(r"{(\w+)}", path))
        if "get" not in methods or ELSEWHERE.match(path) or not names <= known.keys():
            continue
        query = {"a": known["a"], "b": known["b"]} if path.endswith("/compare") else {}
        address = path.removeprefix("/api").format(**known)
        answer = person.ask("GET", address, room.id, params=query)
        assert answer.status_code < 500, (path, answer.text)
        is_file = re.match("application/(pdf|zip)|image/", answer.headers.get("content-type", ""))
        if answer.status_code == 200 and (is_file or TELLING.search(answer.text)):
            found[path] = answer.status_code
    return found


def test_who_reads_a_file_blind_is_told_of_it_by_no_route(
    service: Resources, room: Newsroom, eve: Person, known: dict[str, str]
) -> None:
    asked = {"media_id": known["media_id"], "note": "Look at the teeth.", "readers": 2}
    assert room.admin.ask("POST", "/review/tasks", room.id, json=asked).status_code == 200
    before = set(told(eve, room, known))
    assert before >= {
        f"/api{path}"
        for path in (
            "/jobs/me", "/results/{job_id}", "/artifacts/{job_id}/{name}", "/jobs/{job_id}/report.pdf",
            "/jobs/{job_id}/evidence.zip", "/media", "/media/{media_id}", "/media/{media_id}/analyses",
            "/media/{media_id}/labels", "/media/{media_id}/comments", "/export/results.csv",
            "/export/results.jsonl", "/batches/{batch_id}/items", "/batches/{batch_id}.csv",
            "/batches/{batch_id}.jsonl", "/rechecks/{recheck_id}/items", "/evaluations/compare",
            "/datasets/{dataset_id}/versions/{number}/manifest.jsonl",
        )
    }, "what tells of it elsewise"  # fmt: skip
    task = take(eve, room)
    assert told(eve, room, known) == {}

    def ask(path: str, **query: Any) -> Any:
        answer = eve.ask("GET", path, room.id, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    # Lists show it without a verdict, and neither a filter nor an order gives it away.
    (row,) = ask("/media", q=f"sha256:{known['sha256']}")["media"]
    assert (row["id"], row["verdict"], row["label"], row["withheld"]) == (known["media_id"], None, None, True)
    telling = (
        "verdict:manipulated",
        "-verdict:manipulated",
        "score>0.5",
        "label:any",
        "(kind:video OR agree:no)",
    )
    for query in telling:
        assert ask("/media", q=query)["media"] == [], query
        forecast = eve.ask("POST", "/rechecks", room.id, params={"dry_run": True}, json={"q": query})
        assert forecast.json()["files"] == 0, query
    assert ask("/media", sort="score")["media"] == []
    (job,) = ask("/jobs/me", sort="estimate")["jobs"]
    assert (job["job_id"], job["withheld"]) == (known["job_id"], True)
    assert ask("/jobs/me", verdict="manipulated")["total"] == ask("/jobs/me")["counts"]["manipulated"] == 0
    assert ask(f"/batches/{known['batch_id']}")["verdicts"]["manipulated"] == 0
    assert ask(f"/batches/{known['batch_id']}/items", verdict="manipulated")["items"] == []
    assert ask(f"/rechecks/{known['recheck_id']}")["changes"]["up"] == 0
    assert ask(f"/rechecks/{known['recheck_id']}/items", change="up")["items"] == []
    # Single answers say what to do.
    for method, path in (("GET", f"/results/{known['job_id']}"), ("POST", f"/jobs/{known['job_id']}/share")):
        assert code_of(eve.ask(method, path, room.id)) == (409, "READING_BLIND")
    # Nobody else is kept from it, nor who has given it back or answered.
    assert room.admin.ask("GET", f"/results/{known['job_id']}", room.id).status_code == 200
    assert act(eve, room, task, "release").status_code == 200
    assert ask("/media", q="verdict:manipulated label:generated")["media"][0]["score"] == SCORE
    task = take(eve, room)
    assert act(eve, room, task, "answer", answer="manipulated").status_code == 200
    assert ask(f"/results/{known['job_id']}")["result"]["final_score"] == SCORE


def test_no_query_leads_from_a_file_that_is_read_blind_to_its_near_copies(
    service: Resources, room: Newsroom, eve: Person
) -> None:
    (media_id, job_id), (copy, other) = (review.analysed(service, room.sender, "recheck") for _ in range(2))
    with service.database.write() as session:
        for one in (job_id, other):
            fingerprints.add(session, session.get_one(Job, one), [FramePrint(0, 100, PICTURE)])
    room.admin.ask("POST", "/review/tasks", room.id, json={"media_id": media_id})

    def found(person: Person, named: str) -> tuple[list[str], int, int]:
        """Return what a list, a forecast and an export find near to what is named."""
        query = f"near:{named} verdict:manipulated"
        listed = person.ask("GET", "/media", room.id, params={"q": query}).json()
        forecast = person.ask("POST", "/rechecks", room.id, params={"dry_run": True}, json={"q": query})
        exported = person.ask("GET", "/export/results.jsonl", room.id, params={"q": query})
        ids = [one["id"] for one in listed["media"]]
        return ids, forecast.json()["files"], len(exported.text.splitlines())

    everything = ([copy], 1, 1)
    assert found(eve, media_id) == everything
    task = take(eve, room)
    for named in (media_id, job_id):
        assert found(eve, named) == ([], 0, 0)
        assert found(room.admin, named) == everything
    act(eve, room, task, "release")
    assert found(eve, job_id) == everything


def test_what_waits_for_a_reader_by_name_is_withheld_from_that_reader_alone(
    service: Resources, room: Newsroom
) -> None:
    task_id, media_id = review.put_up(service, room.sender, Reason.ASKED, asked_by=room.admin.id)
    handed = room.lead.ask("POST", f"/review/tasks/{task_id}/hand", room.id, json={"to": room.grace.id})
    assert handed.status_code == 200
    shown = {
        who: who_is.ask("GET", f"/media/{media_id}", room.id).json()["withheld"]
        for who, who_is in (("ada", room.ada), ("grace", room.grace), ("lead", room.lead))
    }
    assert shown == {"ada": False, "grace": True, "lead": False}
    room.admin.ask("PATCH", f"/workspaces/{room.id}", json={"blind_review": False})
    assert not room.grace.ask("GET", f"/media/{media_id}", room.id).json()["withheld"]


def test_neither_data_sets_nor_rechecks_by_what_was_said_tell_of_a_file_that_is_read_blind(
    service: Resources, room: Newsroom, eve: Person, known: dict[str, str]
) -> None:
    space, licence = f"/datasets/{known['dataset_id']}/versions", {"licence": "none", "consent": "not_asked"}

    def preview(**chosen: Any) -> Any:
        return eve.ask("POST", f"{space}/preview", room.id, json={**licence, **chosen})

    asked = room.admin.ask("POST", "/review/tasks", room.id, json={"media_id": known["media_id"]})
    assert asked.status_code == 200
    assert preview(ids=[known["media_id"]]).json()["counts"]["fake"] == 1
    take(eve, room)
    for chosen in ({"ids": [known["media_id"]]}, {"q": f"sha256:{known['sha256']}"}, {"q": ""}):
        for path in (space, f"{space}/preview"):
            refused = eve.ask("POST", path, room.id, json={**licence, **chosen})
            assert code_of(refused) == (409, "READING_BLIND"), chosen
            assert refused.json()["error"]["details"]["files"] == 1
    # What was said of files chooses none of it, whatever is asked for; that it was passed over is said.
    told = [preview(q=q).json() for q in ("label:generated", "-label:generated", "verdict:manipulated")]
    told.append(preview().json())
    assert all(one == told[0] for one in told)
    assert (told[0]["counts"]["files"], told[0]["counts"]["read_blind"]) == (0, 1)
    made = room.admin.ask("POST", space, room.id, json=licence).json()
    assert (made["files"], made["counts"]["read_blind"]) == (1, 0)

    def listed(person: Person) -> list[str]:
        page = person.ask("GET", f"/rechecks/{known['recheck_id']}/items", room.id).json()
        return [one["media_id"] for one in page["items"]]

    for query, shown in (("kind:video", True), ("verdict:no_signs", False), ("no_field:1", False)):
        with service.database.write() as session:
            session.execute(update(Recheck).values(query=query))
        assert (listed(eve) == [known["media_id"]]) is shown, query
        assert listed(room.admin) == [known["media_id"]]


def test_figures_that_are_whole_tell_nothing_of_a_file_by_what_is_listed_beside_them(
    service: Resources, room: Newsroom, eve: Person, known: dict[str, str]
) -> None:
    ids = (known["a"], known["b"])
    none = {"files": 2, "real": 0, "fake": 2, "groups": 2, "no_face": 0} | dict.fromkeys(
        ("auc", "auc_interval", "false_alarms", "misses", "abstained", "accuracy", "accuracy_of_verdicts")
    )
    with service.database.write() as session:
        for one in session.scalars(select(Evaluation).where(Evaluation.id.in_(ids))):
            (outcome,) = one.outcomes or ()
            one.outcomes = [outcome, {**outcome, "sha256": "b" * 64, "media_id": "other"}]
            wrong = [{"sha256": sha256, "estimate": 0.1} for sha256 in (known["sha256"], "b" * 64)]
            one.report = {
                "model": {"abstain_band": [0.4, 0.6], "face_detector": "d"}, "datasets": [none],
                "confusion": {"fake": {outcome["verdict"]: 2}}, "calibration": {"ece": None},
                "reliability": [], "roc": [], "slices": [], "advice": [],
                "worst": {"false_alarms": [], "misses": wrong},
            }  # fmt: skip
        session.execute(update(Recheck).values(state="RUNNING", finished_at=None))
        finish_if_ended(session, known["recheck_id"], service.clock())

    def told(person: Person) -> tuple[Any, ...]:
        def ask(path: str, **query: Any) -> Any:
            return person.ask("GET", path, room.id, params=query).json()

        compared = ask("/evaluations/compare", a=known["a"], b=known["b"])
        report = ask(f"/evaluations/{known['a']}")["report"]
        (finished,) = ask("/activity", subject=known["recheck_id"], action="recheck.finished")["entries"]
        return (
            (compared["flips"], compared["only_b_right"], len(compared["flipped"]), compared["withheld"]),
            (report["confusion"]["fake"], len(report["misses"]), report["withheld"]),
            (ask(f"/rechecks/{known['recheck_id']}")["flipped"], finished["details"]),
        )

    whole = ((2, 2, 2, False), ({"no_signs": 2}, 2, False), (1, {"flipped": 1}))
    assert told(eve) == whole
    asked = room.admin.ask("POST", "/review/tasks", room.id, json={"media_id": known["media_id"]})
    assert asked.status_code == 200
    take(eve, room)
    assert told(eve) == ((2, 2, 0, True), ({"no_signs": 2}, 0, True), (0, None))
    assert told(room.admin) == whole


def test_of_a_file_that_waits_for_its_reader_again_their_own_list_tells_nothing_new(
    service: Resources, room: Newsroom, clock: Clock
) -> None:
    task_id, media_id = review.put_up(service, room.sender, Reason.IN_BAND)

    def mine(person: Person) -> Any:
        return person.ask("GET", "/review/mine", room.id).json()

    assert (mine(room.ada)["waiting"], mine(room.ada)["waiting_by_reason"]) == (1, None)
    assert mine(room.lead)["waiting_by_reason"] == {"in_band": 1}
    task = take(room.ada, room)
    assert mine(room.ada)["claimed"] == task_id
    clock.time += timedelta(minutes=16)
    assert mine(room.ada)["claimed"] is None, "a claim whose time is over would be another claim"
    assert act(room.ada, room, take(room.ada, room), "answer", answer="unknown").status_code == 200
    (own,) = mine(room.ada)["reviews"]
    assert (own["reason"], own["withheld"], own["review"]["can_correct"]) == ("in_band", False, True)
    _, job_id = review.analysed(service, room.sender)
    with service.database.write() as session:
        again = asking.ask(session, media_id, Reason.FLIPPED, clock(), job_id=job_id, meant_for=room.ada.id)
    assert again is not None
    (own,) = mine(room.ada)["reviews"]
    assert (own["reason"], own["state"], own["withheld"]) == (None, None, True)
    assert (own["review"]["answer"], own["review"]["can_correct"]) == ("unknown", False)
    assert task["id"] == task_id
