"""A preview that is made later: for the asking, at no charge, and without touching the stored result."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import api_world as world
import pytest
from example_results import example
from fastapi.testclient import TestClient
from service_parts import MakeResources

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import StoredArtifact
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.jobs import lease as leases
from deepshield.jobs import previews
from deepshield.jobs.cancel import delete
from deepshield.jobs.copying import submission_over
from deepshield.jobs.lookup import Filter, list_jobs
from deepshield.jobs.previews import finish_preview, request_preview
from deepshield.jobs.submit import Submission
from deepshield.jobs.sweep import announce_again, sweep
from deepshield.persistence.repositories import jobs, results
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

FILM = b"a film"


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(rate={"limit_rps": 0}, saas={"free_daily_uploads": 1})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


def clip(resources: Resources, owner: Owner | None = None, **outcome: object) -> str:
    media = {**example().media.model_dump(mode="json"), "type": "video", "format": "mov"}
    return world.completed(resources, owner, **{"media": media, "preview_url": None, **outcome})


def made(resources: Resources, job_id: str, name: str = "preview.mp4") -> bool:
    """Let a worker make the preview that waits under ``job_id``."""
    lease = leases.claim(resources, job_id, "worker")
    assert lease is not None
    assert lease.preview_only
    key = f"artifacts/{job_id}/{lease.token}/{name}"
    with resources.store.writer(key) as writer:
        writer.write(FILM)
        writer.commit()
    digest = hashlib.sha256(FILM).hexdigest()
    return finish_preview(resources, lease, StoredArtifact(name, key, "video/mp4", len(FILM), digest))


def refused(resources: Resources, job_id: str) -> Code:
    with pytest.raises(DeepShieldError) as refusal:
        request_preview(resources, None, job_id)
    return refusal.value.code


@pytest.mark.parametrize(("name", "sound"), [("preview.mp4", True), ("preview-silent.mp4", False)])
def test_the_analysed_job_gets_its_preview(
    service: Resources, client: TestClient, name: str, sound: bool
) -> None:
    job_id = clip(service)
    assert client.get(f"/api/results/{job_id}").json()["result"]["preview_url"] is None
    waiting = client.post(f"/api/jobs/{job_id}/preview")
    assert waiting.status_code == 200
    assert made(service, waiting.json()["job_id"], name)
    result = client.get(f"/api/results/{job_id}").json()["result"]
    assert result["preview_url"].endswith(name)
    assert result["preview_sound"] is sound
    assert client.get(result["preview_url"]).content == FILM
    with service.database.read() as session:
        stored = results.get(session, job_id)
    assert stored is not None
    assert stored.document["preview_url"] is None, "the custody record has the hash of what is stored"


def test_who_wants_it_again_gets_the_same_job_until_it_has_ended(service: Resources) -> None:
    job_id = clip(service)
    first = request_preview(service, None, job_id)
    assert request_preview(service, None, job_id).id == first.id
    lease = leases.claim(service, first.id, "worker")
    assert lease is not None
    leases.fail(service, lease, Code.PREVIEW_NOT_MADE, Code.PREVIEW_NOT_MADE.words)
    assert request_preview(service, None, job_id).id != first.id


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen while a request copies the file."""

    def copied(*args: Any) -> Submission:
        monkeypatch.undo()
        copy = submission_over(*args)
        happens()
        return copy

    monkeypatch.setattr(previews, "submission_over", copied)


def test_of_two_requests_at_once_one_makes_a_job(service: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, others = clip(service), []
    meanwhile(monkeypatch, lambda: others.append(request_preview(service, None, job_id).id))
    assert request_preview(service, None, job_id).id == others[0]
    assert sum(1 for _ in service.store.list("uploads/")) == 2, "the file, and one copy of it"


def test_a_video_that_is_deleted_while_it_is_copied_does_not_live_on_in_the_copy(
    service: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = clip(service)
    meanwhile(monkeypatch, lambda: delete(service, job_id))
    assert refused(service, job_id) is Code.EXPIRED
    assert list(service.store.list("uploads/")) == []


def test_it_is_neither_charged_nor_listed_nor_announced(service: Resources) -> None:
    owner, _ = world.account(service, Tier.FREE)
    job_id = clip(service, owner)
    waiting = request_preview(service, owner, job_id)
    assert waiting.charged_day is None
    assert [job.id for job in list_jobs(service, owner, Filter()).jobs] == [job_id]
    assert announce_again(service) == 0
    with service.database.read() as session:
        assert jobs.waiting(session) == {}


def test_only_an_analysed_video_without_a_preview_can_have_one_made(service: Resources) -> None:
    assert refused(service, world.queued(service)) is Code.CONFLICT
    assert refused(service, clip(service, preview_url="preview.mp4")) is Code.CONFLICT
    photo = {**example().media.model_dump(mode="json"), "type": "image"}
    assert refused(service, clip(service, media=photo)) is Code.CONFLICT
    job_id = clip(service)
    with service.database.write() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        job.upload_key = None
    assert refused(service, job_id) is Code.EXPIRED


def test_a_preview_whose_result_was_deleted_is_nobodys(service: Resources, client: TestClient) -> None:
    job_id = clip(service)
    waiting = request_preview(service, None, job_id).id
    lease = leases.claim(service, waiting, "worker")
    assert lease is not None
    assert client.delete(f"/api/jobs/{job_id}").status_code == 200
    preview = StoredArtifact("preview.mp4", "artifacts/x", "video/mp4", 1, "0" * 64)
    assert not finish_preview(service, lease, preview)
    assert list(service.store.list("")) == []


def test_what_makes_a_preview_keeps_no_copy_of_the_file(service: Resources) -> None:
    job_id = clip(service)
    assert made(service, request_preview(service, None, job_id).id)
    sweep(service)
    assert sum(1 for _ in service.store.list("uploads/")) == 1


def test_the_video_itself_can_be_played_while_it_is_kept(service: Resources, client: TestClient) -> None:
    job_id = clip(service)
    answer = client.get(f"/api/jobs/{job_id}/original", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, world.PICTURE[:4])
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    photo = clip(service, media={**example().media.model_dump(mode="json"), "type": "image"})
    assert client.get(f"/api/jobs/{photo}/original").status_code == 404
    with service.database.write() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        job.upload_key = None
    assert client.get(f"/api/jobs/{job_id}/original").status_code == 410
