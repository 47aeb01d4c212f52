"""Data sets over the API: frozen for ever, exported as other programs read them, kept from expiring."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from made_bundles import passes, write_bundle
from service_parts import Clock, MakeSettings, RecordingAnnouncer
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner
from workspace_world import Person, code_of, join

from deepshield.backup.dump import make as make_backup
from deepshield.backup.restore import restore
from deepshield.cli import dataset as command
from deepshield.cli import service
from deepshield.datasets import exporting, freezing
from deepshield.datasets.reading import find_version
from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.roles import Role
from deepshield.evaluation.labelled import read_labelled
from deepshield.jobs.cancel import delete as delete_job
from deepshield.jobs.sweep import sweep
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.persistence.measurement import DatasetItem
from deepshield.persistence.repositories import audit, datasets, fingerprints
from deepshield.persistence.tables import AuditEntry, Job, User
from deepshield.persistence.workbench import Medium
from deepshield.promotion.proposing import propose
from deepshield.resources import Resources
from deepshield.storage import open_store

pytestmark = pytest.mark.integration

LICENCE = "https://spdx.org/licenses/CC-BY-4.0"
# https://docs.mlcommons.org/croissant/docs/croissant-spec.html, required properties
REQUIRED = {
    "dataset": {
        "@context", "@type", "conformsTo", "description", "license", "name", "url", "creator",
        "datePublished", "distribution",
    },
    "cr:FileObject": {"@id", "name", "contentUrl", "encodingFormat"},
    "cr:FileSet": {"@id", "name", "containedIn", "encodingFormat", "includes"},
    "cr:RecordSet": {"@id", "name", "field"},
    "cr:Field": {"@id", "name", "dataType"},
}  # fmt: skip


def freeze(ada: Person, dataset: str, **wanted: Any) -> dict[str, Any]:
    answer = ada.ask("POST", f"/datasets/{dataset}/versions", json={"licence": LICENCE, **wanted})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def manifest(ada: Person, dataset: str, number: int = 1) -> bytes:
    answer = ada.ask("GET", f"/datasets/{dataset}/versions/{number}/manifest.jsonl")
    assert answer.status_code == 200, answer.text
    content: bytes = answer.content
    return content


def test_what_can_be_used_is_frozen_with_its_labels_and_the_rest_is_said(
    ada: Person, put: Any, dataset: str, resources: Resources
) -> None:
    used = [put("authentic", group="Ada"), put("manipulated", kind="lipsync", tags=("group:ada ",))]
    put("unknown")
    put(None)
    put("generated", consent=False)
    wanted = {"licence": LICENCE, "split": {"seed": 4, "train": 0.5, "test": 0.5}}
    path = f"/datasets/{dataset}/versions"
    before = ada.ask("POST", f"{path}/preview", json=wanted).json()
    made = freeze(ada, dataset, **wanted)
    assert before["manifest_sha256"] == made["manifest_sha256"]
    assert (made["number"], made["files"], made["groups"], made["kept"]) == (1, 2, 1, 2)
    assert made["left_out"] == {"no_consent": 1}, "of those that have a label"
    everything = [row.id for row in _media(resources)]
    chosen = freeze(ada, dataset, ids=everything)
    assert chosen["left_out"] == {"no_consent": 1, "no_label": 2}
    loose = freeze(ada, dataset, consent="not_asked")
    assert (loose["number"], loose["files"], loose["consent"]) == (3, 3, "not_asked")
    content = manifest(ada, dataset)
    lines = [json.loads(line) for line in content.splitlines()]
    assert hashlib.sha256(content).hexdigest() == made["manifest_sha256"]
    assert {(line["label"], line["value"], line["manipulation"]) for line in lines} == {
        ("real", "authentic", None), ("fake", "manipulated", "lipsync"),
    }  # fmt: skip
    assert len({line["group"] for line in lines}) == len({line["split"] for line in lines}) == 1
    assert b"Ada at home" not in content, "names of files may name people"
    asked = freeze(ada, dataset, q="(label:manipulated OR label:generated)")
    assert (asked["files"], asked["query"], asked["left_out"]) == (
        1, "(label:manipulated OR label:generated)", {"no_consent": 1},
    )  # fmt: skip
    found = ada.ask("GET", "/media", params={"q": "dataset:newsroom@1 label:authentic"}).json()
    assert [one["id"] for one in found["media"]] == used[:1]
    newest = ada.ask("GET", "/media", params={"q": "dataset:newsroom"}).json()
    assert [one["id"] for one in newest["media"]] == used[1:]
    wrong = ada.ask("POST", path, json={"licence": LICENCE, "q": "dataset:newsroom@x"})
    assert code_of(wrong) == (422, "QUERY_INVALID")
    listed = ada.ask("GET", "/datasets").json()["datasets"]
    assert [[one["number"] for one in row["versions"]] for row in listed] == [[4, 3, 2, 1]]
    with resources.database.read() as session:
        holds = datasets.holds("newsroom", 1, ada.id)
        assert set(session.scalars(select(Medium.id).where(holds))) == set(used)
        assert not session.scalars(select(Medium.id).where(datasets.holds("other", None, ada.id))).all()
        assert not session.scalars(select(Medium.id).where(datasets.holds("newsroom", 1, "x"))).all()


def _media(resources: Resources) -> list[Medium]:
    with resources.database.read() as session:
        return list(session.scalars(select(Medium)))


def test_near_copies_are_kept_in_one_group_unless_it_is_not_wanted(
    ada: Person, put: Any, dataset: str, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, _ = [put(), put("manipulated")], put()
    with resources.database.write() as session:
        for place, media_id in enumerate(copies):
            job = session.scalars(select(Job).where(Job.media_id == media_id)).one()
            forms = [f"{form + 1 << 200 | place:064x}" for form in range(8)]
            fingerprints.add(session, job, [FramePrint(0.0, 90, "".join(forms))])
    made = freeze(ada, dataset)
    assert (made["files"], made["groups"]) == (3, 2)
    assert made["counts"]["near_copies"] == {"joined": 2, "unknown": 1}
    loose = freeze(ada, dataset, join_near_copies=False)
    assert (loose["groups"], loose["counts"]["near_copies"]) == (3, None)
    monkeypatch.setattr(freezing, "MOST_FRAMES", 1)
    many = ada.ask("POST", f"/datasets/{dataset}/versions", json={"licence": LICENCE})
    assert code_of(many) == (409, "TOO_MANY")


@pytest.mark.both_databases
def test_a_frozen_version_is_the_same_whatever_becomes_of_its_files(
    ada: Person, put: Any, dataset: str, resources: Resources
) -> None:
    media = [put("authentic"), put("manipulated"), put("generated")]
    made = freeze(ada, dataset)
    content = manifest(ada, dataset)
    with resources.database.write() as session:
        job_ids = list(session.scalars(select(Job.id).where(Job.media_id == media[0])))
    for job_id in job_ids:
        delete_job(resources, job_id, ada.id)
    with resources.database.write() as session:  # and one is forgotten
        session.execute(delete(Medium).where(Medium.id == media[1]))
    assert manifest(ada, dataset) == content
    after = ada.ask("GET", f"/datasets/{dataset}/versions/1").json()
    assert after["kept"] < made["kept"] == 3
    assert {**after, "kept": 3} == made
    for change in (
        "UPDATE dataset_items SET label = 'authentic'",
        "UPDATE dataset_versions SET manifest_sha256 = 'x'",
        "UPDATE dataset_versions SET licence = 'none'",
    ):
        with (
            pytest.raises(DatabaseError, match="never changed"),
            resources.database.write() as session,
        ):
            session.execute(text(change))


def test_the_manifest_is_the_same_after_a_restore_and_a_migration(
    ada: Person, put: Any, dataset: str, resources: Resources, make_settings: MakeSettings, tmp_path: Path
) -> None:
    put("authentic", group="a", analysed=False)
    put("manipulated", kind="face_swap", analysed=False)
    made = freeze(ada, dataset)
    content = manifest(ada, dataset)
    out = io.BytesIO()
    make_backup(resources, out)
    where = {"url": f"sqlite:///{tmp_path / 'other.db'}"}
    settings = make_settings(database=where, storage={"data_dir": tmp_path / "other"})
    other = Resources(settings, Database(settings.database), open_store(settings), RecordingAnnouncer())
    restore(other, io.BytesIO(out.getvalue()))
    migrate.downgrade(other.database, "0018")
    migrate.upgrade(other.database)
    view = find_version(other, ada.owner, dataset, 1)
    assert b"".join(exporting.manifest(other, view)) == content
    assert view.row.manifest_sha256 == made["manifest_sha256"] == hashlib.sha256(content).hexdigest()
    assert view.kept == 2, "the backup has the files too"
    other.close()


def test_files_of_a_version_expire_only_when_it_is_retired(
    ada: Person, put: Any, dataset: str, resources: Resources, clock: Clock
) -> None:
    inside, outside = put("authentic"), put("manipulated")
    freeze(ada, dataset, ids=[inside])
    clock.time += timedelta(days=4000)
    sweep(resources)
    assert _kept(resources) == {inside}
    assert outside not in _kept(resources)
    retired = ada.ask("POST", f"/datasets/{dataset}/versions/1/retire").json()
    assert retired["retired_at"] is not None
    again = ada.ask("POST", f"/datasets/{dataset}/versions/1/retire").json()
    assert again["retired_at"] == retired["retired_at"]
    content = manifest(ada, dataset)
    sweep(resources)
    assert _kept(resources) == set()
    assert manifest(ada, dataset) == content


def test_a_file_whose_consent_was_withdrawn_expires_and_keeps_its_place_in_the_manifest(
    ada: Person, put: Any, dataset: str, resources: Resources, clock: Clock
) -> None:
    withdrawn, stays = put("authentic"), put("manipulated")
    freeze(ada, dataset)
    content = manifest(ada, dataset)
    path, anyhow = f"/media/{withdrawn}", {"If-Match": "*"}

    def counted() -> tuple[int, int]:
        told = ada.ask("GET", f"/datasets/{dataset}/versions/1").json()
        return told["kept"], told["withdrawn"]

    assert counted() == (2, 0)
    for version, expected in ((None, (1, 1)), ("2", (2, 0)), (None, (1, 1))):
        ada.ask("PATCH", path, json={"research_consent": version}, headers=anyhow)
        assert counted() == expected
    with resources.database.read() as session:
        marked = session.scalars(select(DatasetItem).where(DatasetItem.withdrawn_at.is_not(None))).all()
    assert [one.media_id for one in marked] == [withdrawn]
    clock.time += timedelta(days=4000)
    sweep(resources)
    assert _kept(resources) == {stays}
    assert (counted(), manifest(ada, dataset)) == ((1, 1), content)


def _kept(resources: Resources) -> set[str | None]:
    with resources.database.read() as session:
        return set(session.scalars(select(Job.media_id).where(Job.upload_key.is_not(None))))


def test_an_archive_is_read_by_evaluate_and_names_what_is_missing(
    ada: Person, put: Any, dataset: str, resources: Resources, tmp_path: Path
) -> None:
    pictures = {hashlib.sha256(data).hexdigest(): data for data in (b"one", b"two", b"three")}
    media = [
        put("authentic", content=b"one"),
        put("manipulated", content=b"two"),
        put("generated", content=b"three"),
    ]
    made = freeze(ada, dataset)
    with resources.database.write() as session:
        job = session.scalars(select(Job).where(Job.media_id == media[2])).one()
        resources.store.delete(job.upload_key or "")
    answer = ada.ask("GET", f"/datasets/{dataset}/versions/1/archive.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    text_of_manifest = (tmp_path / "manifest.jsonl").read_bytes()
    assert hashlib.sha256(text_of_manifest).hexdigest() == made["manifest_sha256"]
    missing = [json.loads(line) for line in (tmp_path / "missing.jsonl").read_text().splitlines()]
    assert [line["sha256"] for line in missing] == [hashlib.sha256(b"three").hexdigest()]
    files = read_labelled(tmp_path / "manifest.jsonl", None, lambda _: iter(()))
    assert sorted(file.label for file in files) == ["fake", "fake", "real"]
    there = {file.path.stem: file.path.read_bytes() for file in files if file.path.exists()}
    assert there == {key: data for key, data in pictures.items() if data != b"three"}
    described = json.loads((tmp_path / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert described["license"] == LICENCE
    assert REQUIRED["dataset"] <= described.keys()
    columns = set(json.loads(text_of_manifest.splitlines()[0]))
    ids = {one["@id"] for one in described["distribution"]}
    for one in [*described["distribution"], *described["recordSet"]]:
        assert REQUIRED[one["@type"]] <= one.keys()
        for field in one.get("field", ()):
            assert REQUIRED[field["@type"]] <= field.keys()
            if "source" in field:
                assert field["source"]["fileObject"]["@id"] in ids
                assert field["source"]["extract"]["column"] in columns
    with resources.database.read() as session:
        taken = [
            row.details for row in session.scalars(select(AuditEntry)) if row.action == "dataset.exported"
        ]
    assert [details["item"] for details in taken if details] == ["archive.zip"]


def test_versions_are_compared(ada: Person, put: Any, dataset: str, resources: Resources) -> None:
    first, second = put("authentic"), put("manipulated")
    freeze(ada, dataset, ids=[first, second])
    with resources.database.write() as session:
        row = session.get(Medium, first)
        assert row is not None
        row.label, row.label_revision = "generated", 2
    third = put("authentic")
    freeze(ada, dataset, ids=[first, third])
    page = ada.ask("GET", f"/datasets/{dataset}/versions?limit=1").json()
    assert ([one["number"] for one in page["versions"]], page["next_cursor"]) == ([2], 2)
    page = ada.ask("GET", f"/datasets/{dataset}/versions?cursor=2").json()
    assert ([one["number"] for one in page["versions"]], page["next_cursor"]) == ([1], None)
    found = ada.ask("GET", f"/datasets/{dataset}/versions/1/diff").json()
    assert {key: found[key] for key in ("same", "added", "removed", "relabelled", "moved")} == {
        "same": 0, "added": 1, "removed": 1, "relabelled": 1, "moved": 0,
    }  # fmt: skip
    assert [(one["media_id"], one["before"], one["after"]) for one in found["changes"]] == [
        (first, "authentic", "generated"), (second, "manipulated", None), (third, None, "authentic"),
    ]  # fmt: skip


def test_a_file_whose_consent_was_withdrawn_is_handed_out_no_more(
    ada: Person, put: Any, dataset: str
) -> None:
    withdrawn = put("authentic", content=b"one")
    put("manipulated", content=b"two")
    freeze(ada, dataset)
    freeze(ada, dataset, consent="not_asked")
    body = {"research_consent": None}
    change = ada.ask("PATCH", f"/media/{withdrawn}", json=body, headers={"If-Match": "*"})
    assert change.status_code == 200, change.text
    for number, left in ((1, {b"two"}), (2, {b"one", b"two"})):
        answer = ada.ask("GET", f"/datasets/{dataset}/versions/{number}/archive.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            files = [one for one in archive.namelist() if one.startswith("files/")]
            assert {archive.read(one) for one in files} == left
            assert ("missing.jsonl" in archive.namelist()) is (len(left) == 1)


def test_what_is_refused(ada: Person, put: Any, dataset: str, resources: Resources) -> None:
    path = f"/datasets/{dataset}/versions"
    assert code_of(ada.ask("POST", "/datasets", json={"name": "newsroom"})) == (409, "CONFLICT")
    put("authentic", consent=False)
    assert code_of(ada.ask("GET", f"{path}/1/diff")) == (404, "NOT_FOUND"), "before there is a version"
    none = ada.ask("POST", path, json={"licence": LICENCE})
    assert code_of(none) == (409, "CONFLICT")
    assert none.json()["error"]["details"]["left_out"] == {"no_consent": 1}
    shares = {"licence": LICENCE, "split": {"train": 0.5, "test": 0.4}}
    assert code_of(ada.ask("POST", path, json=shares)) == (422, "VALIDATION_ERROR")
    assert code_of(ada.ask("POST", path, json={"licence": "  "})) == (422, "VALIDATION_ERROR")
    for name in ("New", "a b", "../x", "a@3", ""):
        assert code_of(ada.ask("POST", "/datasets", json={"name": name})) == (422, "VALIDATION_ERROR")
    grace = Person.new(resources, ada.client)
    foreign = freeze(ada, dataset, consent="not_asked")
    assert code_of(grace.ask("GET", f"{path}/1")) == (404, "NOT_FOUND")
    own = grace.ask("POST", "/datasets", json={"name": "newsroom"}).json()["id"]
    stolen = {"licence": LICENCE, "consent": "not_asked", "ids": [row.id for row in _media(resources)]}
    assert code_of(grace.ask("POST", f"/datasets/{own}/versions", json=stolen)) == (409, "CONFLICT")
    assert foreign["files"] == 1
    space = ada.make()
    for role, allowed in ((Role.ANALYST, False), (Role.LEAD, False), (Role.RESEARCHER, True)):
        person = Person.new(resources, ada.client)
        join(resources, space, person, role)
        answer = person.ask("POST", "/datasets", space, json={"name": f"of-{role.value}"})
        assert (answer.status_code == 200) is allowed, role


def test_a_request_sent_again_freezes_once(ada: Person, put: Any, dataset: str, resources: Resources) -> None:
    put("authentic")
    for _ in range(2):
        headers = {"Idempotency-Key": "one"}
        answer = ada.ask("POST", f"/datasets/{dataset}/versions", json={"licence": LICENCE}, headers=headers)
        assert answer.json()["number"] == 1
    with resources.database.read() as session:
        assert len(session.scalars(select(DatasetItem)).all()) == 1


def test_the_command_lists_freezes_and_exports(
    ada: Person, put: Any, resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "load_settings", lambda: resources.settings)
    monkeypatch.setattr(service, "open_resources", lambda _: resources)
    with resources.database.read() as session:
        email = session.scalars(select(User.email).where(User.id == ada.id)).one()
    put("authentic", content=b"one")
    put("generated", consent=False)
    call = CliRunner().invoke
    begun = ["freeze", email, "newsroom", "--licence", LICENCE]
    assert call(command.app, [*begun, "--dry-run"]).stdout.startswith("1 files, 1 groups")
    assert call(command.app, ["list", email]).stdout == "", "counting makes no data set"
    tenths = call(command.app, [*begun, "--train", "0.9", "--validation", "0.1", "--dry-run"])
    assert tenths.exit_code == 0, tenths.output
    for wrong in (
        ["News Room", "--licence", "a"],
        ["a", "--licence", " "],
        ["a", "--licence", "a", "--seed", "9" * 20],
    ):
        assert call(command.app, ["freeze", email, *wrong]).exit_code == 2
    frozen = call(command.app, ["freeze", email, "newsroom", "--licence", LICENCE, "--train", "0.5"])
    assert frozen.exit_code == 0, frozen.output
    assert "newsroom@1: 1 files (1 real, 0 fake), 1 groups, 1 kept; left out: 1 no consent" in frozen.stdout
    listed = call(command.app, ["list", email])
    assert "newsroom@1  1 files" in listed.stdout
    out = tmp_path / "newsroom.zip"
    assert call(command.app, ["export", email, "newsroom@1", "--out", str(out)]).exit_code == 0
    assert zipfile.ZipFile(out).testzip() is None
    for version, target in (
        ("newsroom@1", out),
        ("newsroom@1", tmp_path / "no" / "a.zip"),
        ("newsroom", tmp_path / "b.zip"),
    ):
        assert call(command.app, ["export", email, version, "--out", str(target)]).exit_code == 2
    assert zipfile.ZipFile(out).testzip() is None
    assert call(command.app, ["delete", email, "newsroom", "--yes"]).exit_code == 2
    assert call(command.app, ["redact", email, "newsroom@", "--text", "note", "--yes"]).exit_code == 2
    unknown = call(command.app, ["export", email, "newsroom@2", "--out", str(tmp_path / "none.zip")])
    assert unknown.exit_code == 1
    assert "has no version 2" in unknown.stderr
    view = find_version(resources, ada.owner, ada.ask("GET", "/datasets").json()["datasets"][0]["id"], 1)
    unpacked = exporting.unpack(resources, view, tmp_path / "media")
    (file,) = read_labelled(unpacked, None, lambda _: iter(()))
    assert (file.label, file.path.read_bytes()) == ("real", b"one")
    assert file.split in {"train", "test"}

    def used_for() -> list[str]:
        return list(find_version(resources, ada.owner, view.dataset.id, 1).row.used_for)

    assert used_for() == []
    again = ["export", email, "newsroom@1", "--out", str(tmp_path / "again.zip"), "--use", "calibration"]
    assert call(command.app, again).exit_code == 0
    assert used_for() == ["calibration"]
    learned = {"dataset": {"name": "newsroom", "number": 1, "manifest_sha256": view.row.manifest_sha256}}
    write_bundle(tmp_path / "bundle", candidate=learned)
    propose(resources, tmp_path / "bundle", "Ada", passes)
    assert used_for() == ["calibration", "training"]
    redact = ["redact", email, "newsroom@1", "--text", "note"]
    assert call(command.app, redact, input="n\n").exit_code == 1
    assert view.row.redacted is None
    assert call(command.app, [*redact, "--text", "name"]).exit_code == 2, "a version has no name"
    assert call(command.app, [*redact, "--yes"]).stdout == "newsroom@1: erased\n"
    kept = call(command.app, ["delete", email, "newsroom@1", "--yes"])
    assert "Retire it first" in kept.stderr
    renamed = call(command.app, ["redact", email, "newsroom", "--text", "name", "--yes"])
    assert renamed.stdout.startswith("redacted-")


@pytest.mark.both_databases
def test_a_lead_erases_what_was_written_beside_a_version_and_its_manifest_stays(
    ada: Person, put: Any, resources: Resources
) -> None:
    put("authentic")
    dataset = ada.ask("POST", "/datasets", json={"name": "jane-doe", "description": "Of Jane Doe."}).json()[
        "id"
    ]
    made = freeze(ada, dataset, q='label:authentic -"jane doe"', note="Jane Doe asked for it.")
    ada.ask("POST", "/evaluations", json={"dataset_id": dataset, "number": 1, "recheck": True})
    content, path = manifest(ada, dataset), f"/datasets/{dataset}"
    with (
        pytest.raises(DatabaseError, match="never changed"),
        resources.database.write() as session,
    ):
        session.execute(text("UPDATE dataset_versions SET note = 'Other'"))
    version = ada.ask("POST", f"{path}/versions/1/redact", json={"texts": ["query", "note"]}).json()
    assert (version["query"], version["note"], version["redacted"]) == (None, None, ["note", "query"])
    assert version["manifest_sha256"] == made["manifest_sha256"]
    now = ada.ask("POST", f"{path}/redact", json={"texts": ["name", "description"]}).json()
    assert (now["name"], now["description"]) == (f"redacted-{dataset[:8]}", None)
    found = ada.ask("GET", "/media", params={"q": f"dataset:{now['name']}@1"}).json()
    assert found["total"] == 1
    assert manifest(ada, dataset) == content
    with resources.database.read() as session:
        assert audit.verify(session).fault is None
        for table in ("datasets", "dataset_versions", "audit_log", "audit_texts", "rechecks", "evaluations"):
            said = str(session.execute(text(f"SELECT * FROM {table}")).all()).lower()
            assert "jane" not in said, table


def test_a_name_is_erased_from_rechecks_whose_evaluations_are_gone_and_from_no_others(
    ada: Person, put: Any, resources: Resources
) -> None:
    put("authentic", decision_threshold=0.01)  # not that in use, so that it is analysed again
    dataset, other = (
        ada.ask("POST", "/datasets", json={"name": name}).json()["id"] for name in ("model", "model-2")
    )
    for one in (dataset, other):
        freeze(ada, one)
        asked = {"dataset_id": one, "number": 1, "recheck": True}
        assert ada.ask("POST", "/evaluations", json=asked).status_code == 200
    version = f"/datasets/{dataset}/versions/1"
    assert ada.ask("POST", f"{version}/retire").status_code == 200
    assert ada.ask("DELETE", version).status_code == 200
    assert ada.ask("POST", f"/datasets/{dataset}/redact", json={"texts": ["name"]}).status_code == 200
    reasons = {one["reason"] for one in ada.ask("GET", "/rechecks").json()["rechecks"]}
    assert reasons == {
        f"To measure the model on redacted-{dataset[:8]}@1", "To measure the model on model-2@1",
    }  # fmt: skip


def test_a_version_is_deleted_once_it_is_retired_and_its_number_is_given_to_no_other(
    ada: Person, put: Any, dataset: str, resources: Resources
) -> None:
    put("authentic", group="Jane Doe")
    freeze(ada, dataset)
    freeze(ada, dataset)
    ada.ask("POST", "/evaluations", json={"dataset_id": dataset, "number": 2})
    path = f"/datasets/{dataset}/versions/2"
    assert b"jane doe" in manifest(ada, dataset, 2), "the manifest names groups"
    assert code_of(ada.ask("DELETE", path)) == (409, "CONFLICT")
    assert ada.ask("POST", f"{path}/retire").status_code == 200
    left = ada.ask("DELETE", path).json()["versions"]
    assert [one["number"] for one in left] == [1]
    assert code_of(ada.ask("GET", path)) == (404, "NOT_FOUND")
    assert ada.ask("GET", "/evaluations").json()["evaluations"] == []
    assert freeze(ada, dataset)["number"] == 3
    assert ada.ask("GET", "/media").json()["total"] == 1, "files stay"
    with resources.database.read() as session:
        rows = session.scalars(select(DatasetItem.version_id).distinct()).all()
    assert len(rows) == 2
