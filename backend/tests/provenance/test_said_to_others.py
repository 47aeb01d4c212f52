"""What the file says of itself, as its owner, and readers of a link, a report and a terminal are shown it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import api_world as world
import pytest
from example_results import example
from fastapi.testclient import TestClient
from workspace_world import Person, code_of, join

from deepshield.cli.self_statements import self_statements, signed_sentence
from deepshield.domain.owner import Owner
from deepshield.domain.roles import Role
from deepshield.evidence_package.checking import check_package
from deepshield.jobs import share
from deepshield.persistence.repositories import jobs
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.result_provenance import (
    AiStatement,
    AiUse,
    Camera,
    CredentialState,
    FileMetadata,
    Hint,
    HintKind,
    HintStrength,
    Ingredient,
    Location,
    MetadataField,
    MetadataSource,
    Provenance,
    SignedRecord,
    TrustListKind,
)
from deepshield.screening_report.checking import check_report

pytestmark = pytest.mark.api

TRUSTED, SIGNERS = CredentialState.TRUSTED, TrustListKind.SIGNERS
AI = AiStatement(
    use=AiUse.MADE,
    source_type="trainedAlgorithmicMedia",
    state=TRUSTED,
    trust_list=SIGNERS,
    signer="Generator 3",
    issuer="Example Ltd",
    signed_at="2026-11-20T10:00:00Z",
)
RECORD = SignedRecord(
    state=TRUSTED,
    trust_list=SIGNERS,
    trust_lists=[SIGNERS],
    signer="Generator 3",
    issuer="Example Ltd",
    ai=AI,
    ingredients=[
        Ingredient(
            depth=1,
            title="Ada Lovelace at home.jpg",
            relationship="parentOf",
            state=CredentialState.NONE,
            signer=None,
            tool=None,
            source_type=None,
        )
    ],
)
HINT = Hint(
    rule="photoshop",
    kind=HintKind.EDITED,
    generator="Adobe Photoshop",
    strength=HintStrength.WEAK,
    source=MetadataSource.EXIF,
    name="Software",
    value="Adobe Photoshop 26",
)
NAMED = HINT.model_copy(update={"name": "Artist", "value": "Ada Lovelace, with Adobe Photoshop"})
SAID = Provenance(
    credentials=RECORD,
    metadata=FileMetadata(
        camera=Camera(make="Acme", model="Phone 3"),
        location=Location(latitude=48.1371, longitude=11.5754),
        fields=[
            MetadataField(source=MetadataSource.EXIF, name="Artist", value="Ada Lovelace", personal=True),
            MetadataField(source=MetadataSource.EXIF, name="Software", value="Adobe Photoshop 26"),
            MetadataField(source=MetadataSource.XMP, name="Iptc4xmpExt:Street", value="48.1371 Lane"),
        ],
    ),
    hints=[HINT, NAMED],
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is left out does not depend on the database."""
    return sqlite_url


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


@pytest.fixture
def job_id(resources: Resources) -> str:
    return world.completed(resources, provenance=SAID.model_dump(mode="json"))


def test_the_owner_sees_place_and_persons(client: TestClient, job_id: str) -> None:
    said = client.get(f"/api/results/{job_id}").json()["result"]["provenance"]
    assert said == SAID.model_dump(mode="json")


def test_readers_of_a_link_do_not(client: TestClient, resources: Resources, job_id: str) -> None:
    token = share.create(resources, None, job_id).token
    answer = client.get("/api/shared", headers={"X-Share-Token": token})
    assert answer.status_code == 200
    assert answer.json()["result"]["provenance"]["metadata"]["location_withheld"] is True
    assert answer.json()["result"]["provenance"]["metadata"]["camera"]["make"] == "Acme"
    assert "Ada Lovelace" not in answer.text
    assert "48.1371" not in answer.text


def test_a_report_has_them_only_where_its_owner_asks_for_them(
    client: TestClient, resources: Resources, job_id: str
) -> None:
    def of(content: bytes) -> str:
        checked = check_report(content)
        assert checked.problems == ()
        return checked.record.model_dump_json()

    path = f"/api/jobs/{job_id}/report.pdf"
    plain, posted = client.get(path), client.post(path, json={"note": "Seen."})
    asked = client.get(path, params={"location": "true"})
    assert ["Ada Lovelace" in of(one.content) for one in (plain, posted, asked)] == [False, False, True]
    assert ["48.1371" in of(one.content) for one in (plain, posted, asked)] == [False, False, True]
    headers = {"X-Share-Token": share.create(resources, None, job_id).token}
    shared = client.post("/api/shared/report.pdf", json={"location": True}, headers=headers)
    assert "Ada Lovelace" not in of(shared.content)
    assert "48.1371" not in of(shared.content)


def test_of_a_workspace_its_sender_leads_and_admins_are_shown_them_and_nobody_else(
    client: TestClient, resources: Resources, tmp_path: Path
) -> None:
    admin, ada, grace, bob, lead = (Person.new(resources, client) for _ in range(5))
    space = admin.make()
    sender = join(resources, space, ada, Role.ANALYST)
    reader, other = join(resources, space, grace, Role.REVIEWER), join(resources, space, bob, Role.ANALYST)
    join(resources, space, lead, Role.LEAD)
    said = SAID.model_dump(mode="json")
    lease = world.running(resources, sender)
    world.finish(resources, lease, sha256=lease.sha256, provenance=said)
    job_id = lease.job_id
    media_id = world.medium_of(resources, job_id)

    def analysed(by: Owner, parent_id: str | None = None) -> str:
        """Have the file analysed once more: as it is sent again, or as an earlier job has it."""
        lease = world.running(resources, by)
        with resources.database.write() as session:
            job = session.get_one(Job, lease.job_id)
            job.parent_id, job.media_id = parent_id, media_id
        world.finish(resources, lease, provenance=said)
        return lease.job_id

    def private(person: Person, of: str) -> bool:
        answer = person.ask("GET", f"/results/{of}", space)
        assert answer.status_code == 200, answer.text
        assert ("Ada Lovelace" in answer.text) == ("48.1371" in answer.text)
        return "48.1371" in answer.text

    # In turn, since results are kept as they were answered.
    people = (admin, ada, grace, bob, lead, grace, ada)
    marked, again = analysed(reader, job_id), analysed(other)
    marked_again = analysed(other, again)
    senders = {
        job_id: ada, marked: ada, analysed(reader, marked): ada, analysed(other, job_id): ada,
        again: bob, marked_again: bob, analysed(reader, again): bob,
    }  # fmt: skip
    for of, person in senders.items():
        assert [private(one, of) for one in people] == [one in (admin, lead, person) for one in people]
    with resources.database.write() as session:
        assert jobs.remove(session, [again]) == 1
    assert [private(one, marked_again) for one in (ada, bob)] == [True, False], "the first sender"
    report = grace.ask("GET", f"/jobs/{job_id}/report.pdf", space, params={"location": "true"})
    assert "48.1371" not in check_report(report.content).record.model_dump_json()
    path = tmp_path / "package.zip"
    path.write_bytes(grace.ask("GET", f"/jobs/{job_id}/evidence.zip", space).content)
    checked = check_package(path)
    assert (checked.problems, checked.result is not None) == ((), True)
    assert [one.partition("/")[0] for one in checked.manifest.withheld] == ["file", "result.json"]
    with zipfile.ZipFile(path) as package:
        contents = {name: package.read(name) for name in package.namelist()}
    assert not any(b"48.1371" in one or b"Ada Lovelace" in one for one in contents.values())
    assert not any(name.startswith("file/") for name in contents)
    path.write_bytes(ada.ask("GET", f"/jobs/{job_id}/evidence.zip", space).content)
    with zipfile.ZipFile(path) as package:
        assert b"48.1371" in package.read("result.json")


def test_a_video_itself_is_for_who_is_shown_them_where_there_is_something_to_play_in_its_place(
    client: TestClient, resources: Resources
) -> None:
    admin, ada, grace = (Person.new(resources, client) for _ in range(3))
    space = admin.make()
    sender = join(resources, space, ada, Role.ANALYST)
    join(resources, space, grace, Role.VIEWER)
    media = {**example().media.model_dump(mode="json"), "type": "video", "format": "mov"}
    face = {"box": [0, 0, 4, 4], "timestamp_ms": 0, "frame_index": 0}
    bare, previewed, marked = (
        world.completed(resources, sender, media=media, preview_url=preview, marked=mark)
        for preview, mark in ((None, None), ("preview.mp4", None), (None, face))
    )

    def got(of: str) -> list[int]:
        answers = [one.ask("GET", f"/jobs/{of}/original", space) for one in (admin, ada, grace)]
        return [one.status_code for one in answers]

    assert [got(one) for one in (bare, previewed, marked)] == [[200] * 3, [200, 200, 403], [200, 200, 403]]
    refused = grace.ask("GET", f"/jobs/{previewed}/original", space)
    assert code_of(refused) == (403, "ROLE_MISSING")
    assert "preview" in refused.json()["error"]["message"]


def test_only_signers_of_the_list_have_a_sentence_above_the_verdict() -> None:
    assert signed_sentence(RECORD) == "Made with AI, says its signed record (Example Ltd, 2026-11-20)."
    others = (
        {"state": CredentialState.UNKNOWN_SIGNER, "trust_list": None},
        {"trust_list": TrustListKind.INTERIM},
        {"ai": AI.model_copy(update={"state": CredentialState.UNKNOWN_SIGNER, "trust_list": None})},
        {"ai": None},
    )
    for changes in others:
        assert signed_sentence(RECORD.model_copy(update=changes)) is None


def test_a_terminal_has_a_line_for_the_record_and_one_for_traces() -> None:
    assert list(self_statements(SAID.model_copy(update={"hints": [HINT]}))) == [
        "signed by Example Ltd / Generator 3, who is on the trust list: made with AI",
        "traces of Adobe Photoshop (weak); not signed, so that anybody can forge them",
    ]
    invalid = SignedRecord(state=CredentialState.INVALID, problems=["claimSignature.mismatch"])
    nothing = Provenance(credentials=SignedRecord(state=CredentialState.NONE), metadata=FileMetadata())
    assert list(self_statements(nothing.model_copy(update={"credentials": invalid}))) == [
        "its signed record is not valid (claimSignature.mismatch)"
    ]
    assert list(self_statements(nothing)) == []
