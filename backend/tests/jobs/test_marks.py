"""A face that a reader marks in a completed job's file is a job of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import api_world as world
import pytest
from example_results import example
from fastapi.testclient import TestClient
from service_parts import MakeResources

from deepshield.domain import marks as domain
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.domain.marks import Mark
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.jobs import lease as leases
from deepshield.jobs import marks as marking
from deepshield.jobs.cancel import delete
from deepshield.jobs.copying import submission_over
from deepshield.jobs.marks import mark_face, marked_faces
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.repositories import audit, jobs
from deepshield.resources import Resources
from detector.contracts import SMALLEST_FACE_PX

pytestmark = pytest.mark.integration

FACE = (10.0, 20.0, 60.0, 80.0)
CLIP = {"type": "video", "width": 640, "height": 360, "duration_ms": 4000.0, "frame_count": 100}


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(rate={"limit_rps": 0})


@pytest.fixture
def for_accounts(make_resources: MakeResources) -> Resources:
    """A service where accounts are required, and have two analyses a day."""
    return make_resources(rate={"limit_rps": 0}, saas={"require_auth": True, "free_daily_uploads": 2})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


def clip(resources: Resources, owner: Owner | None = None) -> str:
    media = {**example().media.model_dump(mode="json"), **CLIP}
    return world.completed(resources, owner, media=media)


def uploads(resources: Resources) -> int:
    return sum(1 for _ in resources.store.list("uploads/"))


def refused(call: Any, *args: Any) -> Code:
    with pytest.raises(DeepShieldError) as refusal:
        call(*args)
    return refusal.value.code


def test_the_smallest_face_is_what_the_detector_looks_for() -> None:
    assert domain.SMALLEST_PX == SMALLEST_FACE_PX


def test_a_marked_face_is_a_job_with_a_copy_of_the_file(service: Resources) -> None:
    job_id = clip(service)
    marked = mark_face(service, None, job_id, Mark(FACE, 1_200.0))
    lease = leases.claim(service, marked.id, "worker")
    assert lease is not None
    assert lease.mark == Mark(FACE, 1_200.0)
    assert lease.kind is MediaKind.VIDEO
    with service.database.read() as session:
        parent = jobs.get(session, job_id)
        log = [(entry.action, entry.details) for entry in audit.of_subject(session, marked.id)]
    assert log == [("job.accepted", {"copy_of": job_id})]
    assert parent is not None
    assert parent.upload_key != lease.upload_key
    assert b"".join(service.store.read(lease.upload_key)) == world.PICTURE
    assert lease.sha256 == parent.sha256


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        (Mark((-1.0, 0.0, 50.0, 50.0), 0.0), Code.MARK_OUTSIDE),
        (Mark((600.0, 0.0, 641.0, 50.0), 0.0), Code.MARK_OUTSIDE),
        (Mark((50.0, 50.0, 0.0, 0.0), 0.0), Code.MARK_OUTSIDE),
        (Mark(FACE, 4_001.0), Code.MARK_OUTSIDE),
        (Mark(FACE, -1.0), Code.MARK_OUTSIDE),
        (Mark(FACE, None, 100), Code.MARK_OUTSIDE),
        (Mark((0.0, 0.0, 39.9, 100.0), 0.0), Code.MARK_TOO_SMALL),
        (Mark((0.0, 0.0, 100.0, 39.9), 0.0), Code.MARK_TOO_SMALL),
    ],
)
def test_what_cannot_be_marked_is_refused_and_leaves_nothing(
    service: Resources, mark: Mark, code: Code
) -> None:
    job_id = clip(service)
    assert refused(mark_face, service, None, job_id, mark) is code
    assert uploads(service) == 1


def test_only_a_completed_analysis_of_a_whole_file_has_faces_to_mark(service: Resources) -> None:
    for state, job_id in world.in_every_state(service).items():
        if state != "COMPLETED":
            assert refused(mark_face, service, None, job_id, Mark(FACE, 0.0)) is Code.CONFLICT
    marked = mark_face(service, None, clip(service), Mark(FACE, 0.0))
    lease = leases.claim(service, marked.id, "worker")
    assert lease is not None
    world.finish(service, lease)
    assert refused(mark_face, service, None, marked.id, Mark(FACE, 0.0)) is Code.CONFLICT


def test_without_the_upload_the_reader_is_asked_to_send_it_again(service: Resources) -> None:
    job_id = clip(service)
    with service.database.write() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        job.upload_key = None
    assert refused(mark_face, service, None, job_id, Mark(FACE, 0.0)) is Code.EXPIRED


def test_a_file_that_is_deleted_while_it_is_copied_does_not_live_on_in_the_copy(
    service: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = clip(service)

    def copied(*args: Any) -> Submission:
        copy = submission_over(*args)
        delete(service, job_id)
        return copy

    monkeypatch.setattr(marking, "submission_over", copied)
    assert refused(mark_face, service, None, job_id, Mark(FACE, 0.0)) is Code.EXPIRED
    assert uploads(service) == 0


def test_a_mark_is_charged_and_refused_like_an_analysis(for_accounts: Resources) -> None:
    owner, headers = world.account(for_accounts, Tier.FREE)
    job_id = clip(for_accounts, owner)
    body = {"box": list(FACE), "timestamp_ms": 0}
    with world.serving(for_accounts) as client:
        accepted = client.post(f"/api/jobs/{job_id}/marks", json=body, headers=headers)
    assert accepted.headers["X-RateLimit-Remaining"] == "0"
    assert refused(mark_face, for_accounts, owner, job_id, Mark(FACE, 0.0)) is Code.QUOTA_EXCEEDED
    assert uploads(for_accounts) == 2, "the copy for a refused mark is deleted"


def test_the_same_upload_again_is_not_answered_with_a_marked_face(service: Resources) -> None:
    owner, _ = world.account(service)
    job_id = clip(service, owner)
    marked = mark_face(service, owner, job_id, Mark(FACE, 0.0))
    again = Submission(MediaKind.VIDEO, "clip.mp4", "video/mp4", 1, marked.sha256, "uploads/again")
    for state in ("QUEUED", "COMPLETED"):
        if state == "COMPLETED":
            lease = leases.claim(service, marked.id, "worker")
            assert lease is not None
            world.finish(service, lease)
            with service.database.write() as session:
                assert jobs.remove(session, [job_id])
        job, _ = submit(service, owner, again)
        assert job.id != marked.id
        with service.database.write() as session:
            jobs.cancel(session, job.id, service.clock())


def test_the_marks_of_a_file_are_listed_with_what_became_of_them(
    service: Resources, client: TestClient
) -> None:
    owner, headers = world.account(service, Tier.FREE)
    job_id = clip(service, owner)
    body = {"box": list(FACE), "timestamp_ms": 1_200}
    accepted = client.post(f"/api/jobs/{job_id}/marks", json=body, headers=headers)
    assert accepted.status_code == 200
    marked = accepted.json()["job_id"]
    (listed,) = client.get(f"/api/jobs/{job_id}/marks", headers=headers).json()["marks"]
    assert (listed["job_id"], listed["state"], listed["verdict"]) == (marked, "QUEUED", None)
    assert (listed["box"], listed["timestamp_ms"]) == (list(FACE), 1_200)
    lease = leases.claim(service, marked, "worker")
    assert lease is not None
    world.finish(service, lease)
    (listed,) = client.get(f"/api/jobs/{job_id}/marks", headers=headers).json()["marks"]
    assert (listed["state"], listed["verdict"]) == ("COMPLETED", "manipulated")
    result = client.get(f"/api/results/{marked}", headers=headers).json()
    assert result["marked_from"] == job_id
    assert client.get(f"/api/results/{job_id}", headers=headers).json()["marked_from"] is None
    history = client.get("/api/jobs/me", headers=headers).json()["jobs"]
    assert {one["job_id"]: one["marked"] for one in history} == {marked: True, job_id: False}


def test_marks_on_a_visitors_file_are_shown_to_those_who_may_open_them(service: Resources) -> None:
    owner, _ = world.account(service)
    job_id = clip(service)
    mark_face(service, owner, job_id, Mark(FACE, 0.0))
    assert len(marked_faces(service, owner, job_id)) == 1
    assert marked_faces(service, None, job_id) == []


def test_readers_of_a_link_learn_of_no_other_job(service: Resources, client: TestClient) -> None:
    job_id = clip(service)
    marked = mark_face(service, None, job_id, Mark(FACE, 0.0)).id
    lease = leases.claim(service, marked, "worker")
    assert lease is not None
    world.finish(service, lease)
    token = client.post(f"/api/jobs/{marked}/share").json()["token"]
    shared = client.get("/api/shared", headers={"X-Share-Token": token})
    assert job_id not in shared.text
    assert shared.json()["upload_kept"] is False


def test_deleting_a_result_deletes_what_was_marked_in_its_file(
    service: Resources, client: TestClient
) -> None:
    job_id = clip(service)
    waiting = mark_face(service, None, job_id, Mark(FACE, 0.0)).id
    done = mark_face(service, None, job_id, Mark(FACE, 40.0)).id
    lease = leases.claim(service, done, "worker")
    assert lease is not None
    world.finish(service, lease)
    assert client.delete(f"/api/jobs/{job_id}").status_code == 200
    for one in (job_id, waiting, done):
        assert client.get(f"/api/results/{one}").status_code == 404
    assert list(service.store.list("")) == []


def test_a_visitors_file_is_marked_by_who_holds_its_secret(service: Resources, client: TestClient) -> None:
    sent = client.post("/api/analyze-image", files={"file": ("a.png", world.PICTURE, "image/png")}).json()
    lease = leases.claim(service, sent["job_id"], "worker")
    assert lease is not None
    world.finish(service, lease)
    body = {"box": [0, 0, 50, 50]}
    path, secret = f"/api/jobs/{sent['job_id']}/marks", {"X-Owner-Secret": sent["owner_secret"]}
    refused = client.post(path, json=body)
    assert refused.json()["error"]["error_code"] == "OWNER_SECRET_REQUIRED"
    marked = client.post(path, json=body, headers=secret).json()["job_id"]
    assert client.delete(f"/api/jobs/{marked}").status_code == refused.status_code
    assert client.delete(f"/api/jobs/{marked}", headers=secret).status_code == 200
