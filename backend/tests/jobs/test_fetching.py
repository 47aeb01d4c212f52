"""Addresses as a stage of the job: fetched under a lease, queued with their file, else not charged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import Clock, MakeResources
from services import wait_until

from deepshield.accounts.quota import todays_allowance
from deepshield.domain.jobs import State
from deepshield.domain.quota import Tier
from deepshield.intake.addresses import AddressPolicy
from deepshield.jobs import fetching as leases
from deepshield.jobs import lookup
from deepshield.jobs.cancel import cancel
from deepshield.jobs.sweep import announce_again, requeue_lost
from deepshield.operations import fetching
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

POLICY = AddressPolicy(lambda host, port: ["127.0.0.1"], lambda address: address == "127.0.0.1")
PAGE = b'<!doctype html><meta property="og:video" content="/clip.mp4">'


class Site(ThreadingHTTPServer):
    """Has a picture, a page at `/post`, and at `/slow` a picture whose end waits for `go_on`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.go_on = threading.Event()
        self.begun = threading.Event()

    def url(self, path: str) -> str:
        return f"http://files.example:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        body = {"/picture.png": world.PICTURE, "/slow": world.PICTURE, "/post": PAGE}.get(self.path)
        moved = self.path == "/moved"
        self.send_response(302 if moved else 404 if body is None else 200)
        if moved:
            self.send_header("Location", "/missing")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.path == "/slow":
            self.wfile.write((body or b"")[:10])
            self.server.begun.set()
            self.server.go_on.wait(20)
            body = (body or b"")[10:]
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as opened:
        thread = threading.Thread(target=opened.serve_forever)
        thread.start()
        yield opened
        opened.go_on.set()
        opened.shutdown()
        thread.join()


@contextmanager
def fetcher(resources: Resources) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=fetching.run, args=(resources, stopping, POLICY))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def accepted(client: TestClient, url: str, headers: dict[str, str] | None = None) -> str:
    answer = client.post("/api/analyze-url", json={"file_url": url}, headers=headers)
    assert answer.status_code == 200, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def row(resources: Resources, job_id: str) -> Job:
    with resources.database.read() as session:
        job = session.get(Job, job_id)
        assert job is not None
        return job


def until(resources: Resources, job_id: str, condition: Callable[[Job], bool]) -> Job:
    wait_until(lambda: condition(row(resources, job_id)))
    return row(resources, job_id)


def test_a_file_is_fetched_and_queued_by_what_it_is(
    client: TestClient, resources: Resources, site: Site
) -> None:
    job_id = accepted(client, site.url("/picture.png"))
    with fetcher(resources):
        job = until(resources, job_id, lambda job: job.upload_key is not None)
    assert (job.state, job.queue, job.media_type, job.attempts) == (State.QUEUED, "images", "image", 0)
    assert (job.stage, job.stored_size_bytes, job.original_filename) == (
        "validating",
        len(world.PICTURE),
        "picture.png",
    )
    assert resources.announcer.announced == [(job_id, "images")]  # type: ignore[attr-defined]
    custody = client.get(f"/api/jobs/{job_id}/custody").json()
    assert [(hop["ip"], hop["status"]) for hop in custody["source"]["hops"]] == [("127.0.0.1", 200)]
    assert [entry["action"] for entry in custody["log"]] == ["job.accepted", "file.fetched"]
    assert world.leases.claim(resources, job_id, "worker") is not None


@pytest.mark.parametrize(
    ("path", "code", "named", "hops"),
    [
        ("/post", "URL_IS_A_PAGE", ["/clip.mp4"], [("/post", 200)]),
        ("/missing", "URL_NOT_REACHABLE", [], [("/missing", 404)]),
        ("/moved", "URL_NOT_REACHABLE", [], [("/moved", 302), ("/missing", 404)]),
    ],
)
def test_what_cannot_be_fetched_fails_uncharged_and_can_be_tried_again(
    make_resources: MakeResources,
    site: Site,
    path: str,
    code: str,
    named: list[str],
    hops: list[tuple[str, int]],
) -> None:
    resources = make_resources()
    owner, headers = world.account(resources, Tier.FREE)
    with world.serving(resources) as client:
        job_id = accepted(client, site.url(path), headers)
        allowance = todays_allowance(resources, owner)
        assert (allowance.used, row(resources, job_id).charged_day is None) == (1, False)
        with fetcher(resources):
            job = until(resources, job_id, lambda job: job.state == State.FAILED)
        assert job.error_code == code
        found = (job.error_details or {}).get("addresses", [])
        assert [one["url"] for one in found] == [site.url(one) for one in named]
        assert todays_allowance(resources, owner).used == 0
        for address in (f"/api/results/{job_id}", f"/api/jobs/{job_id}/custody"):
            source = client.get(address, headers=headers).json()["source"]
            made = [(hop["url"], hop["status"], hop["ip"]) for hop in source["hops"]]
            assert made == [(site.url(one), status, "127.0.0.1") for one, status in hops]
        assert client.post(f"/api/jobs/{job_id}/retry", headers=headers).status_code == 200
        assert (row(resources, job_id).stage, row(resources, job_id).state) == ("fetching", State.QUEUED)


def test_a_job_that_is_cancelled_while_its_file_comes_keeps_nothing(
    client: TestClient, resources: Resources, site: Site
) -> None:
    job_id = accepted(client, site.url("/slow"))
    with fetcher(resources):
        assert site.begun.wait(20)
        until(resources, job_id, lambda job: job.state == State.PROCESSING)
        assert cancel(resources, job_id)
        site.go_on.set()
    assert row(resources, job_id).state == State.CANCELLED
    assert list(resources.store.list("uploads/")) == []


def test_a_stopped_fetch_goes_on_elsewhere_and_is_not_announced_to_workers(
    client: TestClient, resources: Resources
) -> None:
    job_id = accepted(client, "https://files.example/a.png")
    lease = leases.claim(resources, "process-1")
    assert lease is not None
    assert leases.claim(resources, "process-2") is None
    leases.release(resources, lease)
    assert not leases.heartbeat(resources, lease, 0.5)
    assert (row(resources, job_id).state, row(resources, job_id).attempts) == (State.QUEUED, 0)
    announce_again(resources)
    assert resources.announcer.announced == []  # type: ignore[attr-defined]
    again = leases.claim(resources, "process-2")
    assert again is not None
    assert leases.heartbeat(resources, again, 0.5)
    answer = client.get(f"/api/results/{job_id}").json()
    assert (answer["state"], answer["stage"], answer["progress_percent"]) == ("PROCESSING", "fetching", 49)


def test_slow_servers_keep_no_other_account_waiting(make_resources: MakeResources, clock: Clock) -> None:
    resources = make_resources(clock=clock, saas={"jwt_exp_hours": 1e5}, rate={"limit_rps": 0})
    (ada, as_ada), (ben, as_ben), (eve, as_eve) = (world.account(resources) for _ in range(3))
    with world.serving(resources) as client:
        in_a_batch = accepted(client, "https://example.org/a.png", as_ben)
        for headers in (*[as_eve] * 4, *[as_ada] * 2, *[None] * 2):
            clock.time += timedelta(seconds=1)
            accepted(client, "https://example.org/a.png", headers)
    with resources.database.write() as session:
        session.get_one(Job, in_a_batch).due_at = clock.time + timedelta(hours=1)
    order = []
    while (lease := leases.claim(resources, "process")) is not None:
        order.append(row(resources, lease.job_id).owner_id)
    assert order == [eve.id, ada.id, None] * 2 + [eve.id] * 2 + [ben.id], (
        "in turns, and nothing waits in vain"
    )


def test_the_file_of_a_lost_process_is_fetched_by_another(make_resources: MakeResources) -> None:
    resources = make_resources(job={"heartbeat_seconds": 0.01, "heartbeat_timeout_seconds": 0.02})
    with world.serving(resources) as client:
        job_id = accepted(client, "https://files.example/a.png")
    lost = leases.claim(resources, "process-1")
    assert lost is not None
    wait_until(lambda: requeue_lost(resources) == (1, 0))
    assert lookup.find_job(resources, None, job_id).queue == "fetches"
    assert leases.claim(resources, "process-2") is not None
    leases.failed(resources, lost, "URL_NOT_REACHABLE", "late")
    assert row(resources, job_id).state == State.RUNNING


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/a.png", "http://localhost/a.png", "http://0x7f.1/", "https://[::1]/", "ftp://a.org/"],
)
def test_what_is_never_connected_to_is_refused_at_once(client: TestClient, url: str) -> None:
    answer = client.post("/api/analyze-url", json={"file_url": url})
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (400, "INVALID_URL")
