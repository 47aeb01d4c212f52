"""The model in use is measured on a version: by a worker's child, on the verdicts that there are."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import api_world as world
import pytest
from service_parts import Clock
from sqlalchemy import select, update
from workspace_world import Person, code_of

from deepshield.datasets import evaluating
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.measurement import Evaluation
from deepshield.persistence.tables import Job
from deepshield.rechecks.changing import keep_up
from deepshield.resources import Resources
from measures import metrics

pytestmark = pytest.mark.integration

LICENCE = "CC0-1.0"


def frozen(ada: Person, dataset: str) -> None:
    answer = ada.ask("POST", f"/datasets/{dataset}/versions", json={"licence": LICENCE})
    assert answer.status_code == 200, answer.text


def asked(ada: Person, dataset: str, **wanted: Any) -> dict[str, Any]:
    answer = ada.ask("POST", "/evaluations", json={"dataset_id": dataset, "number": 1, **wanted})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def at(resources: Resources) -> float:
    return served_bundle(resources).threshold


def test_a_version_is_measured_and_two_evaluations_are_compared(
    ada: Person, put: Any, dataset: str, resources: Resources, at: float
) -> None:
    said = []
    for number in range(12):
        fake = number % 2 == 1
        logit = (number % 4 - 1.5) * 2 + number / 10
        verdict = "manipulated" if logit > 0 else "no_signs"
        label, kind = (
            ("manipulated", "face_swap" if number == 3 else "lipsync") if fake else ("authentic", None)
        )
        put(label, kind=kind, group=f"g{number}", verdict=verdict, raw_logit=logit, decision_threshold=at)
        said.append((fake, logit, verdict))
    put("authentic", analysed=False)
    frozen(ada, dataset)
    first = asked(ada, dataset)
    assert (first["state"], first["files"], first["missing"], first["used_for"]) == (
        "queued", 13, 1, ["evaluation"],
    )  # fmt: skip
    assert evaluating.measure_next(resources)
    assert not evaluating.measure_next(resources)
    done = ada.ask("GET", f"/evaluations/{first['id']}").json()
    assert done["state"] == "done", done
    report = done["report"]
    fakes, logits = [one[0] for one in said], [one[1] for one in said]
    assert report["figures"]["auc"] == pytest.approx(metrics.auc(logits, fakes)) == done["auc"]
    assert report["figures"]["auc_interval"][0] <= done["auc"] <= report["figures"]["auc_interval"][1]
    alarms = [one for one in said if not one[0] and one[2] == "manipulated"]
    misses = [one for one in said if one[0] and one[2] == "no_signs"]
    assert report["confusion"]["real"]["manipulated"] == len(alarms) == len(report["false_alarms"])
    assert report["confusion"]["fake"]["no_signs"] == len(misses) == len(report["misses"])
    assert report["figures"]["false_alarms"] == pytest.approx(len(alarms) / 6)
    estimates = [one["estimate"] for one in report["false_alarms"]]
    assert estimates == sorted(estimates, reverse=True)
    assert report["roc"][0] == [0, 0]
    assert report["roc"][-1] == [1, 1]
    assert sum(row["files"] for row in report["reliability"]) == 12
    assert [(row["by"], row["name"], row["chosen"]) for row in report["slices"]] == [("kind", "lipsync", 5)]
    second = asked(ada, dataset, split="test")
    early = ada.ask("GET", "/evaluations/compare", params={"a": first["id"], "b": second["id"]})
    assert code_of(early) == (409, "CONFLICT")
    assert evaluating.measure_next(resources)
    with resources.database.write() as session:  # as if another model had said the contrary of two files
        row = session.get(Evaluation, second["id"])
        assert row is not None
        flipped = [dict(one) for one in row.outcomes or ()]
        right = [one for one in flipped if one["verdict"] == ("manipulated" if one["fake"] else "no_signs")]
        for one in right[:2]:
            one["verdict"] = "no_signs" if one["fake"] else "manipulated"
        session.execute(update(Evaluation).where(Evaluation.id == row.id).values(outcomes=flipped))
    told = ada.ask("GET", "/evaluations/compare", params={"a": first["id"], "b": second["id"]}).json()
    assert (told["files"], told["flips"], told["only_a_right"], told["only_b_right"]) == (12, 2, 2, 0)
    assert told["mcnemar_p"] == pytest.approx(0.5)
    assert told["auc_difference"] == 0
    listed = ada.ask("GET", "/evaluations", params={"dataset_id": dataset, "limit": 1}).json()
    assert len(listed["evaluations"]) == 1
    rest = ada.ask("GET", "/evaluations", params={"cursor": listed["next_cursor"]}).json()["evaluations"]
    assert {listed["evaluations"][0]["id"], *(one["id"] for one in rest)} == {first["id"], second["id"]}


def test_only_this_model_at_this_threshold_counts(
    ada: Person, put: Any, dataset: str, resources: Resources, at: float
) -> None:
    put("authentic", decision_threshold=at / 2)
    frozen(ada, dataset)
    refused = ada.ask("POST", "/evaluations", json={"dataset_id": dataset, "number": 1})
    assert code_of(refused) == (409, "CONFLICT")
    assert refused.json()["error"]["details"] == {"files": 1, "missing": 1}


def test_files_that_the_model_has_not_analysed_are_analysed_first(
    ada: Person, put: Any, dataset: str, resources: Resources, at: float
) -> None:
    put("authentic", decision_threshold=at)
    put("manipulated", decision_threshold=at / 2)
    frozen(ada, dataset)
    made = asked(ada, dataset, recheck=True)
    assert (made["state"], made["missing"]) == ("waiting", 1)
    assert not evaluating.measure_next(resources), "the recheck is under way"
    keep_up(resources)
    with resources.database.read() as session:
        (job,) = session.scalars(select(Job).where(Job.state == "QUEUED"))
    lease = world.leases.claim(resources, job.id, "worker-1")
    assert lease is not None
    world.report(resources, lease, 1)
    world.finish(resources, lease, decision_threshold=at)
    keep_up(resources)
    assert evaluating.measure_next(resources)
    done = ada.ask("GET", f"/evaluations/{made['id']}").json()
    assert (done["state"], done["missing"], done["report"]["figures"]["files"]) == ("done", 0, 2)
    assert asked(ada, dataset, recheck=True)["state"] == "queued", "nothing is missing any more"


def test_a_measurement_that_breaks_off_is_tried_again_and_then_said_to_have_failed(
    ada: Person, put: Any, dataset: str, resources: Resources, clock: Clock, at: float
) -> None:
    put("authentic", decision_threshold=at)
    frozen(ada, dataset)
    made = asked(ada, dataset)
    broken = (sys.executable, "-c", "raise SystemExit('no')")
    for state in ("queued", "queued", "failed"):
        assert evaluating.measure_next(resources, broken)
        told = ada.ask("GET", f"/evaluations/{made['id']}").json()
        assert told["state"] == state
    assert "log" in told["error"]
    again = asked(ada, dataset)
    with resources.database.write() as session:  # a worker that claimed it and was killed
        token = session.get(Evaluation, again["id"])
        assert token is not None
        token.state, token.lease_token = "measuring", "lost"
        token.lease_expires_at, token.attempts = clock.time + timedelta(minutes=1), 1
    assert not evaluating.measure_next(resources)
    clock.time += timedelta(minutes=2)
    assert evaluating.measure_next(resources)
    done = ada.ask("GET", f"/evaluations/{again['id']}").json()
    assert done["state"] == "done"
    assert done["report"]["figures"]["auc"] is None, "one class alone has none"


def test_others_find_nothing(ada: Person, put: Any, dataset: str, resources: Resources, at: float) -> None:
    put("authentic", decision_threshold=at)
    frozen(ada, dataset)
    made = asked(ada, dataset)
    grace = Person.new(resources, ada.client)
    assert code_of(grace.ask("GET", f"/evaluations/{made['id']}")) == (404, "NOT_FOUND")
    pair = {"a": made["id"], "b": made["id"]}
    assert code_of(grace.ask("GET", "/evaluations/compare", params=pair)) == (404, "NOT_FOUND")
    stolen = grace.ask("POST", "/evaluations", json={"dataset_id": dataset, "number": 1})
    assert code_of(stolen) == (404, "NOT_FOUND")
    assert grace.ask("GET", "/evaluations").json()["evaluations"] == []
