"""A stored upload becomes a job, or is deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import api_world as world
import pytest
from example_results import example
from service_parts import MakeResources
from sqlalchemy.exc import OperationalError

from deepshield.accounts.quota import todays_allowance
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind, State
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.intake.receive import Received, received
from deepshield.intake.upload_writer import UploadWriter
from deepshield.jobs import lease
from deepshield.jobs import submit as submitting
from deepshield.jobs.accept import accept
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.storage import StorageError

pytestmark = pytest.mark.integration


def upload(resources: Resources, data: bytes = world.PICTURE) -> Received:
    writer = UploadWriter(resources.store, MediaKind.IMAGE, 10**6)
    writer.write(data)
    return received(writer.finish(), "a.png", "image/png")


def keys(resources: Resources) -> list[str]:
    return [info.key for info in resources.store.list("uploads/")]


def complete(resources: Resources, job_id: str) -> None:
    held = lease.claim(resources, job_id, "test")
    assert held
    bundle = served_bundle(resources)
    result = example().model_copy(update={"decision_threshold": bundle.threshold})
    assert lease.finish(resources, held, result, [], bundle.facts)


def completed(resources: Resources, owner: Owner | None) -> Job:
    job, _ = accept(resources, owner, upload(resources), request_id=None)
    complete(resources, job.id)
    return job


def test_a_job_keeps_its_upload_and_what_is_known_of_it(resources: Resources) -> None:
    stored = upload(resources)
    job, reused = accept(resources, None, stored, request_id="request-1")
    assert not reused
    assert keys(resources) == [job.upload_key] == [stored.upload_key]
    assert (job.original_filename, job.original_content_type, job.request_id) == (
        "a.png",
        "image/png",
        "request-1",
    )
    assert (job.stored_size_bytes, job.sha256) == (len(world.PICTURE), stored.sha256)


def test_the_same_bytes_again_are_answered_and_not_kept(resources: Resources) -> None:
    owner, _ = world.account(resources)
    first = completed(resources, owner)
    again, reused = accept(resources, owner, upload(resources), request_id=None)
    assert (again.id, reused) == (first.id, True)
    with resources.database.read() as session:
        entry = audit.of_subject(session, first.id)[-1]
    assert (entry.action, entry.actor) == ("upload.reused", owner.id)
    assert entry.details is None, "hashes of files are forgotten with them"
    assert keys(resources) == [first.upload_key]
    other, reused = accept(resources, owner, upload(resources), request_id=None, reuse=False)
    assert (other.id != first.id, reused) == (True, False)


@pytest.mark.parametrize("limit", [1, 20])
def test_equal_uploads_at_once_make_one_job_and_one_charge(make_resources: MakeResources, limit: int) -> None:
    resources = make_resources(saas={"require_auth": True, "free_daily_uploads": limit})
    owner, _ = world.account(resources, Tier.FREE)
    uploads = [upload(resources) for _ in range(8)]
    together = Barrier(len(uploads))

    def send(received: Received) -> tuple[Job, bool]:
        together.wait()
        return accept(resources, owner, received, request_id=None)

    with ThreadPoolExecutor(len(uploads)) as threads:
        answers = list(threads.map(send, uploads))
    assert len({job.id for job, _ in answers}) == 1
    assert sorted(reused for _, reused in answers) == [False] + [True] * 7
    assert todays_allowance(resources, owner).used == 1
    assert keys(resources) == [answers[0][0].upload_key]
    assert len(resources.announcer.announced) == 1  # type: ignore[attr-defined]


def test_an_equal_upload_joins_a_job_until_that_has_failed(resources: Resources) -> None:
    owner, _ = world.account(resources)
    first, _ = accept(resources, owner, upload(resources), request_id=None)
    held = lease.claim(resources, first.id, "test")
    assert held
    joined, reused = accept(resources, owner, upload(resources), request_id=None)
    assert (joined.id, joined.state, reused) == (first.id, State.RUNNING, True)
    other, reused = accept(resources, owner, upload(resources, world.PICTURE + b"."), request_id=None)
    assert (other.id != first.id, reused) == (True, False)
    lease.fail(resources, held, Code.IMAGE_DECODE_ERROR, "Damaged.")
    assert not accept(resources, owner, upload(resources), request_id=None)[1]


def test_who_wants_another_analysis_gets_one_while_the_first_is_under_way(resources: Resources) -> None:
    owner, _ = world.account(resources)
    first, _ = accept(resources, owner, upload(resources), request_id=None)
    again, reused = accept(resources, owner, upload(resources), request_id=None, reuse=False)
    assert (again.id != first.id, reused) == (True, False)


def test_somebody_elses_and_nobodys_analyses_are_not_reused(resources: Resources) -> None:
    stranger, _ = world.account(resources)
    owner, _ = world.account(resources)
    completed(resources, stranger)
    completed(resources, None)
    assert not accept(resources, owner, upload(resources), request_id=None)[1]
    assert not accept(resources, None, upload(resources), request_id=None)[1]


def test_a_refused_upload_is_deleted(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True, "free_daily_uploads": 0})
    owner, _ = world.account(resources, Tier.FREE)
    with pytest.raises(DeepShieldError) as caught:
        accept(resources, owner, upload(resources), request_id=None)
    assert caught.value.code is Code.QUOTA_EXCEEDED
    assert keys(resources) == []


def test_a_refused_upload_that_cannot_be_deleted_now_is_noted(
    make_resources: MakeResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepshield.jobs.sweep import sweep

    resources = make_resources(saas={"require_auth": True, "free_daily_uploads": 0})
    owner, _ = world.account(resources, Tier.FREE)

    def fail(_: str) -> None:
        raise StorageError("away")

    monkeypatch.setattr(resources.store, "delete", fail)
    with pytest.raises(DeepShieldError):
        accept(resources, owner, upload(resources), request_id=None)
    monkeypatch.undo()
    assert len(keys(resources)) == 1
    sweep(resources)
    assert keys(resources) == []


def test_an_upload_stays_while_it_is_not_known_whether_its_job_was_recorded(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> bool:
        raise OperationalError("COMMIT", {}, ConnectionError())

    monkeypatch.setattr(resources.announcer, "announce", lambda *_: False)
    monkeypatch.setattr(submitting.jobs, "mark_unsent", away)
    with pytest.raises(OperationalError):
        accept(resources, None, upload(resources), request_id=None)
    assert len(keys(resources)) == 1


def test_quota_and_reuse_are_told_by_the_route(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True, "free_daily_uploads": 1})
    _, headers = world.account(resources, Tier.FREE)
    file = {"file": ("a.png", world.PICTURE, "image/png")}
    with world.serving(resources) as client:
        first = client.post("/api/analyze-image", files=file, headers=headers)
        assert first.status_code == 200, first.text
        assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("1", "0")
        complete(resources, first.json()["job_id"])
        again = client.post("/api/analyze-image", files=file, headers=headers).json()
        assert (again["job_id"], again["reused"], again["state"]) == (
            first.json()["job_id"],
            True,
            "COMPLETED",
        )
        refused = client.post("/api/analyze-image?reuse=false", files=file, headers=headers)
        assert (refused.status_code, refused.json()["error"]["error_code"]) == (429, "QUOTA_EXCEEDED")
        assert int(refused.headers["Retry-After"]) > 0
    assert len(keys(resources)) == 1


def test_where_accounts_are_required_nothing_is_read_without_one(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True})
    file = {"file": ("a.png", world.PICTURE, "image/png")}
    with world.serving(resources) as client:
        for route in ("analyze-image", "predict"):
            assert client.post(f"/api/{route}", files=file).status_code == 401
        assert client.post("/api/analyze-url", json={"file_url": "http://example.org"}).status_code == 401
    assert keys(resources) == []
