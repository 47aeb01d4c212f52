"""A bundle is proposed by one person and approved by another; one at most is served, and can go again."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import api_world as world
import pytest
from made_bundles import passes, write_bundle
from service_parts import MakeResources
from sqlalchemy import select
from typer.testing import CliRunner

from deepshield.cli import service
from deepshield.cli.app import app
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import BundleFacts
from deepshield.jobs.served_bundle import served_bundle
from deepshield.operations import checkup
from deepshield.persistence.measurement import ProposedBundle
from deepshield.persistence.repositories import audit_texts, workers
from deepshield.persistence.tables import AuditEntry
from deepshield.promotion import deciding
from deepshield.promotion.active import ActiveBundle, read_active
from deepshield.promotion.archive import ArchiveError
from deepshield.promotion.fetching import fetched
from deepshield.promotion.golden import GoldenTestError
from deepshield.promotion.proposing import propose
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

CANDIDATE = {
    "derived_from": {"name": "released", "version": "2.1.1", "sha256": "a" * 64},
    "dataset": {"name": "desk", "number": 3, "manifest_sha256": "b" * 64},
    "test": {"claim": "better", "difference": {"auc": {"value": 0.1, "interval": [0.02, 0.2]}}},
}


def put_up(resources: Resources, folder: Path, version: str = "1.0.0", by: str = "Ada") -> str:
    sha256 = write_bundle(folder, version=version, candidate=CANDIDATE)
    propose(resources, folder, by, passes)
    return sha256


def served(resources: Resources) -> str | None:
    found = read_active(resources)
    return None if found is None else found.sha256


def states(resources: Resources) -> list[str]:
    return sorted(row.state for row in deciding.all_bundles(resources))


def actions(resources: Resources) -> list[str]:
    with resources.database.read() as session:
        entries = select(AuditEntry).where(AuditEntry.action.startswith("bundle.")).order_by(AuditEntry.id)
        found = session.scalars(entries).all()
        told = audit_texts.shown(session, found)
    return [f"{one.action} by {(said.details or {})['by']}" for one, said in zip(found, told, strict=True)]


def test_who_proposed_a_bundle_cannot_approve_it(resources: Resources, tmp_path: Path) -> None:
    sha256 = put_up(resources, tmp_path / "one")
    assert served(resources) is None
    for name in ("Ada", " ada ", "ADA"):
        with pytest.raises(DeepShieldError, match="Another person") as refused:
            deciding.approve(resources, sha256[:10], name)
        assert refused.value.code == Code.VALIDATION_ERROR
    for name in ("", "\n", "x" * 129):
        with pytest.raises(DeepShieldError, match="--by"):
            deciding.approve(resources, sha256[:10], name)
    assert served(resources) is None
    row = deciding.approve(resources, sha256[:10], "Grace")
    assert served(resources) == sha256
    assert (row.dataset, row.manifest_sha256, row.derived_from) == ("desk@3", "b" * 64, "a" * 64)
    assert row.figures == CANDIDATE["test"]
    with pytest.raises(DeepShieldError, match="active already"):
        deciding.approve(resources, sha256, "Grace")
    assert actions(resources) == ["bundle.proposed by Ada", "bundle.approved by Grace"]


def test_a_rollback_serves_what_was_served_before(resources: Resources, tmp_path: Path) -> None:
    first, second = (put_up(resources, tmp_path / version, version) for version in ("1", "2"))
    with pytest.raises(DeepShieldError, match="released one is served already"):
        deciding.roll_back(resources, "Ada")
    deciding.approve(resources, first, "Grace")
    deciding.approve(resources, second, "Grace")
    assert served(resources) == second
    assert states(resources) == ["active", "retired"]
    deciding.roll_back(resources, "Ada")
    assert served(resources) == first
    deciding.roll_back(resources, "Ada")
    assert served(resources) is None
    deciding.approve(resources, second, "Grace")  # what was retired can be approved again
    deciding.retire(resources, second, "Ada")
    assert served(resources) is None
    assert actions(resources)[-4:] == [
        "bundle.rolled_back by Ada",
        "bundle.rolled_back by Ada",
        "bundle.approved by Grace",
        "bundle.retired by Ada",
    ]


@pytest.mark.both_databases
def test_of_two_approvals_at_once_one_bundle_is_active(resources: Resources, tmp_path: Path) -> None:
    both = [put_up(resources, tmp_path / version, version) for version in ("1", "2")]
    together = threading.Barrier(2)

    def approve(sha256: str) -> str:
        together.wait(10)
        return deciding.approve(resources, sha256, "Grace").sha256

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, both)) == sorted(both)
    assert states(resources) == ["active", "retired"]
    last = served(resources)
    deciding.roll_back(resources, "Ada")
    assert {last, served(resources)} == set(both), "the second approval knew of the first"


def test_what_is_not_whole_is_not_taken(resources: Resources, tmp_path: Path) -> None:
    def fails(_: Path | None) -> str:
        raise GoldenTestError("the golden crops score 3 off")

    folder = tmp_path / "bundle"
    write_bundle(folder)
    with pytest.raises(DeepShieldError, match="score 3 off"):
        propose(resources, folder, "Ada", fails)
    (folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(DeepShieldError, match=r"model\.onnx is not the file"):
        propose(resources, folder, "Ada", passes)
    other = tmp_path / "other"
    write_bundle(other, version="2", candidate={"bundle": {"sha256": "0" * 64}})
    with pytest.raises(DeepShieldError, match="about another bundle"):
        propose(resources, other, "Ada", passes)
    assert deciding.all_bundles(resources) == []
    assert list(resources.store.list("bundles/")) == []
    put_up(resources, tmp_path / "whole")
    with pytest.raises(DeepShieldError, match="was proposed on"):
        propose(resources, tmp_path / "whole", "Grace", passes)


def test_a_bundle_is_fetched_whole_or_not_at_all(make_resources: MakeResources, tmp_path: Path) -> None:
    resources = make_resources()
    sha256 = put_up(resources, tmp_path / "one")
    deciding.approve(resources, sha256, "Grace")
    active = read_active(resources)
    assert active is not None
    folder = fetched(resources, active)
    assert folder.name == sha256
    assert (folder / "CARD.md").read_text() == "# desk\n"
    (folder / "model.onnx").write_bytes(b"damaged on this disk")
    assert fetched(resources, active) == folder
    assert (folder / "model.onnx").read_bytes() == (tmp_path / "one/model.onnx").read_bytes()

    elsewhere = make_resources(storage={"scratch_dir": tmp_path / "elsewhere"})
    write_over(elsewhere, active)
    with pytest.raises(ArchiveError, match="has changed"):
        fetched(elsewhere, active)
    assert list((tmp_path / "elsewhere/bundles").iterdir()) == []


def write_over(resources: Resources, active: ActiveBundle) -> None:
    with resources.store.writer(active.key) as writer:
        writer.write(b"other")
        writer.commit()


def test_a_bundle_by_two_beginnings_is_none(resources: Resources, tmp_path: Path) -> None:
    sha256 = put_up(resources, tmp_path / "one")
    for reference in ("", "zz", sha256 + "0"):
        with pytest.raises(DeepShieldError, match="No bundle begins"):
            deciding.find(resources, reference)
    assert isinstance(deciding.find(resources, sha256.upper()[:8]), ProposedBundle)


def test_the_service_names_the_active_bundle_and_the_operators_own_before_it(
    make_resources: MakeResources, tmp_path: Path
) -> None:
    resources = make_resources()
    released = served_bundle(resources)
    sha256 = put_up(resources, tmp_path / "one")
    assert served_bundle(resources) == released
    deciding.approve(resources, sha256, "Grace")
    assert served_bundle(resources).facts == BundleFacts(sha256, "desk", "1.0.0")
    assert served_bundle(resources).threshold == 0.75
    write_bundle(tmp_path / "own", "own", "9")
    own = make_resources(infer={"model_weights_path": tmp_path / "own"})
    assert served_bundle(own).facts.name == "own"
    bound = make_resources(infer={"fake_decision_threshold": 0.9})
    assert (served_bundle(bound).facts.name, served_bundle(bound).threshold) == ("desk", 0.9)
    deciding.roll_back(resources, "Ada")
    assert served_bundle(resources) == released


def test_an_operators_threshold_stands_beside_the_models_own(make_resources: MakeResources) -> None:
    with world.serving(make_resources(infer={"fake_decision_threshold": 0.8})) as client:
        card = client.get("/api/limits").json()["model"]
    own = card["own_threshold"]
    assert card["decision_threshold"] == 0.8 != own
    moved = [used - was for used, was in zip(card["abstain_band"], card["own_abstain_band"], strict=True)]
    assert moved == pytest.approx([0.8 - own] * 2), "the band goes with the threshold"


def test_the_command_tells_who_may_do_what(
    resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "load_settings", lambda: resources.settings)
    sha256 = put_up(resources, tmp_path / "one")

    def call(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["bundle", *arguments])
        return done.exit_code, done.output

    assert call("list")[1].splitlines() == [
        f"{sha256[:12]}  candidate  desk 1.0.0  of desk@3  proposed by Ada",
        "none is active: the released bundle is served",
    ]
    status, said = call("approve", sha256[:12], "--by", "Ada")
    assert (status, "Another person" in said) == (1, True)
    assert call("approve", sha256[:12], "--by", "Grace")[0] == 0
    assert json.loads(call("show", sha256[:12])[1])["approved"]["by"] == "Grace"
    assert call("rollback", "--by", "Ada") == (0, "the released bundle is served\n")
    (tmp_path / "none").mkdir()
    status, said = call("propose", str(tmp_path / "none"), "--by", "Ada")
    assert (status, "is no bundle" in said) == (1, True)


def test_the_doctor_tells_that_a_worker_refuses_a_bundle(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "_bundle", lambda _: "left out here")
    with resources.database.write() as session:
        workers.report(
            session, "here:1:images:ab", "images", "ready", resources.clock(), "it is refused", None
        )
    found = {
        one.subject: one for one in checkup.examine(resources, read_files=False) if one.subject == "workers"
    }
    assert found["workers"].ok is False
    assert "it is refused" in found["workers"].detail
