"""Policies: one lead drafts, another approves; what is begun or done keeps the rule that it has."""

from __future__ import annotations

import hashlib
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError
from workspace_world import Person, code_of, join

from deepshield.datasets import evaluating
from deepshield.domain.intervals import wilson
from deepshield.domain.roles import Role
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.measurement import Policy, ProposedBundle
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import Job, ModelBundle, Result
from deepshield.persistence.workbench import Medium
from deepshield.rechecks import asking
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

STRICT: dict[str, Any] = {"threshold": 0.9, "abstain_low": 0.3, "abstain_high": 0.95}


@dataclass(frozen=True)
class Room:
    """A shared workspace with two leads; files are sent by its first."""

    id: str
    ada: Person
    grace: Person
    viewer: Person
    resources: Resources

    def ask(self, person: Person, path: str, method: str = "POST", **options: Any) -> Any:
        return person.ask(method, f"/policies{path}", self.id, **options)

    def draft(self, person: Person, name: str = "Fewer false alarms", **values: Any) -> dict[str, Any]:
        answer = self.ask(person, "", json={"name": name, **STRICT, **values})
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def approve(self, person: Person, number: int) -> dict[str, Any]:
        answer = self.ask(person, f"/{number}/approve")
        assert answer.status_code == 200, answer.text
        approved: dict[str, Any] = answer.json()
        return approved

    def states(self) -> dict[int, str]:
        found = self.ask(self.viewer, "", "GET").json()["policies"]
        return {one["number"]: one["state"] for one in found}

    def finish(self, lease: Any, **outcome: Any) -> None:
        """Let a worker complete a job as its engine would: by the policy that the lease names."""
        for told in lease.policies:
            outcome |= {
                "decision_threshold": told.rule.threshold,
                "policy": {"number": told.number, "name": told.name},
            }
        world.finish(self.resources, lease, **outcome)

    def claimed(self, name: str = "a.png") -> Any:
        return world.running(self.resources, self.ada.within(self.id), name)


@pytest.fixture
def room(resources: Resources, client: TestClient, ada: Person, grace: Person) -> Room:
    viewer, space = Person.new(resources, client), ada.make()
    join(resources, space, grace, Role.LEAD)
    join(resources, space, viewer, Role.VIEWER)
    return Room(space, ada, grace, viewer, resources)


def test_another_lead_approves_and_what_was_in_force_comes_back_under_a_new_number(room: Room) -> None:
    first = room.draft(room.ada)
    assert (first["number"], first["state"], first["obstacle"]) == (1, "draft", "own")
    assert code_of(room.ask(room.viewer, "", json={"name": "a", **STRICT})) == (403, "ROLE_MISSING")
    refused = room.ask(room.ada, "/1/approve")
    assert code_of(refused) == (409, "CONFLICT")
    assert "another lead" in refused.json()["error"]["message"]
    assert code_of(room.ask(room.viewer, "/1/approve")) == (403, "ROLE_MISSING")
    assert room.states() == {1: "draft"}
    assert room.approve(room.grace, 1)["approver"]["mine"]
    room.draft(room.grace, "More found", threshold=0.5)
    room.approve(room.ada, 2)
    assert room.states() == {1: "retired", 2: "active"}
    assert code_of(room.ask(room.ada, "/1/approve")) == (409, "CONFLICT"), "it is still hers"
    again = room.approve(room.grace, 1)
    assert (again["number"], again["base"], again["rule"]) == (3, 1, first["rule"])
    assert again["author"]["id"] == room.ada.id
    assert room.states() == {1: "retired", 2: "retired", 3: "active"}
    in_use = room.ask(room.viewer, "", "GET").json()["in_use"]
    assert (in_use["by"], in_use["policy"]["number"], in_use["rule"]["threshold"]) == ("policy", 3, 0.9)
    assert room.ask(room.ada, "/3/retire").status_code == 200
    bundle = served_bundle(room.resources)
    in_use = room.ask(room.viewer, "", "GET").json()["in_use"]
    assert (in_use["by"], in_use["rule"]["threshold"]) == ("bundle", bundle.threshold)
    room.draft(room.ada)
    assert room.ask(room.ada, "/4/retire").json()["state"] == "retired"
    withdrawn = room.ask(room.grace, "/4/approve")
    assert withdrawn.json()["error"]["details"] == {"obstacle": "withdrawn"}
    with room.resources.database.read() as session:
        told = [
            (one.action, one.details["number"])
            for one in audit.of_workspace(session, room.id, audit.Wanted(action="policy"), 20)
            if one.details
        ]
    assert told[::-1] == [
        ("policy.drafted", 1), ("policy.approved", 1), ("policy.drafted", 2), ("policy.approved", 2),
        ("policy.approved", 3), ("policy.retired", 3), ("policy.drafted", 4), ("policy.retired", 4),
    ]  # fmt: skip


def test_a_policy_says_what_it_said_and_never_asks_for_less_than_was_measured(room: Room) -> None:
    room.draft(room.ada)
    with pytest.raises(DatabaseError, match="never changed"), room.resources.database.write() as session:
        session.execute(text("UPDATE policies SET threshold = 0.1"))
    outside = room.ask(room.ada, "", json={"name": "a", **STRICT, "threshold": 0.2})
    assert outside.status_code == 422
    laxer = {"smallest_face_px": 10, "least_frames": 3, "least_share": 0.01}
    refused = room.ask(room.ada, "", json={"name": "a", **STRICT, "minimums": laxer})
    assert code_of(refused) == (422, "VALIDATION_ERROR")
    assert "32 px" in refused.json()["error"]["message"]
    bystanders = {"smallest_face_px": 32, "least_frames": 3, "least_share": 0.0}
    refused = room.ask(room.ada, "", json={"name": "a", **STRICT, "minimums": bystanders})
    assert "1%" in refused.json()["error"]["message"]


@pytest.mark.both_databases
def test_a_lead_erases_what_was_written_and_the_rule_and_the_chain_stay(room: Room) -> None:
    database = room.resources.database
    room.draft(room.ada, "Jane Doe's clips", reason="Jane Doe complained.")
    before = room.approve(room.grace, 1)
    for said in ("name = 'Other'", "reason = 'Other'"):
        with pytest.raises(DatabaseError, match="never changed"), database.write() as session:
            session.execute(text(f"UPDATE policies SET {said}"))
    assert code_of(room.ask(room.viewer, "/1/redact", json={"texts": ["name"]})) == (403, "ROLE_MISSING")
    assert code_of(room.ask(room.ada, "/9/redact", json={"texts": ["name"]})) == (404, "NOT_FOUND")
    half = room.ask(room.ada, "/1/redact", json={"texts": ["reason"]}).json()
    assert (half["name"], half["reason"], half["redacted"]) == ("Jane Doe's clips", None, ["reason"])
    after = room.ask(room.grace, "/1/redact", json={"texts": ["name", "reason"]}).json()
    assert (after["name"], after["redacted"]) == ("[\u2026]", ["name", "reason"])
    assert (after["rule"], after["state"], after["author"]["id"]) == (before["rule"], "active", room.ada.id)
    room.draft(room.grace, "Next")
    room.approve(room.ada, 2)
    assert room.approve(room.grace, 1)["redacted"] == ["name", "reason"], "in force again under a new number"
    with database.read() as session:
        assert audit.verify(session).fault is None
        for table in ("policies", "audit_log", "audit_texts"):
            assert "Jane" not in str(session.execute(text(f"SELECT * FROM {table}")).all()), table
        entries = audit.of_workspace(session, room.id, audit.Wanted(action="policy.redacted"), 5)
    assert [one.details for one in entries] == [
        {"number": 1, "texts": ["name", "reason"]}, {"number": 1, "texts": ["reason"]},
    ]  # fmt: skip


def test_alone_nobody_can_approve_and_strangers_find_nothing(room: Room) -> None:
    room.draft(room.ada)
    made = room.ada.ask("POST", "/policies", json={"name": "mine", **STRICT}).json()
    assert made["obstacle"] == "personal"
    refused = room.ada.ask("POST", "/policies/1/approve")
    assert code_of(refused) == (409, "CONFLICT")
    assert "invite a colleague" in refused.json()["error"]["message"]
    stranger = Person.new(room.resources, room.ada.client)
    for method, path in (("GET", ""), ("GET", "/1"), ("POST", "/1/approve"), ("POST", "/1/preview")):
        assert code_of(room.ask(stranger, path, method, json={})) == (404, "NOT_FOUND")
    assert code_of(stranger.ask("GET", "/policies/1")) == (404, "NOT_FOUND"), "of her own there is none"


@pytest.mark.both_databases
def test_two_leads_who_approve_at_once_leave_one_policy_in_force(room: Room) -> None:
    for _ in range(4):
        room.draft(room.ada)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: room.ask(room.grace, f"/{number}/approve"), range(1, 5)))
    assert [one.status_code for one in answers] == [200] * 4
    with room.resources.database.read() as session:
        rows = session.scalars(select(Policy)).all()
    assert sorted(one.state for one in rows) == ["active", "retired", "retired", "retired"]
    assert all(one.approver == room.grace.id for one in rows)


def test_what_is_begun_keeps_its_rule_and_what_is_done_is_not_rewritten(room: Room) -> None:
    done = room.claimed()
    room.finish(done)
    begun = room.claimed()
    room.draft(room.ada)
    with room.resources.database.read() as session:
        before = session.get_one(Result, done.job_id).document
    room.approve(room.grace, 1)
    assert begun.policies == ()
    room.finish(begun)
    judged = room.claimed()
    assert [(one.number, one.rule.threshold) for one in judged.policies] == [(1, 0.9)]
    room.finish(judged)
    results = {
        job: room.ada.ask("GET", f"/results/{job}", room.id).json()["result"]
        for job in (begun.job_id, judged.job_id)
    }
    assert results[begun.job_id]["policy"] is None
    assert results[judged.job_id]["policy"] == {"number": 1, "name": "Fewer false alarms"}
    with room.resources.database.read() as session:
        policy = session.scalars(select(Policy.id)).one()
        assert session.get_one(Result, done.job_id).document == before
        assert session.get_one(Job, done.job_id).policy_id is None
        assert session.get_one(Job, judged.job_id).policy_id == policy
        assert session.scalars(select(Medium.policy_id).where(Medium.job_id == judged.job_id)).one() == policy


@pytest.mark.both_databases
def test_files_judged_by_another_rule_are_found_by_rechecks_and_left_out_of_evaluations(room: Room) -> None:
    at = served_bundle(room.resources).threshold
    owner = room.ada.within(room.id)
    old = room.claimed()
    room.finish(old, decision_threshold=at)

    def judged() -> int:
        return asking.forecast(room.resources, owner, asking.Wanted(query="")).counted.judged

    assert judged() == 1
    # The threshold alone does not tell the rules apart: the band does.
    room.draft(room.ada, threshold=at, abstain_low=0.1, abstain_high=0.99)
    room.approve(room.grace, 1)
    assert judged() == 0
    new = room.claimed()
    room.finish(new)
    assert judged() == 1
    room.draft(room.ada, threshold=0.5)
    room.approve(room.grace, 2)
    assert judged() == 0
    room.approve(room.grace, 1)
    assert judged() == 1, "the third says what the first said"
    with room.resources.database.write() as session:
        for medium in session.scalars(select(Medium)):
            medium.label = "authentic"
    dataset = room.ada.ask("POST", "/datasets", room.id, json={"name": "a"}).json()["id"]
    wanted = {"licence": "CC0-1.0", "consent": "not_asked"}
    frozen = room.ada.ask("POST", f"/datasets/{dataset}/versions", room.id, json=wanted)
    assert frozen.status_code == 200, frozen.text
    view = evaluating.ask(room.resources, owner, dataset, 1)
    assert (view.row.files, view.row.missing) == (2, 1)
    assert view.policy is not None
    assert view.policy.number == 3


@pytest.mark.both_databases
def test_a_preview_says_what_counting_by_hand_says(room: Room) -> None:
    def person(letter: str, score: float | None, *reasons: str) -> dict[str, Any]:
        of_example = world.example().model_dump(mode="json")["tracks"][0]
        said = [{"code": code, "message": "."} for code in reasons]
        return {**of_example, "person": letter, "final_score": score, "reasons": said}

    def put(label: str, verdict: str, score: float | None, **outcome: Any) -> None:
        lease = room.claimed()
        people = {"tracks": [person("A", score)], "deciding_person": "A"}
        room.finish(lease, verdict=verdict, final_score=score, **{**people, **outcome})
        with room.resources.database.write() as session:
            medium = session.scalars(select(Medium).where(Medium.job_id == lease.job_id)).one()
            medium.label = label

    flat = {"slope": 1.0, "intercept": 0.0, "floor": -60.0}
    scale = world.example().model_dump(mode="json")["model"] | {"calibration": flat}
    put("authentic", "no_signs", 0.05)
    put("authentic", "manipulated", 0.92)
    put("authentic", "inconclusive", 0.7)
    put("manipulated", "manipulated", 0.97)
    put("manipulated", "no_signs", 0.4)
    put("manipulated", "inconclusive", 0.8)
    # The most suspicious person is hardly seen, and somebody else's evidence carries the verdict.
    hidden = [person("A", None, "too_few_frames"), person("B", 0.1)]
    put("authentic", "no_signs", 0.35, tracks=hidden, deciding_person="A", aggregation_steps=[])
    # Withheld, at an estimate of 0.25: B carries a verdict as soon as the band begins above it.
    withheld = {"model": scale, "raw_logit": -1.0986123, "deciding_person": "A"}
    put("authentic", "inconclusive", None, tracks=hidden, **withheld)
    put("authentic", "inconclusive", None, tracks=hidden[:1], **withheld)
    put("authentic", "inconclusive", None, **withheld, tracks=[
        hidden[0], person("B", 0.1, "below_threshold", "seen_too_little"),
    ])  # fmt: skip
    put("authentic", "no_face", None, tracks=[], raw_logit=None, deciding_person=None)
    dataset = room.ada.ask("POST", "/datasets", room.id, json={"name": "a"}).json()["id"]
    wanted = {"licence": "CC0-1.0", "consent": "not_asked"}
    assert room.ada.ask("POST", f"/datasets/{dataset}/versions", room.id, json=wanted).status_code == 200
    on = {"dataset_id": dataset, "number": 1}
    made = room.ask(room.ada, "/preview", json={**STRICT, "on": on})
    assert made.status_code == 200, made.text
    told = made.json()
    # By hand: 0.05 none, 0.92 band, 0.7 band | 0.97 manipulated, 0.4 band, 0.8 band | 0.35 weak, 0.25 none,
    # 0.25 weak, 0.25 weak, no face.
    draft = told["dataset"]["draft"]
    figures = ("false_alarms", "misses", "abstained")
    assert [(draft[name]["files"], draft[name]["of"]) for name in figures] == [(0, 8), (0, 3), (7, 11)]
    assert draft["abstained"]["interval"] == pytest.approx(wilson(7, 11))
    assert told["unknown"] == []
    curve = {round(one["threshold"], 2): one for one in told["dataset"]["curve"]}
    assert len(curve) == 101
    assert curve[0.9] == draft
    # At 0.5 the band is (0, 0.55): 0.92 and 0.7 alarm, 0.4 is undecided, and so is all that is less.
    assert curve[0.5]["false_alarms"]["files"] == 2
    assert curve[0.5]["misses"]["files"] == 0
    assert curve[0.5]["abstained"]["files"] == 6
    own = told["own"]
    assert (own["files"], own["without_estimate"]) == (11, 1)
    assert own["before"] == {"manipulated": 2, "no_signs": 3, "inconclusive": 5, "no_face": 1}
    assert own["after"] == {"manipulated": 1, "no_signs": 2, "inconclusive": 7, "no_face": 1}
    assert {name: count for name, count in own["changes"].items() if count} == {
        "same": 7, "unclear": 3, "clear": 1,
    }  # fmt: skip
    assert own["changed"] == 4
    bins = {round(one["low"], 2): one for one in own["histogram"]}
    assert len(bins) == 50
    assert (bins[0.92]["manipulated"], bins[0.34]["no_signs"], bins[0.24]["inconclusive"]) == (1, 1, 3)
    room.draft(room.ada, minimums={"smallest_face_px": 4096, "least_frames": 3, "least_share": 0.01})
    told = room.ask(room.ada, "/1/preview", json={"on": on}).json()
    # One result lacks its steps; in the others all faces are smaller.
    assert (told["unknown"], told["dataset"]["untold"], told["own"]["untold"]) == (["minimums"], 1, 1)
    assert told["own"]["after"] == {"manipulated": 0, "no_signs": 0, "inconclusive": 9, "no_face": 1}
    abstained, present = (told["dataset"][rule]["abstained"] for rule in ("draft", "present"))
    assert (abstained["files"], abstained["of"], present["of"]) == (9, 10, 11)


def test_a_policy_for_another_model_is_tried_on_what_that_model_found_and_set_beside_its_rule(
    room: Room,
) -> None:
    own = {
        "smallest_face_px": 24.0,
        "least_frames": 2,
        "least_share": 0.01,
    }  # less than the model in use asks
    decision = {"threshold": 0.5, "abstain_low": 0.4, "abstain_high": 0.6, **own}
    manifest = json.dumps({"name": "old", "version": "1.0", "decision": decision})
    old, now = hashlib.sha256(manifest.encode()).hexdigest(), room.resources.clock()
    lease = room.claimed()
    room.finish(lease, verdict="manipulated", final_score=0.7)

    def write(*rows: Any) -> None:
        with room.resources.database.write() as session:
            session.add_all(rows)

    def policy(number: int, **values: Any) -> Policy:
        return Policy(
            id=str(uuid.uuid4()), workspace_id=room.id, number=number, name="a", bundle="old",
            bundle_version="1.0", bundle_sha256=old, author=room.ada.id, created_at=now, **own, **values,
        )  # fmt: skip

    write(ModelBundle(sha256=old, name="old", version="1.0", first_seen_at=now))
    write(policy(1, state="draft", **STRICT))
    with room.resources.database.write() as session:
        session.execute(update(Result).values(bundle_id=old))
        session.execute(update(Medium).values(bundle_sha256=old, label="authentic"))
    dataset = room.ada.ask("POST", "/datasets", room.id, json={"name": "a"}).json()["id"]
    wanted = {"licence": "CC0-1.0", "consent": "not_asked"}
    assert room.ada.ask("POST", f"/datasets/{dataset}/versions", room.id, json=wanted).status_code == 200

    def told() -> tuple[Any, ...]:
        answer = room.ask(room.ada, "/1/preview", json={"on": {"dataset_id": dataset, "number": 1}})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        present = found["dataset"]["present"]
        beside = None if present is None else (present["threshold"], present["false_alarms"]["files"])
        return found["own"]["after"]["inconclusive"], found["dataset"]["draft"]["abstained"]["files"], beside

    assert told() == (0, 0, None), "nobody knows how a model of an earlier release judges by itself"
    values = {"name": "old", "version": "1.0", "key": "k", "archive_sha256": old, "size_bytes": 1}
    write(
        ProposedBundle(
            id=str(uuid.uuid4()), sha256=old, manifest=manifest, state="retired", proposed_by="a",
            proposed_at=now, **values,
        )
    )  # fmt: skip
    assert told() == (1, 1, (0.5, 1))
    write(policy(2, state="active", approver=room.grace.id, threshold=0.8, abstain_low=0.4, abstain_high=0.9))
    assert told() == (1, 1, (0.8, 0))
