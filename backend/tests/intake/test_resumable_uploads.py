"""Files in parts: the tus protocol, and that the last byte does what an ordinary upload does."""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import api_world as world
import httpx
import pytest
from fastapi.testclient import TestClient
from live_server import listening
from moto.server import ThreadedMotoServer
from service_parts import Clock, MakeResources
from services import wait_until
from sqlalchemy import func, select

from deepshield.backup import dump
from deepshield.domain.clock import now
from deepshield.domain.quota import Tier
from deepshield.intake import parts
from deepshield.jobs.lookup import find_view
from deepshield.jobs.sweep import sweep
from deepshield.operations import integrity
from deepshield.persistence.repositories import resumable as repository
from deepshield.persistence.tables import Job, ResumableUpload, UploadPart
from deepshield.resources import Resources
from deepshield.storage import ensure_bucket

pytestmark = pytest.mark.api

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
ROUTE = "/api/uploads"


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 4096)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def begin(client: Any, data: bytes = PNG, name: str = "Me & you.png", **headers: str) -> str:
    metadata = f"filename {encoded(name)},filetype {encoded('image/png')}"
    response = client.post(
        ROUTE, headers={**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata, **headers}
    )
    assert response.status_code == 201, response.text
    return str(response.headers["Location"])


def send(client: Any, place: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
    answer: httpx.Response = client.patch(
        place, content=data, headers={**BYTES, "Upload-Offset": str(offset), **headers}
    )
    return answer


def offset_of(client: Any, place: str) -> int:
    answer = client.head(place, headers=TUS)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    return int(answer.headers["Upload-Offset"])


def code(response: httpx.Response) -> str:
    return str(response.json()["error"]["error_code"])


def keys(resources: Resources) -> list[str]:
    return sorted(info.key.split("/")[0] for info in resources.store.list(""))


def rows(resources: Resources, table: Any) -> int:
    with resources.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_the_server_can_is_said(client: TestClient, resources: Resources) -> None:
    answer = client.options(ROUTE)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(resources.settings.file.max_bytes)
    wanted = {"creation", "creation-with-upload", "expiration", "checksum", "termination"}
    assert set(answer.headers["Tus-Extension"].split(",")) == wanted
    other = client.post(ROUTE, headers={"Tus-Resumable": "0.2.2", "Upload-Length": "9"})
    assert (other.status_code, code(other), other.headers["Tus-Version"]) == (412, "TUS_VERSION", "1.0.0")


def test_parts_become_the_job_that_the_whole_file_would_be(client: TestClient, resources: Resources) -> None:
    place = begin(client)
    assert offset_of(client, place) == 0
    first = send(client, place, 0, PNG[:5000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "5000")
    assert "X-Job-Id" not in first.headers
    assert "Upload-Expires" in first.headers
    assert offset_of(client, place) == 5000
    last = send(client, place, 5000, PNG[5000:])
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, str(len(PNG)))
    job_id = last.headers["X-Job-Id"]

    view = find_view(resources, None, job_id)
    assert view.job.sha256 == hashlib.sha256(PNG).hexdigest()
    assert view.job.upload_key is not None
    assert b"".join(resources.store.read(view.job.upload_key)) == PNG
    assert keys(resources) == ["uploads"], "the parts are gone"
    assert rows(resources, UploadPart) == 0
    result = client.get(f"/api/results/{job_id}").json()
    assert result["metadata"]["original_filename"] == "Me & you.png"
    assert result["metadata"]["original_content_type"] == "image/png"
    assert resources.announcer.announced == [(job_id, "images")]  # type: ignore[attr-defined]

    answer = client.get(place).json()
    assert (answer["offset"], answer["job"]["job_id"]) == (len(PNG), job_id)
    secret = answer["job"]["owner_secret"]
    assert client.delete(f"/api/jobs/{job_id}").status_code == 403
    assert client.delete(f"/api/jobs/{job_id}", headers={"X-Owner-Secret": secret}).status_code == 200


def test_a_last_part_that_is_sent_again_makes_nothing_again(client: TestClient, resources: Resources) -> None:
    place = begin(client)
    send(client, place, 0, PNG[:5000])
    answers = [send(client, place, 5000, PNG[5000:]) for _ in range(3)]
    assert {(one.status_code, one.headers["X-Job-Id"]) for one in answers} == {
        (204, answers[0].headers["X-Job-Id"])
    }
    assert client.head(place, headers=TUS).headers["X-Job-Id"] == answers[0].headers["X-Job-Id"]
    assert rows(resources, Job) == 1


def test_the_same_bytes_again_are_the_same_job_at_no_charge(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True})
    _, headers = world.account(resources, Tier.FREE)
    once = {**headers, "Idempotency-Key": "once"}
    with world.serving(resources) as client:
        whole = client.post("/api/analyze-image", files={"file": ("a.png", PNG)}, headers=headers)
        place = begin(client, **headers)
        last = send(client, place, 0, PNG, **headers)
        assert last.headers["X-Job-Id"] == whole.json()["job_id"]
        assert last.headers["X-RateLimit-Remaining"] == whole.headers["X-RateLimit-Remaining"]
        assert client.get(place, headers=headers).json()["job"]["reused"] is True
        assert keys(resources) == ["uploads"]
        assert begin(client, **once) == begin(client, **once)
        anew = client.post(
            f"{ROUTE}?reuse=false", content=PNG, headers={**headers, **BYTES, "Upload-Length": str(len(PNG))}
        )
        assert anew.headers["X-Job-Id"] != whole.json()["job_id"]


def test_where_accounts_are_optional_nothing_is_limited(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"free_daily_uploads": 0})
    _, headers = world.account(resources, Tier.FREE)
    with world.serving(resources) as client:
        assert send(client, begin(client, **headers), 0, PNG, **headers).status_code == 204


def test_bytes_may_come_with_the_beginning(client: TestClient, resources: Resources) -> None:
    answer = client.post(ROUTE, content=PNG[:100], headers={**BYTES, "Upload-Length": str(len(PNG))})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "100")
    last = send(client, answer.headers["Location"], 100, PNG[100:], **{"X-HTTP-Method-Override": "PATCH"})
    assert last.status_code == 204
    whole = client.post(ROUTE, content=PNG, headers={**BYTES, "Upload-Length": str(len(PNG))})
    assert (whole.status_code, whole.headers["Upload-Offset"]) == (201, str(len(PNG)))
    assert whole.headers["X-Job-Id"] != last.headers["X-Job-Id"]
    by_post = client.post(
        begin(client), content=PNG, headers={**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    )
    assert by_post.status_code == 204


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # which takes no larger number than 2**63
def test_bytes_at_another_place_are_refused(client: TestClient, resources: Resources) -> None:
    place = begin(client)
    send(client, place, 0, PNG[:5000])
    for offset in (0, 4999, 5001, 10**20):
        answer = send(client, place, offset, b"x")
        assert (answer.status_code, code(answer)) == (409, "OFFSET_MISMATCH")
        assert answer.json()["error"]["details"] == {"offset": 5000}
    beyond = send(client, place, 5000, PNG)
    assert (beyond.status_code, code(beyond)) == (400, "MALFORMED_UPLOAD")
    assert offset_of(client, place) == 5000
    plain = client.patch(place, content=b"x", headers={**TUS, "Upload-Offset": "5000"})
    assert (plain.status_code, code(plain)) == (415, "INVALID_MIME_TYPE")


def test_a_part_with_another_checksum_is_not_kept(client: TestClient, resources: Resources) -> None:
    place, first = begin(client), PNG[:9000]  # more than one stored part
    digest = base64.b64encode(hashlib.sha256(first).digest()).decode()
    wrong = send(client, place, 0, first[:-1] + b"x", **{"Upload-Checksum": f"sha256 {digest}"})
    assert (wrong.status_code, code(wrong)) == (460, "CHECKSUM_MISMATCH")
    assert offset_of(client, place) == 0
    assert keys(resources) == []
    unknown = send(client, place, 0, first, **{"Upload-Checksum": f"md5 {digest}"})
    assert (unknown.status_code, code(unknown)) == (400, "MALFORMED_UPLOAD")
    right = send(client, place, 0, first, **{"Upload-Checksum": f"sha256 {digest}"})
    assert (right.status_code, right.headers["Upload-Offset"]) == (204, "9000")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_upload_whose_address_nobody_learned_does_not_stay(
    client: TestClient, resources: Resources
) -> None:
    bad = {**BYTES, "Upload-Length": str(len(PNG)), "Upload-Checksum": f"sha256 {encoded('x' * 32)}"}
    for wrong, body in ((bad, PNG[:5000]), ({**bad, "Upload-Length": "9"}, PNG)):
        assert client.post(ROUTE, content=body, headers=wrong).status_code in (460, 400)
    assert (rows(resources, ResumableUpload), keys(resources)) == (0, [])
    keyed = {**bad, "Idempotency-Key": "once"}
    assert client.post(ROUTE, content=PNG[:5000], headers=keyed).status_code == 460
    again = client.post(ROUTE, content=PNG[:5000], headers=keyed)
    assert (again.status_code, again.headers["upload-offset"]) == (201, "0")
    assert send(client, again.headers["location"], 0, PNG).headers["x-job-id"]


def test_a_wrong_file_is_refused_by_its_first_bytes(client: TestClient, resources: Resources) -> None:
    place = begin(client, b"<html>" * 1000)
    answer = send(client, place, 0, b"<html>" * 700)
    assert (answer.status_code, code(answer)) == (415, "INVALID_MAGIC_BYTES")
    assert client.head(place, headers=TUS).status_code == 404, "there is nothing to go on with"
    short = begin(client, b"none")
    send(client, short, 0, b"no")
    answer = send(client, short, 2, b"ne")
    assert (answer.status_code, code(answer)) == (415, "INVALID_MAGIC_BYTES")
    assert keys(resources) == []
    assert rows(resources, ResumableUpload) == 0


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({"Upload-Length": "0"}, 400, "EMPTY_FILE"),
        ({"Upload-Length": str(2 * 1024**2)}, 413, "FILE_TOO_LARGE"),
        ({"Upload-Length": "many"}, 422, "VALIDATION_ERROR"),
        ({}, 422, "VALIDATION_ERROR"),
        ({"Upload-Length": "9", "Upload-Metadata": f"filename {encoded('a.exe')}"}, 415, "INVALID_EXTENSION"),
        ({"Upload-Length": "9", "Upload-Metadata": f"filename {encoded('../a')}"}, 400, "INVALID_FILENAME"),
        ({"Upload-Length": "9", "Upload-Metadata": "filename ***"}, 400, "MALFORMED_UPLOAD"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_the_beginning(
    make_resources: MakeResources, headers: dict[str, str], status: int, expected: str
) -> None:
    resources = make_resources(file={"max_upload_mb": 1})
    with world.serving(resources) as client:
        answer = client.post(ROUTE, headers={**TUS, **headers})
    assert (answer.status_code, code(answer)) == (status, expected)
    assert rows(resources, ResumableUpload) == 0


def test_quota_and_number_are_limited_before_bytes_arrive(make_resources: MakeResources) -> None:
    resources = make_resources(
        saas={"free_daily_uploads": 1, "require_auth": True},
        file={"resumable_most": 2},
        rate={"limit_rps": 0},
    )
    _, headers = world.account(resources, Tier.FREE)
    with world.serving(resources) as client:
        first, second = begin(client, **headers), begin(client, PNG + b"2", **headers)
        third = client.post(ROUTE, headers={**TUS, **headers, "Upload-Length": "9"})
        assert (third.status_code, code(third)) == (409, "TOO_MANY")
        assert send(client, first, 0, PNG, **headers).status_code == 204
        spent = client.post(ROUTE, headers={**TUS, **headers, "Upload-Length": "9"})
        assert (spent.status_code, code(spent)) == (429, "QUOTA_EXCEEDED")
        assert send(client, second, 0, PNG, **headers).status_code == 204
        last = send(client, second, len(PNG), b"2", **headers)
        assert (last.status_code, code(last)) == (429, "QUOTA_EXCEEDED")
        assert client.head(second, headers={**TUS, **headers}).headers["Upload-Offset"] == str(len(PNG)), (
            "it goes on tomorrow"
        )
    assert rows(resources, Job) == 1


def test_only_its_sender_sees_an_upload(client: TestClient, resources: Resources) -> None:
    _, mine = world.account(resources)
    _, others = world.account(resources)
    place = begin(client, **mine)
    unknown = f"{ROUTE}/0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"
    for headers in (others, {}):
        for call in (
            lambda where, headers=headers: send(client, where, 0, PNG, **headers),
            lambda where, headers=headers: client.get(where, headers=headers),
            lambda where, headers=headers: client.delete(where, headers={**TUS, **headers}),
        ):
            assert call(place).status_code == 404
            assert call(place).json()["error"] == call(unknown).json()["error"]
    assert client.get(place, headers=mine).json()["offset"] == 0
    visitors = begin(client)
    assert client.get(visitors, headers=mine).status_code == 404


def test_an_upload_is_given_up(client: TestClient, resources: Resources) -> None:
    place = begin(client)
    send(client, place, 0, PNG[:5000])
    assert keys(resources) == ["parts"]
    assert client.delete(place, headers=TUS).status_code == 204
    assert keys(resources) == []
    for answer in (client.head(place, headers=TUS), send(client, place, 5000, PNG[5000:])):
        assert answer.status_code == 404


def test_time_ends_an_upload_and_parts_lengthen_it(make_resources: MakeResources) -> None:
    clock = Clock(now())
    resources = make_resources(clock=clock, file={"resumable_hours": 2})
    with world.serving(resources) as client:
        place = begin(client)
        clock.time += timedelta(hours=1.5)
        send(client, place, 0, PNG[:5000])
        clock.time += timedelta(hours=1.5)
        assert sweep(resources).uploads_expired == 0
        assert offset_of(client, place) == 5000
        clock.time += timedelta(hours=1)
        answer = send(client, place, 5000, PNG[5000:])
        assert (answer.status_code, code(answer)) == (410, "EXPIRED")
        report = sweep(resources)
        assert report.uploads_expired == 1
        assert keys(resources) == []
        assert client.head(place, headers=TUS).status_code == 404


def test_parts_are_no_orphans_and_not_in_a_backup(
    client: TestClient, resources: Resources, tmp_path: Path
) -> None:
    place = begin(client)
    send(client, place, 0, PNG[:5000])
    with resources.store.writer("parts/gone/0-1") as writer:
        writer.write(b"x")
        writer.commit()
    later = replace(resources, clock=lambda: now() + timedelta(days=9))
    assert list(integrity.orphans(later)) == ["parts/gone/0-1"]
    with (tmp_path / "backup").open("wb") as out:
        made = dump.make(resources, out)
    assert made.files == 0
    assert made.missing == ()


def test_parts_go_with_their_account(client: TestClient, resources: Resources) -> None:
    owner, headers = world.account(resources)
    place = begin(client, **headers)
    send(client, place, 0, PNG[:5000], **headers)
    with resources.database.write() as session:
        keys_of_parts = repository.remove(session, repository.of_account(session, owner.id), now())
    assert len(keys_of_parts) == 1
    sweep(resources)
    assert keys(resources) == []


def test_parts_lie_in_an_object_store_too(make_resources: MakeResources) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        where = {"endpoint_url": f"http://{host}:{port}", "bucket": uuid.uuid4().hex}
        s3 = {**where, "access_key_id": "a", "secret_access_key": "b"}
        resources = make_resources(storage={"backend": "s3"}, s3=s3, rate={"limit_rps": 0})
        ensure_bucket(resources.settings)
        with world.serving(resources) as client:
            place = begin(client)
            send(client, place, 0, PNG[:5000])
            assert keys(resources) == ["parts"]
            job_id = send(client, place, 5000, PNG[5000:]).headers["X-Job-Id"]
        assert keys(resources) == ["uploads"]
        assert find_view(resources, None, job_id).job.sha256 == hashlib.sha256(PNG).hexdigest()
    finally:
        server.stop()


def test_of_two_senders_at_once_the_later_goes_on(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0})
    with listening(resources) as address, httpx.Client(base_url=address, timeout=20) as client:
        place = begin(client)
        arrived, go_on = threading.Event(), threading.Event()

        def slowly() -> Iterator[bytes]:
            yield PNG[:100]
            arrived.set()
            assert go_on.wait(20)
            yield PNG[100:6000]

        answers: list[httpx.Response] = []
        earlier = threading.Thread(target=lambda: answers.append(send(client, place, 0, slowly())))  # type: ignore[arg-type]
        earlier.start()
        assert arrived.wait(20)
        wait_until(lambda: _writer(resources) is not None, what="the first has begun")
        with httpx.Client(base_url=address, timeout=20) as other:
            assert send(other, place, 0, PNG[:3000]).status_code == 204
        go_on.set()
        earlier.join(20)
        assert [(one.status_code, code(one)) for one in answers] == [(409, "OFFSET_MISMATCH")]
        assert offset_of(client, place) == 3000
        assert send(client, place, 3000, PNG[3000:]).status_code == 204
    with resources.database.read() as session:
        job = session.scalars(select(Job)).one()
    assert job.sha256 == hashlib.sha256(PNG).hexdigest()


def test_what_arrived_before_the_line_broke_is_kept(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0})
    with listening(resources) as address, httpx.Client(base_url=address, timeout=20) as client:
        place = begin(client)

        partial = resources.settings.storage.data_dir / ".partial"

        def broken() -> Iterator[bytes]:
            yield PNG[:3000]  # less than a part
            wait_until(lambda: list(partial.iterdir()), what="the bytes are read")
            raise ConnectionError

        with pytest.raises(ConnectionError):
            send(client, place, 0, broken(), **{"Content-Length": str(len(PNG))})  # type: ignore[arg-type]
        wait_until(lambda: offset_of(client, place) == 3000, what="what arrived is kept")
        assert send(client, place, 3000, PNG[3000:]).status_code == 204


def _writer(resources: Resources) -> str | None:
    with resources.database.read() as session:
        return session.scalar(select(ResumableUpload.writer))
