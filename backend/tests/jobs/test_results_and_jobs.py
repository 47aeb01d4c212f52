"""Reading results, listing, cancelling, deleting and starting jobs again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import api_world as world
import pytest
from example_results import example, stored_first
from fastapi.testclient import TestClient
from service_parts import MakeResources
from sqlalchemy import update

from deepshield.api.schemas.jobs import JobPage, ResultAnswer
from deepshield.domain.jobs import MediaKind, State
from deepshield.domain.quota import Tier
from deepshield.jobs import lease as leases
from deepshield.jobs.sweep import sweep
from deepshield.persistence.tables import Result
from deepshield.resources import Resources

pytestmark = pytest.mark.api


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def test_a_queued_job_reads_as_the_contract_says(client: TestClient, resources: Resources) -> None:
    job_id = world.queued(resources)
    answer = client.get(f"/api/results/{job_id}").json()
    assert answer["job_id"] == job_id
    assert (answer["media_type"], answer["state"], answer["stage"]) == ("video", "QUEUED", "validating")
    assert answer["progress_percent"] == 0
    assert answer["metadata"] == {
        "original_filename": "clip.mp4",
        "original_content_type": "video/mp4",
        "original_size_bytes": len(world.PICTURE),
        "stored_size_bytes": len(world.PICTURE),
    }
    assert datetime.fromisoformat(answer["created_at"]).utcoffset() == timedelta(0)
    assert answer["updated_at"] == answer["created_at"]
    for name in ("processing_started_at", "processing_completed_at", "expires_at", "error", "result"):
        assert answer[name] is None


def test_a_running_job_tells_what_the_engine_counted(client: TestClient, resources: Resources) -> None:
    lease = world.running(resources)
    answer = client.get(f"/api/results/{lease.job_id}").json()
    assert (answer["state"], answer["stage"]) == ("PROCESSING", "face_detection")
    assert answer["progress"] == {
        "frames_planned": 32,
        "frames_decoded": 8,
        "faces_found": 8,
        "faces_scored": 8,
    }
    assert answer["progress_percent"] == 25
    assert answer["processing_started_at"] is not None


def test_a_result_is_the_stored_one_with_addresses(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    answer = client.get(f"/api/results/{job_id}").json()
    assert (answer["state"], answer["progress_percent"], answer["error"]) == ("COMPLETED", 100, None)
    stored, result = example().model_dump(mode="json"), answer["result"]
    for name in stored.keys() - {"top_k_suspicious", "tracks", "preview_url"}:
        assert result[name] == stored[name], name
    moment = result["top_k_suspicious"][0]
    assert moment["heatmap_overlay_url"] == f"/api/artifacts/{job_id}/{world.OVERLAY}"
    assert moment["crop_url"] == f"/api/artifacts/{job_id}/{world.CROP}"
    assert moment["frame_overlay_url"] is None, "a file that was not stored has no address"
    assert moment["p_fake"] == stored["top_k_suspicious"][0]["p_fake"]
    assert (result["preview_url"], result["tracks"][0]["thumbnail_url"]) == (None, None)
    assert {link["name"]: link["url"] for link in answer["artifacts"]} == {
        name: f"/api/artifacts/{job_id}/{name}" for name in (world.CROP, world.OVERLAY)
    }
    assert client.get(moment["crop_url"]).content == world.PICTURE
    expires = datetime.fromisoformat(answer["expires_at"])
    assert expires - datetime.fromisoformat(answer["processing_completed_at"]) == timedelta(hours=24)


def test_a_result_of_an_earlier_release_is_served_in_the_present_shape(
    client: TestClient, resources: Resources
) -> None:
    job_id = world.completed(resources)
    with resources.database.write() as session:
        session.execute(update(Result).where(Result.job_id == job_id).values(document=stored_first("people")))
    result = client.get(f"/api/results/{job_id}").json()["result"]
    assert result["result_version"] == "2"
    assert result["top_k_suspicious"][0]["crop_url"] == f"/api/artifacts/{job_id}/{world.CROP}"
    assert result["aggregation_steps"][1]["kind"] == "presence"


def test_the_summary_outlives_the_files(make_resources: MakeResources) -> None:
    resources = make_resources(retention={"artifact_hours": 0, "upload_hours": 0})
    job_id = world.completed(resources)
    sweep(resources)
    with world.serving(resources) as client:
        answer = client.get(f"/api/results/{job_id}").json()
    assert (answer["files_deleted"], answer["artifacts"]) == (True, [])
    assert answer["result"]["top_k_suspicious"][0]["heatmap_overlay_url"] is None
    assert answer["result"]["final_score"] == example().final_score


def test_a_failure_tells_why(client: TestClient, resources: Resources) -> None:
    answer = client.get(f"/api/results/{world.failed(resources)}").json()
    assert (answer["state"], answer["result"]) == ("FAILED", None)
    assert answer["error"]["error_code"] == "VIDEO_DECODE_ERROR"
    assert answer["error"]["message"] == "We could not read the pictures."


def test_every_state_fits_the_documented_shape(client: TestClient, resources: Resources) -> None:
    for state, job_id in world.in_every_state(resources).items():
        answer = client.get(f"/api/results/{job_id}")
        assert ResultAnswer.model_validate(answer.json()).state == state


def test_the_list_is_paged_and_filtered(client: TestClient, resources: Resources) -> None:
    owner, signed_in = world.account(resources)
    names = [f"Holiday {number}.mp4" for number in range(5)]
    for name in names:
        world.queued(resources, owner, name)
    world.queued(resources, owner, "100%_sure.jpg", MediaKind.IMAGE)
    done = world.completed(resources, owner)
    world.queued(resources, world.account(resources)[0], "foreign.mp4")

    def page(query: str = "") -> JobPage:
        answer = client.get(f"/api/jobs/me{query}", headers=signed_in)
        assert answer.status_code == 200, answer.text
        return JobPage.model_validate(answer.json())

    everything = page()
    assert everything.total == 7
    assert everything.jobs[0].job_id == done, "the newest is first"
    assert [job.original_filename for job in everything.jobs][2:] == names[::-1]
    first, second = page("?limit=3"), page("?limit=3&offset=3")
    assert [job.job_id for job in (*first.jobs, *second.jobs)] == [job.job_id for job in everything.jobs[:6]]
    assert (second.total, second.limit, second.offset) == (7, 3, 3)
    assert page("?state=COMPLETED").total == 1
    assert page("?state=COMPLETED&state=QUEUED").total == 7
    assert page("?media_type=image").total == 1
    assert page("?search=holiday").total == 5
    assert page("?search=%25_").total == 1, "wildcards are letters"
    assert page("?offset=1000000000").jobs == []


def test_the_list_of_nobody_is_empty(client: TestClient, resources: Resources) -> None:
    world.queued(resources)
    assert client.get("/api/jobs/me").json()["jobs"] == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "offset=-1", "offset=1e30", "state=LOST", "search=%00"]
)
def test_a_list_that_cannot_be_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/jobs/me?{query}")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (422, "VALIDATION_ERROR")


def test_delete_cancels_what_is_under_way_and_deletes_what_has_ended(
    client: TestClient, resources: Resources
) -> None:
    expected = {
        State.QUEUED: "cancelled",
        State.PROCESSING: "cancelled",
        State.COMPLETED: "deleted",
        State.FAILED: "deleted",
        State.CANCELLED: "deleted",
    }
    for state, job_id in world.in_every_state(resources).items():
        answer = client.delete(f"/api/jobs/{job_id}")
        assert answer.json() == {"job_id": job_id, "outcome": expected[state]}
        left = client.get(f"/api/results/{job_id}")
        if expected[state] == "cancelled":
            assert left.json()["state"] == "CANCELLED"
        else:
            assert left.status_code == 404
    assert list(resources.store.list("")) == []


def test_retry_starts_a_failed_job_again(client: TestClient, resources: Resources) -> None:
    job_id = world.failed(resources)
    answer = client.post(f"/api/jobs/{job_id}/retry")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["job_id"], answer.json()["state"]) == (job_id, "QUEUED")
    assert client.get(f"/api/results/{job_id}").json()["error"] is None
    again = client.post(f"/api/jobs/{job_id}/retry")
    assert (again.status_code, again.json()["error"]["error_code"]) == (409, "CONFLICT")


def test_retry_without_the_upload_is_too_late(make_resources: MakeResources) -> None:
    resources = make_resources(retention={"upload_hours": 0})
    job_id = world.failed(resources)
    sweep(resources)
    with world.serving(resources) as client:
        answer = client.post(f"/api/jobs/{job_id}/retry")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (410, "EXPIRED")


def test_retry_of_a_lost_upload_is_refused_until_it_is_there_again(
    client: TestClient, resources: Resources
) -> None:
    lease = world.running(resources)
    leases.fail(resources, lease, "UPLOAD_LOST", "The uploaded file is gone or damaged.")
    resources.store.delete(lease.upload_key)
    answer = client.post(f"/api/jobs/{lease.job_id}/retry")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (410, "EXPIRED")
    assert "Upload it again" in answer.json()["error"]["message"]
    with resources.store.writer(lease.upload_key) as restored:
        restored.write(b"restored from a backup")
        restored.commit()
    assert client.post(f"/api/jobs/{lease.job_id}/retry").status_code == 200


def test_a_used_up_quota_says_when_to_come_back(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True, "free_daily_uploads": 1})
    owner, signed_in = world.account(resources, Tier.FREE)
    lease = world.running(resources, owner)
    leases.fail(resources, lease, "ANALYSIS_TIMEOUT", "Too slow.")  # given back, so that one is left
    world.queued(resources, owner)
    with world.serving(resources) as client:
        answer = client.post(f"/api/jobs/{lease.job_id}/retry", headers=signed_in)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (429, "QUOTA_EXCEEDED")
    assert 0 < int(answer.headers["retry-after"]) <= 86_400


def test_unknown_ids_of_any_kind_read_the_same(client: TestClient) -> None:
    bodies = []
    for job_id in ("0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11", "x", "%00", "a" * 300, "..", "%C3%A4", "me'--"):
        answer = client.get(f"/api/results/{job_id}")
        if answer.status_code == 404 and "/results/" in str(answer.request.url):
            bodies.append(str(answer.json()["error"]))
    assert len(bodies) >= 6
    assert len(set(bodies)) == 1
