"""How files of the library come to be, follow their analyses, and go."""

from __future__ import annotations

import base64
import uuid
from datetime import timedelta
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import NOON, Clock
from sqlalchemy import select, update
from workspace_world import Person, code_of, join

from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.domain.roles import Role
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import sweep
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium, MediumTag
from deepshield.resources import Resources

pytestmark = pytest.mark.api


def media(resources: Resources) -> list[Medium]:
    with resources.database.read() as session:
        return list(session.scalars(select(Medium).order_by(Medium.name)))


def send(resources: Resources, owner: Owner | None, sha256: str, name: str = "a.png") -> str:
    """Hand in bytes that are known by a hash, whether or not they were before; return the job."""
    key = f"uploads/{uuid.uuid4().hex}"
    with resources.store.writer(key) as writer:
        writer.write(world.PICTURE)
        writer.commit()
    file = Submission(MediaKind.IMAGE, name, "image/png", len(world.PICTURE), sha256, key)
    return submit(resources, owner, file, reuse=False)[0].id


def test_a_file_is_one_medium_that_follows_its_newest_analysis(
    resources: Resources, clock: Clock, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ANALYST)
    first = send(resources, ada.within(space), "a" * 64)
    (row,) = media(resources)
    assert (row.workspace_id, row.sent_by, row.verdict, row.analyses) == (space, ada.id, None, 0)
    world.complete(resources, first)
    clock.time += timedelta(hours=1)
    again = send(resources, there, "a" * 64, "b.png")
    world.complete(resources, again)
    shown = grace.ask("GET", f"/media/{row.id}", space)
    assert shown.headers["ETag"] == f'"{shown.json()["revision"]}"'
    told = shown.json()
    assert (told["name"], told["job_id"], told["analyses"]) == ("b.png", again, 2)
    assert told["sent_by"] == f"{ada.id}@example.org", "who handed it in first"
    result = grace.ask("GET", f"/results/{again}", space).json()["result"]
    assert (told["verdict"], told["people"], told["faces"]) == (
        result["verdict"], len(result["tracks"]), result["faces"],
    )  # fmt: skip
    assert told["score"] == pytest.approx(result["final_score"])
    assert told["threshold"] == pytest.approx(result["decision_threshold"])
    assert told["reasons"] == [one["code"] for one in result["reasons"]]
    assert told["thumbnail_url"].endswith(f"{world.CROP}?workspace={space}")
    # Deleting the newest lets it follow the one before.
    assert ada.ask("DELETE", f"/jobs/{again}", space).status_code == 200
    (row,) = media(resources)
    assert (row.job_id, row.analyses) == (first, 1)


def test_with_its_last_analysis_a_file_goes_unless_somebody_has_written_on_it(
    resources: Resources, ada: Person
) -> None:
    plain, tagged = (
        world.completed(resources, ada.owner, "a.mp4"),
        world.completed(resources, ada.owner, "b.mp4"),
    )
    with resources.database.write() as session:
        kept = session.scalar(select(Job.media_id).where(Job.id == tagged)) or ""
        session.add(MediumTag(media_id=kept, tag="x", workspace_id=ada.id, tagged_by=ada.id, tagged_at=NOON))
    for job_id in (plain, tagged):
        assert ada.ask("DELETE", f"/jobs/{job_id}").status_code == 200
    (row,) = media(resources)
    assert (row.id, row.verdict, row.score, row.job_id) == (kept, None, None, None)
    assert row.deleted_at == NOON
    send(resources, ada.owner, row.sha256)
    assert media(resources)[0].deleted_at is None, "it was handed in again"


def test_a_shared_library_keeps_what_was_analysed_and_a_personal_one_what_was_written_on(
    resources: Resources, clock: Clock, ada: Person
) -> None:
    space = ada.make()
    done = world.completed(resources, ada.within(space), "shared.mp4")
    world.failed(resources, ada.within(space))
    world.completed(resources, ada.owner, "personal.mp4")
    tagged = world.completed(resources, ada.owner, "tagged.mp4")
    with resources.database.write() as session:
        kept = session.scalar(select(Job.media_id).where(Job.id == tagged)) or ""
        session.add(MediumTag(media_id=kept, tag="x", workspace_id=ada.id, tagged_by=ada.id, tagged_at=NOON))
    clock.time += timedelta(days=resources.settings.retention.job_days + 1)
    sweep(resources)
    assert [(row.name, row.verdict) for row in media(resources)] == [
        ("shared.mp4", "manipulated"),
        ("tagged.mp4", "manipulated"),
    ]
    row = media(resources)[0]
    told = ada.ask("GET", f"/media/{row.id}", space).json()
    assert (row.job_id, told["job_id"], told["thumbnail_url"]) == (done, None, None)


def test_the_sweep_makes_the_media_of_jobs_that_earlier_releases_have_written(
    resources: Resources, ada: Person
) -> None:
    jobs = [world.completed(resources, ada.owner, "a.mp4"), world.failed(resources, ada.owner)]
    world.completed(resources, None, "visitor.mp4")
    before = {row.sha256: (row.verdict, row.analyses, row.people) for row in media(resources)}
    with resources.database.write() as session:
        session.execute(update(Job).where(Job.id.in_(jobs)).values(media_id=None, workspace_id=None))
        for row in session.scalars(select(Medium)):
            session.delete(row)
    sweep(resources)
    sweep(resources)
    assert {row.sha256: (row.verdict, row.analyses, row.people) for row in media(resources)} == before
    with resources.database.read() as session:
        assert set(session.scalars(select(Job.media_id).where(Job.id.in_(jobs)))) == {
            row.id for row in media(resources)
        }


def test_pages_hold_while_files_are_added(resources: Resources, clock: Clock, ada: Person) -> None:
    ids = []
    for number in range(7):
        clock.time += timedelta(seconds=1)
        send(resources, ada.owner, f"{number:064x}", f"{number % 3}.png")
    for order in ("newest", "oldest", "name", "score"):
        whole = [one["id"] for one in ada.ask("GET", "/media", params={"sort": order}).json()["media"]]
        ids, cursor = [], None
        while True:
            asked = {"sort": order, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = ada.ask("GET", "/media", params=asked).json()
            ids += [one["id"] for one in page["media"]]
            cursor = page["cursor"]
            if cursor is None:
                break
            clock.time += timedelta(seconds=1)
            send(resources, ada.owner, uuid.uuid4().hex * 2, "added.png")
        kept = [one for one in ids if one in whole]
        assert kept == whole, order
        assert len(set(ids)) == len(ids), "none comes twice"
    asked = {"sort": "newest", "limit": 1}
    other = ada.ask("GET", "/media", params=asked).json()["cursor"]
    deep = base64.urlsafe_b64encode(b"[" * 2900).decode()
    half = base64.urlsafe_b64encode(rb'["name", "\ud800", "x"]').decode()
    for bad in (other, "x", "bnVsbA", other[:-4], deep, half):
        assert code_of(ada.ask("GET", "/media", params={"sort": "name", "cursor": bad}))[0] == 422


def test_strangers_and_visitors_find_nothing(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    world.completed(resources, ada.owner)
    (row,) = media(resources)
    unknown: Any = grace.ask("GET", f"/media/{uuid.uuid4()}")
    foreign = grace.ask("GET", f"/media/{row.id}")
    assert (foreign.status_code, foreign.json()["error"]) == (404, unknown.json()["error"])
    assert grace.ask("GET", "/media").json()["media"] == []
    assert client.get("/api/media").status_code == 401
