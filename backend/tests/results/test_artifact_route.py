"""Files of a result: whole, in part, safe to show, and for their owner alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from example_results import example
from fastapi.testclient import TestClient

from deepshield.api.app import create_app
from deepshield.api.http.byte_range import ByteRange, UnsatisfiableRangeError, parse_range
from deepshield.domain.facts import StoredArtifact
from deepshield.domain.jobs import MediaKind
from deepshield.jobs import lease
from deepshield.jobs.submit import Submission, submit

if TYPE_CHECKING:
    from deepshield.resources import Resources

pytestmark = pytest.mark.api

FILM = bytes(range(256)) * 40
FILES = {
    "preview.mp4": ("video/mp4", FILM),
    "moment-1-overlay.png": ("image/png", b"\x89PNG"),
    "odd name \u00e9.html": ("text/html", b"<script>alert(1)</script>"),
    "empty.png": ("image/png", b""),
}


@pytest.fixture
def job_id(resources: Resources) -> str:
    submission = Submission(MediaKind.VIDEO, "a.mp4", None, 1, "0" * 64, "uploads/one")
    job, _ = submit(resources, None, submission)
    held = lease.claim(resources, job.id, "test")
    assert held
    artifacts = []
    for number, (name, (kind, data)) in enumerate(FILES.items()):
        key = f"artifacts/{job.id}/{held.token}/{number}"
        with resources.store.writer(key) as writer:
            writer.write(data)
            writer.commit()
        artifacts.append(StoredArtifact(name, key, kind, len(data), hashlib.sha256(data).hexdigest()))
    assert lease.finish(resources, held, example("no_face"), artifacts, None)
    return job.id


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with TestClient(create_app(resources.settings, lambda _: resources)) as client:
        yield client


def test_a_file_comes_whole_and_is_never_kept(client: TestClient, job_id: str) -> None:
    response = client.get(f"/api/artifacts/{job_id}/preview.mp4")
    assert (response.status_code, response.content) == (200, FILM)
    expected = {
        "content-type": "video/mp4",
        "content-length": str(len(FILM)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "content-disposition": "inline; filename*=UTF-8''preview.mp4",
    }
    assert {name: response.headers[name] for name in expected} == expected
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=10000-", 10000, 10239),
        ("bytes=-5", 10235, 10239),
        ("bytes=10000-99999999", 10000, 10239),
    ],
)
def test_a_part_can_be_asked_for(client: TestClient, job_id: str, wanted: str, start: int, end: int) -> None:
    response = client.get(f"/api/artifacts/{job_id}/preview.mp4", headers={"Range": wanted})
    assert (response.status_code, response.content) == (206, FILM[start : end + 1])
    assert response.headers["content-range"] == f"bytes {start}-{end}/{len(FILM)}"


def test_a_part_behind_the_end_is_416(client: TestClient, job_id: str) -> None:
    response = client.get(f"/api/artifacts/{job_id}/preview.mp4", headers={"Range": "bytes=10240-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == "bytes */10240"
    assert response.json()["error"]["error_code"] == "VALIDATION_ERROR"


def test_a_part_is_only_of_the_file_that_it_was_begun_with(client: TestClient, job_id: str) -> None:
    path, part = f"/api/artifacts/{job_id}/preview.mp4", {"Range": "bytes=100-199"}
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={**part, "If-Range": tag}).content == FILM[100:200]
    for other in ('"another"', f"W/{tag}", "Mon, 30 Nov 2026 10:00:00 GMT"):
        whole = client.get(path, headers={**part, "If-Range": other})
        assert (whole.status_code, whole.content) == (200, FILM), other
    known = client.get(path, headers={**part, "If-None-Match": f'"x", W/{tag}'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)


def test_head_has_no_parts(client: TestClient, job_id: str) -> None:
    head = client.head(f"/api/artifacts/{job_id}/preview.mp4", headers={"Range": "bytes=0-3"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(FILM)))
    assert "content-range" not in head.headers


@pytest.mark.parametrize(
    "wanted", ["", "bytes=", "bytes=-", "bytes=0-1,5-9", "lines=1-2", "bytes=9-1", "bytes=x-1"]
)
def test_a_range_that_is_not_understood_is_passed_over(wanted: str) -> None:
    assert parse_range(wanted, 100) is None


def test_the_range_of_nothing_cannot_be_satisfied() -> None:
    for wanted in ("bytes=0-", "bytes=-1", "bytes=-0"):
        with pytest.raises(UnsatisfiableRangeError):
            parse_range(wanted, 0)
    assert parse_range("bytes=-1000", 10) == ByteRange(0, 9)


def test_an_empty_file_is_a_file(client: TestClient, job_id: str) -> None:
    response = client.get(f"/api/artifacts/{job_id}/empty.png")
    assert (response.status_code, response.content) == (200, b"")


def test_what_a_browser_might_run_is_only_saved(client: TestClient, job_id: str) -> None:
    response = client.get(f"/api/artifacts/{job_id}/odd name \u00e9.html")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''odd%20name%20%C3%A9.html"


@pytest.mark.parametrize("name", ["absent.png", "..%2f..%2fdeepshield.db", "%00", "preview.mp4%00"])
def test_another_name_is_404(client: TestClient, job_id: str, name: str) -> None:
    assert client.get(f"/api/artifacts/{job_id}/{name}").status_code == 404
    assert client.get(f"/api/artifacts/0b7c1f0e/{name}").status_code == 404


def test_a_file_that_is_gone_from_storage_is_410(
    client: TestClient, resources: Resources, job_id: str
) -> None:
    for info in list(resources.store.list("artifacts/")):
        resources.store.delete(info.key)
    response = client.get(f"/api/artifacts/{job_id}/preview.mp4")
    assert (response.status_code, response.json()["error"]["error_code"]) == (410, "EXPIRED")
