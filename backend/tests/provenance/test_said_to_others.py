"""What the file says of itself, as its owner, and readers of a link, a report and a terminal are shown it."""

from __future__ import annotations

from collections.abc import Iterator

import api_world as world
import pytest
from fastapi.testclient import TestClient

from deepshield.cli.self_statements import self_statements, signed_sentence
from deepshield.jobs import share
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
