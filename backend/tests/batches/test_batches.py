"""Batches: every file an item, each once, one event at the end, whatever ends the last of them."""

from __future__ import annotations

import csv
import io
import json
import threading
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import Clock, MakeResources
from sqlalchemy import func, select
from workspace_world import Person, join

from deepshield.api.batch_lines import COLUMNS
from deepshield.batches import ending
from deepshield.batches.ending import keep_up
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import State
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.roles import Role
from deepshield.jobs import lease as leases
from deepshield.jobs import retry as retrying
from deepshield.jobs.cancel import cancel, delete
from deepshield.jobs.submit import charge
from deepshield.jobs.sweep import sweep
from deepshield.library.changing import hold, release
from deepshield.operations.integrity import orphans
from deepshield.operations.requeue import requeue
from deepshield.persistence.repositories import blobs, usage
from deepshield.persistence.tables import Batch, BatchItem, Job, Usage, WebhookDelivery
from deepshield.resources import Resources
from deepshield.webhooks import endpoints

pytestmark = pytest.mark.integration

CSV_OF_THE_WEB_APP = Path(__file__).parents[3] / "frontend/src/history/tools/csv.ts"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 5, 3, 12, tzinfo=UTC))


@pytest.fixture
def resources(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(
        clock=clock,
        saas={"jwt_exp_hours": 1e5, "free_daily_uploads": 3},
        rate={"limit_rps": 0},
        batch={"max_items": 40, "max_upload_mb": 20},
        file={"max_upload_mb": 1},
    )


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


@pytest.fixture
def account(resources: Resources) -> tuple[Owner, dict[str, str]]:
    return world.account(resources)


def picture(number: int = 0) -> bytes:
    return world.PICTURE + number.to_bytes(4, "big")


def form(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, data, "image/png")) for name, data in files]


def photos(number: int) -> list[tuple[str, bytes]]:
    return [(f"day/{place}.png", picture(place)) for place in range(number)]


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def items(client: TestClient, batch: str, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/batches/{batch}/items", headers=headers, params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def work(resources: Resources, number: int = 1000) -> int:
    """Let a worker complete what is queued; return how many jobs that were."""
    for done in range(number):
        lease = leases.claim_next(resources, "images", "w")
        if lease is None:
            return done
        world.report(resources, lease, 8)
        world.finish(resources, lease)
    return number


def events(resources: Resources) -> list[dict[str, Any]]:
    with resources.database.read() as session:
        found = session.scalars(select(WebhookDelivery).where(WebhookDelivery.event == "batch.finished"))
        return [one.payload["data"] for one in found]


def listening(resources: Resources, owner: Owner) -> None:
    endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(_events()))


def stray(resources: Resources) -> set[str]:
    """Return the uploads in storage that nothing refers to."""
    stored = [info.key for info in resources.store.list("uploads/")]
    with resources.database.read() as session:
        return set(stored) - blobs.known(session, stored)


def _events() -> Iterator[Any]:
    from deepshield.domain.events import Event

    yield from Event


def test_a_form_becomes_items_with_jobs_and_refusals(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    owner, headers = account
    listening(resources, owner)
    sent = form(*photos(3), ("a.txt", b"words and more words"), ("day/../x.png", picture()), ("e.png", b""))
    answer = client.post("/api/batches", params={"name": "Trip"}, files=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert (made["name"], made["state"], made["items"], made["owner_secret"]) == ("Trip", "RUNNING", 6, None)
    assert (made["states"]["queued"], made["states"]["refused"], made["percent"]) == (3, 3, 50)
    listed = items(client, made["batch_id"], headers)
    assert [one["error_code"] for one in listed] == [
        None, None, None, "INVALID_MAGIC_BYTES", "INVALID_FILENAME", "EMPTY_FILE",
    ]  # fmt: skip
    assert [one["name"] for one in listed[:2]] == ["day/0.png", "day/1.png"]
    assert listed[0]["job"]["original_filename"] == "0.png"
    assert work(resources) == 3
    done = client.get(f"/api/batches/{made['batch_id']}", headers=headers).json()
    assert (done["state"], done["percent"], done["states"]["completed"]) == ("FINISHED", 100, 3)
    assert sum(done["verdicts"].values()) == 3
    assert [(one["batch_id"], one["items"], one["states"]) for one in events(resources)] == [
        (made["batch_id"], 6, {"COMPLETED": 3, "REFUSED": 3})
    ]
    verdict = next(name for name, number in done["verdicts"].items() if number)
    assert len(items(client, made["batch_id"], headers, verdict=verdict)) == 3
    assert len(items(client, made["batch_id"], headers, state="REFUSED")) == 3
    assert [one["batch_id"] for one in client.get("/api/batches", headers=headers).json()["batches"]] == [
        made["batch_id"]
    ]


def test_an_archive_is_unpacked_and_a_bomb_is_one_refused_item(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    good = zipped([*photos(3), ("inner.zip", zipped(photos(1))), ("__MACOSX/._0.png", b"x")])
    typed = {**headers, "Content-Type": "application/zip"}
    made = client.post("/api/batches", params={"name": "a.zip"}, content=good, headers=typed).json()
    listed = items(client, made["batch_id"], headers)
    assert [(one["name"], one["error_code"]) for one in listed] == [
        ("day/0.png", None),
        ("day/1.png", None),
        ("day/2.png", None),
        ("inner.zip", "INVALID_MAGIC_BYTES"),
    ]
    bomb = zipped([("0.png", picture(9)), ("1.png", world.PICTURE + bytes(30 << 20)), ("2.png", picture(8))])
    made = client.post("/api/batches", files=form(("b.zip", bomb)), headers=headers).json()
    listed = items(client, made["batch_id"], headers)
    assert [(one["name"], one["error_code"]) for one in listed] == [
        ("0.png", None),
        ("b.zip", "ARCHIVE_UNREADABLE"),
    ]
    with resources.database.read() as session:
        kept = set(session.scalars(select(Job.upload_key)))
    assert {info.key for info in resources.store.list("uploads/")} == kept, "nothing else is in storage"


def test_too_many_files_end_the_request_and_what_was_taken_stays(
    client: TestClient, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    typed = {**headers, "Content-Type": "application/zip"}
    answer = client.post("/api/batches", content=zipped(photos(50)), headers=typed)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (413, "BATCH_TOO_LARGE")
    batch = client.get(
        f"/api/batches/{answer.json()['error']['details']['batch_id']}", headers=headers
    ).json()
    assert (batch["state"], batch["items"]) == ("RUNNING", 40)


def test_a_request_that_broke_off_goes_on_with_its_key_and_makes_nothing_twice(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    owner, signed = account
    headers = {**signed, "Idempotency-Key": str(uuid.uuid4())}
    whole = client.build_request("POST", "/api/batches", files=form(*photos(10)), headers=headers)
    data, kind = whole.read(), whole.headers["content-type"]
    for share in (0.3, 0.7):
        broken = client.post(
            "/api/batches", content=data[: int(len(data) * share)], headers={**headers, "Content-Type": kind}
        )
        assert broken.json()["error"]["error_code"] == "MALFORMED_UPLOAD"
    for _ in range(2):
        answer = client.post("/api/batches", content=data, headers={**headers, "Content-Type": kind})
        assert answer.status_code == 200, answer.text
        assert answer.headers["Idempotency-Replayed"] == "true"
        assert answer.json()["items"] == 10
    assert [one["name"] for one in items(client, answer.json()["batch_id"], signed)] == [
        name for name, _ in photos(10)
    ]
    other = client.post("/api/batches", files=form(*photos(3), ("x.png", picture(77))), headers=headers)
    assert other.json()["error"]["error_code"] == "IDEMPOTENCY_KEY_REUSED"
    with resources.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 10
        assert session.scalar(select(func.sum(Usage.used)).where(Usage.user_id == owner.id)) == 10
        assert session.scalar(select(func.count()).select_from(Batch)) == 1
    assert len(list(resources.store.list("uploads/"))) == 10


def test_files_come_to_an_open_batch_one_by_one_and_each_is_in_it_once(
    client: TestClient, resources: Resources
) -> None:
    made = client.post("/api/batches", json={"open": True, "name": "Folder"}).json()
    batch, secret = made["batch_id"], {"X-Owner-Secret": made["owner_secret"]}
    assert (made["state"], made["needs_owner_secret"]) == ("OPEN", True)

    def send(name: str, data: bytes, headers: dict[str, str] = secret) -> Any:
        return client.post(
            "/api/analyze-image",
            params={"batch": batch, "name": name},
            files={"file": (name.rpartition("/")[2], data, "image/png")},
            headers=headers,
        )

    assert send("a/1.png", picture(1), {}).status_code == 403
    first = send("a/1.png", picture(1)).json()
    assert (first["owner_secret"], first["reused"]) == (None, False)
    again = send("a/1.png", picture(1)).json()
    assert (again["job_id"], again["reused"]) == (first["job_id"], True)
    assert send("b/1.png", picture(1)).json()["job_id"] != first["job_id"], "another folder's file"
    for _ in range(2):
        assert send("c.txt", b"words and more words").status_code == 415
    listed = items(client, batch, {})
    assert [(one["name"], one["state"]) for one in listed] == [
        ("a/1.png", "QUEUED"),
        ("b/1.png", "QUEUED"),
        ("c.txt", "REFUSED"),
    ]
    work(resources)
    assert client.get(f"/api/batches/{batch}").json()["state"] == "OPEN", "more may come"
    assert client.post(f"/api/batches/{batch}/close").status_code == 403
    assert client.post(f"/api/batches/{batch}/close", headers=secret).json()["state"] == "FINISHED"
    late = send("d.png", picture(4))
    assert (late.status_code, late.json()["error"]["error_code"]) == (409, "CONFLICT")
    assert client.delete(f"/api/jobs/{first['job_id']}", headers=secret).status_code == 200
    assert items(client, batch, {})[0]["state"] == "DELETED"


def test_a_file_of_an_open_batch_that_is_refused_for_its_name_is_an_item(client: TestClient) -> None:
    made = client.post("/api/batches", json={"open": True}).json()
    batch, secret = made["batch_id"], {"X-Owner-Secret": made["owner_secret"]}
    refused = {
        "d/clip.js.png": "DOUBLE_EXTENSION",
        "d/run.exe": "INVALID_EXTENSION",
        "x\u202ey.png": "INVALID_FILENAME",
        f"{'n' * 256}.png": "FILENAME_TOO_LONG",
    }
    for name, code in refused.items():
        answer = client.post(
            "/api/analyze-image",
            params={"batch": batch, "name": name},
            files={"file": ("1.png", picture(1), "image/png")},
            headers=secret,
        )
        error = answer.json()["error"]
        assert (error["error_code"], error["details"]["batch_item"]) == (code, True)
    listed = [(one["name"], one["state"], one["error_code"]) for one in items(client, batch, {})]
    assert listed == [
        ("d/clip.js.png", "REFUSED", "DOUBLE_EXTENSION"),
        ("d/run.exe", "REFUSED", "INVALID_EXTENSION"),
        ("x\N{REPLACEMENT CHARACTER}y.png", "REFUSED", "INVALID_FILENAME"),
        ("n" * 255, "REFUSED", "FILENAME_TOO_LONG"),
    ]


def test_what_the_quota_refuses_is_kept_and_resumed_on_the_next_day(
    make_resources: MakeResources, clock: Clock
) -> None:
    saas = {"require_auth": True, "jwt_exp_hours": 1e5, "free_daily_uploads": 3}
    resources = make_resources(clock=clock, saas=saas, rate={"limit_rps": 0})
    with world.serving(resources) as client:
        owner, headers = world.account(resources, Tier.FREE)
        listening(resources, owner)
        made = client.post("/api/batches", files=form(*photos(5)), headers=headers).json()
        batch = made["batch_id"]
        assert (made["states"]["queued"], made["states"]["refused"]) == (3, 2)
        assert {one["error_code"] for one in items(client, batch, headers, state="REFUSED")} == {
            "QUOTA_EXCEEDED"
        }
        work(resources)
        assert len(events(resources)) == 1
        assert list(orphans(resources)) == []
        assert client.post(f"/api/batches/{batch}/resume", headers=headers).json()["items"] == 2
        assert client.get(f"/api/batches/{batch}", headers=headers).json()["state"] == "FINISHED", (
            "no quota yet"
        )
        clock.time += timedelta(days=1)
        assert client.post(f"/api/batches/{batch}/resume", headers=headers).json()["items"] == 2
        assert work(resources) == 2
        done = client.get(f"/api/batches/{batch}", headers=headers).json()
        assert (done["state"], done["states"]["completed"]) == ("FINISHED", 5)
        assert [one["states"] for one in events(resources)][-1] == {"COMPLETED": 5}


def test_addresses_become_jobs_by_themselves_and_bad_ones_are_refused(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    lines = [
        {"url": "https://example.org/a.png", "name": "first", "note": "#1"},
        {"url": "http://127.0.0.1/b.png"},
    ]
    manifest = "\n".join(map(json.dumps, lines)) + "\n"
    typed = {**headers, "Content-Type": "application/x-ndjson", "Idempotency-Key": "once"}
    made = client.post("/api/batches", content=manifest, headers=typed).json()
    again = client.post("/api/batches", content=manifest, headers=typed)
    assert (again.json()["batch_id"], again.headers["Idempotency-Replayed"]) == (made["batch_id"], "true")
    assert (made["states"]["waiting"], made["states"]["refused"]) == (1, 1)
    assert keep_up(resources) == 1
    assert keep_up(resources) == 0
    listed = items(client, made["batch_id"], headers)
    assert [(one["name"], one["note"], one["state"], one["error_code"]) for one in listed] == [
        ("first", "#1", "QUEUED", None),
        ("http://127.0.0.1/b.png", None, "REFUSED", "INVALID_URL"),
    ]
    bad = client.post("/api/batches", content=manifest + "{}\n", headers={**typed, "Idempotency-Key": "b"})
    assert (bad.status_code, "line 3" in bad.text) == (422, True)


@pytest.mark.parametrize("by", ["completed", "failed", "cancelled", "swept"])
def test_the_event_comes_once_whatever_ends_the_last_item(
    client: TestClient,
    resources: Resources,
    clock: Clock,
    account: tuple[Owner, dict[str, str]],
    by: str,
) -> None:
    owner, headers = account
    listening(resources, owner)
    client.post("/api/batches", files=form(*photos(2)), headers=headers)
    work(resources, 1)
    assert events(resources) == []
    attempts = resources.settings.job.max_attempts if by == "swept" else 1
    for _ in range(attempts):
        lease = leases.claim_next(resources, "images", "w")
        assert lease is not None
        if by == "completed":
            world.finish(resources, lease)
        elif by == "failed":
            leases.fail(resources, lease, Code.IMAGE_DECODE_ERROR, "We could not read the pictures.")
        elif by == "cancelled":
            assert cancel(resources, lease.job_id)
        else:
            clock.time += timedelta(seconds=400)
            sweep(resources)
    assert len(events(resources)) == 1
    if by == "cancelled":
        assert lease is not None
        delete(resources, lease.job_id)
    keep_up(resources)
    assert len(events(resources)) == 1


@pytest.mark.both_databases
def test_of_last_items_that_end_at_once_one_tells_of_it(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    owner, headers = account
    listening(resources, owner)
    for _ in range(5):
        client.post("/api/batches", params={"reuse": False}, files=form(*photos(4)), headers=headers)
        held = [leases.claim_next(resources, "images", "w") for _ in range(4)]
        together = threading.Barrier(4)

        def end(lease: Any, together: threading.Barrier = together) -> None:
            together.wait()
            leases.fail(resources, lease, Code.IMAGE_DECODE_ERROR, "We could not read the pictures.")

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(end, held))
    assert len(events(resources)) == len({one["batch_id"] for one in events(resources)}) == 5


def test_a_cancelled_batch_ends_and_leaves_what_was_there_before(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    owner, headers = account
    listening(resources, owner)
    own = client.post(
        "/api/analyze-image", files={"file": ("0.png", picture(0), "image/png")}, headers=headers
    ).json()["job_id"]
    batch = client.post("/api/batches", files=form(*photos(4)), headers=headers).json()["batch_id"]
    listed = items(client, batch, headers)
    assert (listed[0]["job"]["job_id"], listed[0]["reused"]) == (own, True)
    answer = client.post(f"/api/batches/{batch}/cancel", headers=headers).json()
    assert (answer["state"], answer["states"]["cancelled"], answer["states"]["queued"]) == ("CANCELLED", 3, 1)
    assert client.post(f"/api/batches/{batch}/cancel", headers=headers).status_code == 409
    assert events(resources) == []
    assert work(resources) == 1
    assert [one["cancelled"] for one in events(resources)] == [True]
    assert client.post(f"/api/batches/{batch}/resume", headers=headers).status_code == 409


def test_a_deleted_batch_is_gone_with_its_jobs_and_files(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    batch = client.post("/api/batches", files=form(*photos(4)), headers=headers).json()["batch_id"]
    work(resources, 2)
    assert client.delete(f"/api/batches/{batch}", headers=headers).status_code == 200
    assert client.get(f"/api/batches/{batch}", headers=headers).status_code == 404
    with resources.database.read() as session:
        for table in (Batch, BatchItem, Job):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert list(resources.store.list("")) == []


def test_the_table_is_that_of_the_history_and_spreadsheets_do_not_compute_with_it(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    sent = form(("=cmd.png", picture(1)), ("a.txt", b"words and more words"))
    batch = client.post("/api/batches", files=sent, headers=headers).json()["batch_id"]
    assert "QUEUED" in client.get(f"/api/batches/{batch}.csv", headers=headers).text, "also while it runs"
    work(resources)
    answer = client.get(f"/api/batches/{batch}.csv", headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["file"], row["state"], row["error"]) for row in rows] == [
        ("'=cmd.png", "COMPLETED", ""),
        ("a.txt", "REFUSED", "INVALID_MAGIC_BYTES"),
    ]
    assert rows[0]["link"] == f"http://testserver/result/?id={rows[0]['job_id']}"
    lines = client.get(f"/api/batches/{batch}.jsonl", headers=headers).text.splitlines()
    assert [json.loads(line)["link"] for line in lines] == [rows[0]["link"], None]
    text = CSV_OF_THE_WEB_APP.read_text()
    listed = text[text.index("COLUMNS = [") : text.index("] as const")].split('"')[1::2]
    assert list(COLUMNS[: len(listed)]) == listed


def test_a_stranger_finds_no_batch(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    batch = client.post("/api/batches", files=form(*photos(1)), headers=account[1]).json()["batch_id"]
    strangers: list[dict[str, str]] = [{}, world.account(resources)[1]]
    for headers in strangers:
        for path in ("", ".csv", ".jsonl", "/items", "/events"):
            assert client.get(f"/api/batches/{batch}{path}", headers=headers).status_code == 404
        for path in ("/close", "/cancel", "/resume"):
            assert client.post(f"/api/batches/{batch}{path}", headers=headers).status_code == 404
        assert client.delete(f"/api/batches/{batch}", headers=headers).status_code == 404
        sent = client.post(
            "/api/analyze-image", params={"batch": batch}, files=form(*photos(1)), headers=headers
        )
        assert sent.status_code == 404


def test_a_batch_that_is_left_open_is_closed_and_an_old_one_is_forgotten(
    client: TestClient, resources: Resources, clock: Clock, account: tuple[Owner, dict[str, str]]
) -> None:
    owner, headers = account
    listening(resources, owner)
    batch = client.post("/api/batches", json={"open": True}, headers=headers).json()["batch_id"]
    clock.time += timedelta(hours=23)
    keep_up(resources)
    assert client.get(f"/api/batches/{batch}", headers=headers).json()["state"] == "OPEN"
    clock.time += timedelta(hours=2)
    keep_up(resources)
    assert client.get(f"/api/batches/{batch}", headers=headers).json()["state"] == "FINISHED"
    assert len(events(resources)) == 1
    clock.time += timedelta(days=31)
    keep_up(resources)
    with resources.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_the_stream_of_a_batch_ends_with_it(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    batch = client.post("/api/batches", files=form(*photos(2)), headers=headers).json()["batch_id"]
    work(resources)
    told = client.get(f"/api/batches/{batch}/events", headers=headers).text
    assert told.count("event: final") == 1
    data = json.loads(told[told.index("data: ") + 6 :].splitlines()[0])
    assert (data["state"], data["ended"]) == ("FINISHED", 2)


def test_files_that_are_held_keep_no_others_from_deletion(
    client: TestClient,
    resources: Resources,
    account: tuple[Owner, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ending, "_AT_ONCE", 2)
    monkeypatch.setattr(ending, "_BATCHES", 1)
    owner, headers = account
    for_all = world.account(resources)[1]

    def made(headers: dict[str, str], number: int) -> str:
        answer = client.post("/api/batches", files=form(*photos(number)), headers=headers)
        return str(answer.json()["batch_id"])

    def jobs_left() -> set[str]:
        with resources.database.read() as session:
            return set(session.scalars(select(Job.id)))

    mine, theirs = made(headers, 3), made(for_all, 3)
    held = [one["job"]["job_id"] for one in items(client, mine, headers)[:2]]
    media = [world.medium_of(resources, job_id) for job_id in held]
    for medium_id in media:
        hold(resources, owner, medium_id, "Evidence.")
    lease = leases.claim(resources, held[0], "w")
    assert lease is not None
    world.report(resources, lease, 8)
    world.finish(resources, lease)
    for batch, whose in ((mine, headers), (theirs, for_all)):
        assert client.delete(f"/api/batches/{batch}", headers=whose).status_code == 200
    for _ in range(3):
        keep_up(resources)
    assert jobs_left() == set(held)
    with resources.database.read() as session:
        assert session.scalars(select(Batch.id)).all() == [mine]
        assert {State(one) for one in session.scalars(select(Job.state))} == {
            State.COMPLETED,
            State.CANCELLED,
        }
    for medium_id in media:
        release(resources, owner, medium_id)
    for _ in range(2):
        keep_up(resources)
    with resources.database.read() as session:
        assert (jobs_left(), session.scalar(select(func.count()).select_from(Batch))) == (set(), 0)


def test_a_failed_file_sent_again_over_quota_is_the_same_item(
    make_resources: MakeResources, clock: Clock
) -> None:
    saas = {"require_auth": True, "jwt_exp_hours": 1e5, "free_daily_uploads": 3}
    resources = make_resources(clock=clock, saas=saas, rate={"limit_rps": 0})
    with world.serving(resources) as client:
        _, headers = world.account(resources, Tier.FREE)
        batch = client.post("/api/batches", json={"open": True}, headers=headers).json()["batch_id"]

        def send(number: int) -> Any:
            file = {"file": (f"{number}.png", picture(number), "image/png")}
            return client.post("/api/analyze-image", params={"batch": batch}, files=file, headers=headers)

        first = send(0).json()["job_id"]
        lease = leases.claim(resources, first, "w")
        assert lease is not None
        leases.fail(resources, lease, Code.IMAGE_DECODE_ERROR, "We could not read it.")
        assert [send(number).status_code for number in (1, 2, 3)] == [200, 200, 429]
        again = send(0)
        assert again.status_code == 200, again.text
        assert (again.json()["job_id"], again.json()["reused"]) == (first, True)
        assert len(items(client, batch, headers)) == 4
        assert not stray(resources), "what was sent again is not kept"


def test_a_job_started_again_after_its_batch_was_cancelled_goes_on(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    headers = account[1]
    batch = client.post("/api/batches", files=form(*photos(2)), headers=headers).json()["batch_id"]
    lease = leases.claim_next(resources, "images", "w")
    assert lease is not None
    leases.fail(resources, lease, Code.IMAGE_DECODE_ERROR, "We could not read it.")
    assert client.post(f"/api/batches/{batch}/cancel", headers=headers).status_code == 200
    assert client.post(f"/api/jobs/{lease.job_id}/retry", headers=headers).status_code == 200
    keep_up(resources)
    assert work(resources) == 1
    assert client.get(f"/api/batches/{batch}", headers=headers).json()["state"] == "CANCELLED"


@pytest.mark.both_databases
def test_a_request_sent_again_while_the_first_is_still_read_makes_nothing_twice(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    owner, signed = account
    headers = {**signed, "Idempotency-Key": str(uuid.uuid4())}
    sent = form(*photos(12), ("a.txt", b"words and more words"))
    whole = client.build_request("POST", "/api/batches", files=sent, headers=headers)
    data, kind = whole.read(), whole.headers["content-type"]

    def send(_: int) -> Any:
        typed = {**headers, "Content-Type": kind}
        return client.post("/api/batches", params={"reuse": False}, content=data, headers=typed)

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(send, range(3)))
    assert [one.status_code for one in answers] == [200] * 3, [one.text for one in answers]
    assert len({one.json()["batch_id"] for one in answers}) == 1
    with resources.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 12
        assert session.scalar(select(Usage.used).where(Usage.user_id == owner.id)) == 12
    assert not stray(resources)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "odd",
    [
        {"params": {"name": "a\0b"}, "json": {"open": True}},
        {"json": {"name": "a\0b", "open": True}},
        {"json": {"urls": ["https://example.org/\0"]}},
        {"json": {"items": [{"url": "https://example.org/", "note": "\0"}]}},
    ],
)
def test_what_no_database_can_store_is_refused(
    client: TestClient, account: tuple[Owner, dict[str, str]], odd: dict[str, Any]
) -> None:
    answer = client.post("/api/batches", headers=account[1], **odd)
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (422, "VALIDATION_ERROR")
    assert client.get("/api/jobs/me", params={"workspace": "\0"}, headers=account[1]).status_code == 404
    assert client.get("/api/uploads/%00", headers=account[1]).status_code == 422


def test_an_accounts_file_does_not_come_into_a_visitors_batch(
    client: TestClient, resources: Resources, account: tuple[Owner, dict[str, str]]
) -> None:
    made = client.post("/api/batches", json={"open": True}).json()
    there, secret = {"batch": made["batch_id"]}, {"X-Owner-Secret": made["owner_secret"]}
    file = {"file": ("a.png", picture(), "image/png")}
    refused = client.post("/api/analyze-image", params=there, files=file, headers=account[1] | secret)
    assert (refused.status_code, refused.json()["error"]["error_code"]) == (409, "CONFLICT")
    assert client.post("/api/analyze-image", params=there, files=file, headers=secret).status_code == 200
    assert len(items(client, made["batch_id"], {})) == 1


def test_of_two_who_start_a_job_again_one_is_charged(
    resources: Resources, client: TestClient, account: tuple[Owner, dict[str, str]], monkeypatch: Any
) -> None:
    if resources.settings.database.is_sqlite:
        pytest.skip("one transaction at a time writes there")
    owner, headers = account
    batch = client.post("/api/batches", files=form(("0.png", picture())), headers=headers).json()["batch_id"]
    lease = leases.claim_next(resources, "images", "w")
    assert lease is not None
    leases.fail(resources, lease, Code.ANALYSIS_CRASHED, "It crashed.")

    def later(*arguments: Any) -> None:
        monkeypatch.undo()
        assert client.post(f"/api/jobs/{lease.job_id}/retry", headers=headers).status_code == 200
        charge(*arguments)

    monkeypatch.setattr(retrying, "charge", later)
    assert client.post(f"/api/batches/{batch}/resume", headers=headers).json()["items"] == 1
    with resources.database.read() as session:
        assert session.scalar(select(Usage.used).where(Usage.user_id == owner.id)) == 1
    assert work(resources) == 1


def test_what_storage_has_lost_is_named_and_the_others_start(
    resources: Resources, client: TestClient, account: tuple[Owner, dict[str, str]]
) -> None:
    _, headers = account
    sent = form(("a.png", picture(1)), ("b/lost.png", picture(2)), ("c.png", picture(3)))
    batch = client.post("/api/batches", files=sent, headers=headers).json()["batch_id"]
    codes = (Code.ANALYSIS_CRASHED, Code.ANALYSIS_CRASHED, Code.UPLOAD_LOST)  # c.png was restored since
    for code in codes:
        lease = leases.claim_next(resources, "images", "w")
        assert lease is not None
        leases.fail(resources, lease, code, "It failed.")
    lost = items(client, batch, headers)[1]["job"]["job_id"]
    with resources.database.read() as session:
        job = session.get_one(Job, lost)
        assert job.upload_key is not None
        resources.store.delete(job.upload_key)
    answer = client.post(f"/api/batches/{batch}/resume", headers=headers).json()
    assert (answer["items"], answer["lost"], answer["lost_names"]) == (2, 1, ["b/lost.png"])
    assert work(resources) == 2
    done = client.get(f"/api/batches/{batch}", headers=headers).json()
    assert (done["state"], done["states"]["completed"], done["states"]["failed"]) == ("FINISHED", 2, 1)
    assert client.post(f"/api/jobs/{lost}/retry", headers=headers).status_code == 410
    with pytest.raises(DeepShieldError) as refused:
        requeue(resources, lost)
    assert refused.value.code is Code.EXPIRED


def test_who_sent_a_file_pays_for_it_whoever_resumes_a_batch_that_has_it_too(
    resources: Resources, client: TestClient
) -> None:
    ada, ben = (Person.new(resources, client) for _ in range(2))
    space = ada.make()
    join(resources, space, ben, Role.ANALYST)

    def send(person: Person) -> str:
        answer = person.ask("POST", "/batches", space, files=form(("0.png", picture())))
        return str(answer.json()["batch_id"])

    def crash() -> None:
        lease = leases.claim_next(resources, "images", "w")
        assert lease is not None
        leases.fail(resources, lease, Code.ANALYSIS_CRASHED, "It crashed.")

    def paid() -> list[int]:
        with resources.database.read() as session:
            return [usage.used(session, one.id, resources.clock().date()) for one in (ada, ben)]

    def state_of(batch: str) -> str:
        return str(ada.ask("GET", f"/batches/{batch}", space).json()["state"])

    first, second = send(ada), send(ben)
    crash()
    assert (paid(), state_of(first), state_of(second)) == ([0, 0], "FINISHED", "FINISHED")
    assert ben.ask("POST", f"/batches/{second}/resume", space).json()["items"] == 1
    assert (paid(), state_of(first), state_of(second)) == ([1, 0], "RUNNING", "RUNNING")
    crash()
    assert (paid(), state_of(first), state_of(second)) == ([0, 0], "FINISHED", "FINISHED")
