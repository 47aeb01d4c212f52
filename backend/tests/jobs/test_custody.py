"""What is kept of where a file came from, who read what of its job, and who is shown it."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources
from sqlalchemy import event

from deepshield.domain.canonical import canonical
from deepshield.domain.chain import Link
from deepshield.domain.owner import Owner
from deepshield.jobs import share
from deepshield.jobs.access import note_access
from deepshield.persistence.repositories import audit, results
from deepshield.resources import Resources

pytestmark = pytest.mark.api

PNG = ("picture.png", world.PICTURE, "image/png")
OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}
# Over plain HTTP browsers do not say whose page wants a picture.
PLAIN_HTTP = {"Accept": "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5"}


def uploaded(client: TestClient, headers: dict[str, str]) -> str:
    answer = client.post("/api/analyze-image", files={"file": PNG}, headers=headers)
    assert answer.status_code == 200, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def actions(client: TestClient, job_id: str, headers: dict[str, str]) -> list[str]:
    custody = client.get(f"/api/jobs/{job_id}/custody", headers=headers).json()
    return [row["action"] for row in custody["log"]]


def test_an_upload_keeps_its_source_and_its_hashes(client: TestClient, resources: Resources) -> None:
    owner, headers = world.account(resources)
    job_id = uploaded(client, headers)
    custody = client.get(f"/api/jobs/{job_id}/custody?exchange_hashes=true", headers=headers).json()
    source = custody["source"]
    assert (source["kind"], source["sender"], source["name"]) == ("upload", "account", "picture.png")
    assert (source["content_type"], source["url"], source["hops"]) == ("image/png", None, [])
    assert source["declared_bytes"] > len(world.PICTURE)
    assert custody["sha256"] == hashlib.sha256(world.PICTURE).hexdigest()
    assert custody["sha1"] == hashlib.sha1(world.PICTURE, usedforsecurity=False).hexdigest()
    assert custody["md5"] == hashlib.md5(world.PICTURE, usedforsecurity=False).hexdigest()
    assert [(row["action"], row["actor"]) for row in custody["log"]] == [("job.accepted", owner.id)]
    assert client.get(f"/api/jobs/{job_id}/custody", headers=headers).json()["md5"] is None


def test_the_rows_of_a_job_can_be_checked_by_themselves(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    for row in client.get(f"/api/jobs/{job_id}/custody").json()["log"]:
        at = datetime.fromisoformat(row["at"])
        link = Link(
            row["position"], at, row["actor"], row["action"], row["subject"], row["details"], row["workspace"]
        )
        assert link.hash_after(row["previous"]) == row["hash"]


def test_the_log_has_the_hash_of_the_result(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    with resources.database.read() as session:
        stored = results.get(session, job_id)
    assert stored is not None
    row = client.get(f"/api/jobs/{job_id}/custody").json()["log"][-1]
    digest = hashlib.sha256(canonical(stored.document)).hexdigest()
    assert (row["action"], row["details"]) == ("job.completed", {"result_sha256": digest})


def test_who_reads_the_file_or_its_pictures_is_in_the_log_once_an_hour(make_resources: MakeResources) -> None:
    time = [datetime(2026, 5, 3, 12, tzinfo=UTC)]
    resources = make_resources(clock=lambda: time[0])
    job_id = world.completed(resources)
    headers: dict[str, str] = {}
    file, picture, small = (
        f"/api/{path}"
        for path in (
            f"jobs/{job_id}/original",
            f"artifacts/{job_id}/{world.OVERLAY}",
            f"artifacts/{job_id}/{world.CROP}",
        )
    )
    in_page = {**headers, **OWN_PAGE}
    with world.serving(resources) as client:
        # What a program says of itself hides one picture at most, which the web app's lists show.
        for path, by, noted in (
            (small, in_page, None),
            (small, {**headers, **PLAIN_HTTP}, None),
            (picture, in_page, "artifact.read"),
            (small, headers, None),
            (file, {**in_page, "Range": "bytes=0-3"}, "file.read"),
            (file, headers, None),
        ):
            before = actions(client, job_id, headers)
            assert client.get(path, headers=by).status_code in (200, 206)
            assert actions(client, job_id, headers) == before + [noted] * (noted is not None)
        assert actions(client, job_id, headers)[2:] == ["artifact.read", "file.read"]
        time[0] += timedelta(hours=1, seconds=1)
        assert client.get(small, headers=headers).status_code == 200
        assert actions(client, job_id, headers)[4:] == ["artifact.read"]


def test_an_access_is_one_row_however_many_come_at_once_and_writes_once(resources: Resources) -> None:
    job_id, together = world.completed(resources), Barrier(6)
    first, _ = world.account(resources)
    second, _ = world.account(resources)

    def read(owner: Owner | None) -> None:
        together.wait(20)
        for _ in range(3):
            note_access(resources, job_id, "artifact.read", owner)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(read, [first, second, None] * 2))
    with resources.database.read() as session:
        rows = [row for row in audit.of_subject(session, job_id) if row.action == "artifact.read"]
    assert sorted(str(row.actor) for row in rows) == sorted([first.id, second.id, "None"])
    begun: list[object] = []
    event.listen(resources.database.engine, "begin", begun.append)
    note_access(resources, job_id, "artifact.read", first)
    assert len(begun) == 1, "a read alone, since a player asks for many parts"


def test_readers_of_a_link_are_in_the_log_and_not_shown_the_source(
    client: TestClient, resources: Resources
) -> None:
    owner, headers = world.account(resources)
    job_id = uploaded(client, headers)
    lease = world.leases.claim(resources, job_id, "worker")
    assert lease is not None
    world.finish(resources, lease)
    assert client.get(f"/api/results/{job_id}", headers=headers).json()["source"]["kind"] == "upload"
    token = share.create(resources, owner, job_id).token
    shared = client.get("/api/shared", headers={"X-Share-Token": token}).json()
    assert (shared["job_id"], shared["source"]) == ("shared", None)
    for by in (OWN_PAGE, {}):
        client.get(f"/api/shared/artifacts/{world.CROP}", headers={"X-Share-Token": token, **by})
    log = client.get(f"/api/jobs/{job_id}/custody", headers=headers).json()["log"]
    assert [(row["action"], row["actor"], row["details"]) for row in log[3:]] == [
        ("result.read", None, {"by": "link"}),
        ("artifact.read", None, {"by": "link"}),
    ]


def test_a_job_of_a_release_without_sources_has_none(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    assert client.get(f"/api/jobs/{job_id}/custody").json()["source"] is None
    assert client.get(f"/api/results/{job_id}").json()["source"] is None
