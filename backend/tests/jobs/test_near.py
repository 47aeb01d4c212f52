"""An account's files that show the same as one of them: found by real fingerprints of real copies."""

from __future__ import annotations

import io
import json
import random
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import api_world as world
import cv2
import numpy as np
import pytest
import skimage.data
from example_results import example
from fastapi.testclient import TestClient
from pypdf import PdfReader
from service_parts import MakeResources
from sqlalchemy import func, select
from workspace_world import Person, join

from deepshield.domain import fingerprints as domain
from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.domain.roles import Role
from deepshield.jobs import lease as leases
from deepshield.jobs import share
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.repositories import jobs
from deepshield.persistence.tables import Fingerprint, FingerprintPiece
from deepshield.resources import Resources
from detector.contracts import Image, Limits
from detector.fingerprint import Form, fingerprint
from detector.media import open_media

pytestmark = pytest.mark.integration

Change = Callable[[Image], Image]


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(rate={"limit_rps": 0})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


def portrait() -> Image:
    return np.ascontiguousarray(skimage.data.astronaut(), np.uint8)


def print_of(rgb: Image, time: float = 0.0) -> FramePrint:
    found = fingerprint(np.ascontiguousarray(rgb))
    return FramePrint(time, found.quality, "".join(f"{number:064x}" for number in found.hashes))


def analysed(
    resources: Resources,
    owner: Owner | None,
    prints: Sequence[FramePrint],
    name: str = "a.jpg",
    sha256: str | None = None,
) -> str:
    """Let a worker complete the analysis of a file with these fingerprints; return its job."""
    kind = MediaKind.IMAGE if len(prints) == 1 else MediaKind.VIDEO
    sha256 = sha256 or uuid.uuid4().hex * 2
    key = f"uploads/{uuid.uuid4().hex}"
    job, _ = submit(resources, owner, Submission(kind, name, None, 9, sha256, key), reuse=False)
    lease = leases.claim(resources, job.id, "worker-1")
    assert lease is not None
    assert leases.finish(resources, lease, example(), [], None, prints)
    return job.id


def near(client: TestClient, job_id: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.get(f"/api/jobs/{job_id}/near", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def recompressed(rgb: Image) -> Image:
    _, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize(
    ("change", "form"),
    [
        (recompressed, "upright"),
        (lambda rgb: cv2.resize(rgb, (200, 200), interpolation=cv2.INTER_AREA), "upright"),
        (lambda rgb: rgb[5:-5, 5:-5], "upright"),
        (lambda rgb: recompressed(rgb[:, ::-1]), "mirrored"),
        (lambda rgb: recompressed(np.rot90(rgb)), "turned_90"),
    ],
    ids=["recompressed", "resized", "cropped", "mirrored", "turned"],
)
def test_a_copy_of_a_picture_is_found(
    service: Resources, client: TestClient, change: Change, form: str
) -> None:
    owner, headers = world.account(service)
    first = analysed(service, owner, [print_of(portrait())], "first.jpg")
    analysed(service, owner, [print_of(np.asarray(skimage.data.coffee(), np.uint8))], "coffee.jpg")
    second = analysed(service, owner, [print_of(change(portrait()))])
    found = near(client, second, headers)
    assert found["compared"] == "all"
    (copy,) = found["copies"]
    assert copy["job_id"] == first
    assert copy["original_filename"] == "first.jpg"
    assert copy["verdict"] == example().verdict
    assert not copy["same_file"]
    assert copy["shared"]["form"] == form
    assert copy["shared"]["bits"] <= 31
    assert [one["job_id"] for one in near(client, first, headers)["copies"]] == [second], "both ways"


def film(path: Path, shots: range, size: int) -> Path:
    """Write a film of a shot a second at 10 frames per second, each another part of a picture."""
    import av

    picture = np.asarray(skimage.data.astronaut(), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for frame in (frame for shot in shots for frame in [shot] * 10):
            left, top = 37 * frame % 256, 61 * frame % 256
            part = np.ascontiguousarray(picture[top : top + 256, left : left + 256])
            rgb = np.asarray(cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def prints_of(path: Path) -> list[FramePrint]:
    with open_media(path, 32, Limits()) as media:
        return [print_of(frame.rgb, frame.timestamp_ms) for frame in media.frames()]


def test_a_clip_is_found_in_half_its_size_and_by_an_excerpt(
    service: Resources, client: TestClient, tmp_path: Path
) -> None:
    owner, headers = world.account(service)
    whole = analysed(service, owner, prints_of(film(tmp_path / "a.mp4", range(12), 256)), "whole.mp4")
    analysed(service, owner, prints_of(film(tmp_path / "b.mp4", range(20, 32), 256)), "other.mp4")
    small = analysed(service, owner, prints_of(film(tmp_path / "c.mp4", range(12), 128)))
    (copy,) = near(client, small, headers)["copies"]
    assert copy["job_id"] == whole
    assert copy["shared"]["matched"] == copy["shared"]["frames"] == 32
    excerpt = analysed(service, owner, prints_of(film(tmp_path / "d.mp4", range(4, 7), 128)))
    copies = near(client, excerpt, headers)["copies"]
    assert {one["job_id"] for one in copies} == {whole, small}
    for one in copies:
        assert one["shared"]["matched"] == one["shared"]["frames"]
        assert 6 <= one["shared"]["matched_there"] <= 10, "a quarter of the frames of the whole"
    still = analysed(service, owner, prints_of(tmp_path / "a.mp4")[5:6], "still.jpg")
    assert whole in {one["job_id"] for one in near(client, still, headers)["copies"]}


def test_only_files_of_the_same_account_are_found(service: Resources, client: TestClient) -> None:
    (owner, headers), (other, others) = world.account(service), world.account(service)
    prints = [print_of(portrait())]
    mine = analysed(service, owner, prints, sha256="a" * 64)
    theirs = analysed(service, other, prints, sha256="a" * 64)
    visitors = [analysed(service, None, prints, sha256="a" * 64) for _ in range(2)]
    assert near(client, mine, headers) == {"compared": "all", "copies": []}
    assert near(client, theirs, others) == {"compared": "all", "copies": []}
    assert near(client, visitors[0], {}) == {"compared": "nothing", "copies": []}
    assert near(client, visitors[0], headers) == {"compared": "nothing", "copies": []}
    assert client.get(f"/api/jobs/{mine}/near", headers=others).status_code == 404
    assert client.get(f"/api/jobs/{mine}/near").status_code == 404


def test_members_of_a_workspace_find_its_files_and_not_their_own(
    service: Resources, client: TestClient
) -> None:
    ada, grace = Person.new(service, client), Person.new(service, client)
    space = ada.make()
    there = join(service, space, grace, Role.VIEWER)
    prints, same = [print_of(portrait())], "c" * 64
    analysed(service, ada.owner, prints, "own.jpg", same)
    first = analysed(service, ada.within(space), prints, "first.jpg", same)
    second = analysed(service, ada.within(space), prints, "second.jpg")
    assert there.role is Role.VIEWER
    assert [one["job_id"] for one in grace.ask("GET", f"/jobs/{second}/near", space).json()["copies"]] == [
        first
    ]
    assert [one["job_id"] for one in ada.ask("GET", f"/jobs/{first}/near", space).json()["copies"]] == [
        second
    ]
    assert grace.ask("GET", f"/jobs/{second}/near").status_code == 404


def test_the_same_bytes_are_found_without_a_fingerprint(service: Resources, client: TestClient) -> None:
    owner, headers = world.account(service)
    old = analysed(service, owner, [], "old.mp4", sha256="b" * 64)
    new = analysed(service, owner, [print_of(portrait())], "new.jpg", sha256="b" * 64)
    assert near(client, old, headers)["compared"] == "same_bytes"
    (copy,) = near(client, old, headers)["copies"]
    assert copy["job_id"] == new
    assert copy["same_file"]
    assert copy["shared"] is None


def test_readers_of_a_link_are_shown_no_other_files(service: Resources, client: TestClient) -> None:
    owner, _ = world.account(service)
    analysed(service, owner, [print_of(portrait())], "secret.jpg")
    job_id = analysed(service, owner, [print_of(portrait())], "shown.jpg")
    token = share.create(service, owner, job_id).token
    headers = {"X-Share-Token": token}
    assert client.get("/api/shared", headers=headers).status_code == 200
    assert "secret.jpg" not in client.get("/api/shared", headers=headers).text
    assert "secret.jpg" not in read(client.get("/api/shared/report.pdf", headers=headers).content)
    assert client.get(f"/api/jobs/{job_id}/near", headers=headers).status_code == 404


def read(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_report_and_evidence_of_the_owner_have_it(service: Resources, client: TestClient) -> None:
    owner, headers = world.account(service)
    analysed(service, owner, [print_of(portrait())], "first.jpg")
    job_id = analysed(service, owner, [print_of(recompressed(portrait()))], "second.jpg")
    report = client.get(f"/api/jobs/{job_id}/report.pdf", headers=headers)
    assert report.status_code == 200, report.text
    assert "near copy of first.jpg" in read(report.content)
    package = client.get(f"/api/jobs/{job_id}/evidence.zip", headers=headers).content
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        (frame,) = json.loads(opened.read("fingerprint.json"))["frames"]
    assert frame["pdq"] == print_of(recompressed(portrait())).hash


def test_a_fingerprint_goes_with_its_job(service: Resources) -> None:
    owner, _ = world.account(service)
    job_id = analysed(service, owner, [print_of(portrait())])
    with service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(FingerprintPiece)) == 16
    with service.database.write() as session:
        assert jobs.remove(session, [job_id])
    with service.database.read() as session:
        for table in (Fingerprint, FingerprintPiece):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_near_copy_at_the_limit_is_found_and_one_beyond_it_is_not(
    service: Resources, client: TestClient
) -> None:
    """Bits that differ in every one of the 16 pieces: two in each but one."""
    owner, headers = world.account(service)
    base = print_of(portrait())
    spread = sum(1 << 16 * piece + bit for piece in range(16) for bit in (3, 9)) & ~(1 << 3)
    assert spread.bit_count() == 31
    for differing, found in ((spread, True), (spread | 1 << 3, False)):
        changed = f"{int(base.hash, 16) ^ differing:064x}" + base.hashes[64:]
        other = analysed(service, owner, [FramePrint(0.0, 100, changed)])
        wanted = analysed(service, owner, [base])
        copies = {one["job_id"] for one in near(client, wanted, headers)["copies"]}
        assert (other in copies) is found


def test_forms_are_the_detectors() -> None:
    assert [form.value for form in domain.Form] == [form.value for form in Form]


@pytest.mark.parametrize(
    "fields", [(0.0, 100, "0" * 511), (0.0, 101, "0" * 512), (-1.0, 50, "0" * 512), (0.0, 50, "G" * 512)]
)
def test_what_is_no_fingerprint_is_refused(fields: tuple[float, int, str]) -> None:
    with pytest.raises(ValueError, match="a fingerprint has"):
        FramePrint(*fields)


@pytest.mark.parametrize("bits", [0, 8, 24, 31, 60])
def test_files_are_compared_as_if_every_frame_were(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    """Files without two alike frames that share a piece are left out early; no match is lost by that."""
    drawn = random.Random(bits)
    film = [drawn.getrandbits(256) for _ in range(32)]
    turned = ["".join(f"{drawn.getrandbits(256):064x}" for _ in range(7)) for _ in film]
    prints = [FramePrint(0, 90, f"{one:064x}{rest}") for one, rest in zip(film, turned, strict=True)]
    changed = [sum(1 << bit for bit in drawn.sample(range(256), bits)) ^ one for one in film[:8]]
    strange = [drawn.getrandbits(256) for _ in range(32)]
    early = [domain.Compare(prints).with_file(others) for others in (changed, strange)]
    monkeypatch.setattr(domain, "SEVERAL", 1000)
    assert early == [domain.Compare(prints).with_file(others) for others in (changed, strange)]
    assert (early[0] is not None) == (bits <= domain.MOST_BITS)
    assert early[1] is None
