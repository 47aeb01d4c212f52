"""Server-sent events: what is sent, to whom, and when a stream ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import api_world as world
import httpx
import pytest
from live_server import listening
from service_parts import MakeResources
from sqlalchemy import delete as sql_delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from deepshield.accounts import tokens
from deepshield.accounts.sessions import open_login
from deepshield.api.events import ProgressHub
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.jobs import lease as leases
from deepshield.jobs import lookup
from deepshield.jobs.cancel import cancel, delete
from deepshield.jobs.retry import retry
from deepshield.persistence import tables
from deepshield.persistence.repositories import sessions
from deepshield.persistence.tables import Job, User
from deepshield.resources import Resources
from deepshield.secret import signing_key

pytestmark = pytest.mark.api


@dataclass
class Event:
    name: str
    id: int
    data: dict[str, Any]


@contextlib.contextmanager
def followed(address: str, job_id: str, headers: dict[str, str] | None = None) -> Iterator[Iterator[Event]]:
    """Open a stream; yields its events as they come."""
    url = f"{address}/api/jobs/{job_id}/events"
    with httpx.stream("GET", url, headers=headers, timeout=20) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield events_of(response)


def events_of(response: httpx.Response) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields["event"], int(fields.get("id", -1)), json.loads(fields["data"]))
            fields = {}


@pytest.fixture
def address(resources: Resources) -> Iterator[str]:
    with listening(resources) as address:
        yield address


def test_a_job_is_followed_to_its_end(address: str, resources: Resources) -> None:
    job_id = world.queued(resources)
    with followed(address, job_id) as events:
        first = next(events)
        assert (first.name, first.data["state"]) == ("progress", "QUEUED")
        lease = leases.claim(resources, job_id, "worker-1")
        assert lease is not None
        assert next(events).data["state"] == "RUNNING"
        for frames in (4, 20):
            world.report(resources, lease, frames)
            event = next(events)
            assert (event.name, event.data["stage"]) == ("progress", "face_detection")
            assert event.data["progress"]["frames_decoded"] == frames
        polled = httpx.get(f"{address}/api/results/{job_id}").json()
        assert {name: polled[name] for name in event.data} == event.data, "polling sees the same"
        world.finish(resources, lease)
        (last,) = events
    assert (last.name, last.data["state"], last.data["progress_percent"]) == ("final", "COMPLETED", 100)
    assert last.id == lookup.find_job(resources, None, job_id).revision


def test_the_place_in_the_queue_is_followed(address: str, resources: Resources) -> None:
    first, second, job_id = (world.queued(resources) for _ in range(3))
    world.queued(resources, kind=MediaKind.IMAGE)
    with followed(address, job_id) as events:
        assert next(events).data["waiting_before"] == 2
        assert leases.claim(resources, first, "worker-1") is not None
        assert next(events).data["waiting_before"] == 1
        polled = httpx.get(f"{address}/api/results/{job_id}").json()
        assert (polled["waiting_before"], polled["revision"]) == (1, 0)
        cancel(resources, second)
        event = next(events)
        assert (event.data["waiting_before"], event.id) == (0, 0)
        assert leases.claim(resources, job_id, "worker-1") is not None
        event = next(events)
        assert (event.data["state"], event.data["waiting_before"]) == ("RUNNING", None)


def test_ids_rise_and_what_was_seen_is_not_told_again(address: str, resources: Resources) -> None:
    lease = world.running(resources)
    with followed(address, lease.job_id) as events:
        seen = next(events)
    world.report(resources, lease, 30)
    with followed(address, lease.job_id, {"Last-Event-ID": str(seen.id)}) as events:
        event = next(events)
        assert event.id > seen.id
        assert event.data["progress"]["frames_decoded"] == 30
    with followed(address, lease.job_id, {"Last-Event-ID": str(event.id)}) as events:
        cancel(resources, lease.job_id)
        (last,) = events
    assert (last.name, last.data["state"], last.data["error"]["error_code"]) == (
        "final",
        "CANCELLED",
        "CANCELLED",
    )


def test_a_browser_that_has_seen_the_end_is_told_to_stay_away(address: str, resources: Resources) -> None:
    job_id = world.completed(resources)
    with followed(address, job_id) as events:
        (last,) = events
    again = httpx.get(f"{address}/api/jobs/{job_id}/events", headers={"Last-Event-ID": str(last.id)})
    assert (again.status_code, again.content) == (204, b"")


def test_a_deleted_job_ends_its_stream(address: str, resources: Resources) -> None:
    job_id = world.queued(resources)
    with followed(address, job_id) as events:
        next(events)
        cancel(resources, job_id)
        delete(resources, job_id)
        assert [event.name for event in events][-1] in ("deleted", "final")


def test_a_job_started_again_is_followed_anew(address: str, resources: Resources) -> None:
    job_id = world.failed(resources)
    with followed(address, job_id) as events:
        (failure,) = events
    retry(resources, None, job_id)
    with followed(address, job_id, {"Last-Event-ID": str(failure.id)}) as events:
        again = next(events)
        assert (again.id > failure.id, again.data["state"]) == (True, "QUEUED")


def test_events_reach_the_owner_alone(make_resources: MakeResources) -> None:
    resources = make_resources(saas={"require_auth": True})
    ada, as_ada = world.account(resources)
    _, as_bob = world.account(resources)
    bobs, _ = world.account(resources)
    lease, others = world.running(resources, ada), world.running(resources, bobs)
    with listening(resources) as address:
        for who, status in (({}, 401), (as_bob, 404)):
            refused = httpx.get(f"{address}/api/jobs/{lease.job_id}/events", headers=who)
            assert refused.status_code == status
            assert refused.headers["content-type"] == "application/json"
        with followed(address, lease.job_id, as_ada) as events:
            told = [next(events)]
            for frames in range(9, 20):
                world.report(resources, others, frames)
            world.report(resources, lease, 21)
            world.finish(resources, lease)
            told += events
    assert {event.data["job_id"] for event in told} == {lease.job_id}
    assert told[-1].name == "final"


@pytest.mark.parametrize("ending", ["logout", "password", "account", "expiry"])
def test_events_end_with_the_login_that_they_were_asked_for_with(
    make_resources: MakeResources, ending: str
) -> None:
    resources = make_resources()
    owner, as_ada = world.account(resources)
    with resources.database.write() as session:
        other = open_login(session, resources.settings, user_of(session, owner), resources.clock())
    lease = world.running(resources, owner)
    elsewhere = {"Authorization": f"Bearer {other.token}"}
    with listening(resources) as address, followed(address, lease.job_id, as_ada) as events:
        next(events)
        with followed(address, lease.job_id, elsewhere) as others:
            next(others)
            END_OF_LOGIN[ending](resources, owner, as_ada, address)
            began = time.monotonic()
            assert list(events) == []
            assert time.monotonic() - began < 2
            if ending in ("logout", "expiry"):
                world.report(resources, lease, 30)
                assert next(others).data["progress"]["frames_decoded"] == 30, "each login for itself"
            else:
                assert list(others) == []
        again = httpx.get(f"{address}/api/jobs/{lease.job_id}/events", headers=as_ada)
        assert again.status_code == 401


def user_of(session: Session, owner: Owner) -> User:
    found = session.get(User, owner.id)
    assert found
    return found


def log_out(resources: Resources, owner: Owner, headers: dict[str, str], address: str) -> None:
    assert httpx.post(f"{address}/api/auth/logout", headers=headers).status_code == 200


def end_all(resources: Resources, owner: Owner, headers: dict[str, str], address: str) -> None:
    with resources.database.write() as session:
        sessions.revoke_all(session, owner.id, resources.clock())


def delete_account(resources: Resources, owner: Owner, headers: dict[str, str], address: str) -> None:
    with resources.database.write() as session:
        session.execute(sql_delete(User).where(User.id == owner.id))


def expire(resources: Resources, owner: Owner, headers: dict[str, str], address: str) -> None:
    session_id = tokens.read(headers["Authorization"].split()[1], signing_key(resources.settings)).session_id
    with resources.database.write() as session:
        login = session.get(tables.Session, session_id)
        assert login
        login.expires_at = resources.clock() - timedelta(seconds=1)


END_OF_LOGIN = {"logout": log_out, "password": end_all, "account": delete_account, "expiry": expire}


def test_the_server_stops_while_somebody_follows(resources: Resources) -> None:
    job_id = world.queued(resources)
    with contextlib.ExitStack() as server:
        address = server.enter_context(listening(resources))
        with followed(address, job_id) as events:
            next(events)
            server.close()  # asserts that the server ends


class Ledger:
    """Stands in for the database: rows by id, and how it was asked."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.asked: list[tuple[str, ...]] = []
        self.away = False

    def look(self, ids: Collection[str]) -> dict[str, Job]:
        self.asked.append(tuple(sorted(ids)))
        if self.away:
            raise OperationalError("SELECT", {}, Exception("away"))
        return {job_id: self.jobs[job_id] for job_id in ids if job_id in self.jobs}

    def change(self, job_id: str, revision: int) -> None:
        self.jobs[job_id] = Job(id=job_id, revision=revision)


@contextlib.asynccontextmanager
async def hub_over(ledger: Ledger) -> Any:
    hub = ProgressHub(ledger.look, interval_seconds=0.01)
    running = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def test_one_question_serves_all_watchers_and_none_without_them() -> None:
    async def story() -> None:
        ledger = Ledger()
        for job_id in ("a", "b"):
            ledger.change(job_id, 1)
        async with hub_over(ledger) as hub:
            with contextlib.ExitStack() as stack:
                watches = [stack.enter_context(hub.watching(job_id, 1)) for job_id in "aab" * 50]
                ledger.change("a", 2)
                ledger.change("b", 5)
                changed = await asyncio.wait_for(asyncio.gather(*(watch.change() for watch in watches)), 10)
                assert [current.job.revision for current in changed] == [2, 2, 5] * 50
            assert set(ledger.asked) == {("a", "b")}
            assert hub.watchers == 0
            await asyncio.sleep(0.05)
            asked = len(ledger.asked)
            await asyncio.sleep(0.05)
            assert len(ledger.asked) == asked

    asyncio.run(story())


def test_a_slow_watcher_is_given_the_newest_and_waits_out_an_outage() -> None:
    async def story() -> None:
        ledger = Ledger()
        ledger.change("a", 1)
        async with hub_over(ledger) as hub:
            with hub.watching("a", 1) as watch:
                for revision in (2, 3):
                    ledger.change("a", revision)
                    await seen(ledger)
                assert (await asyncio.wait_for(watch.change(), 10)).job.revision == 3
                ledger.away = True
                await seen(ledger)
                ledger.change("a", 4)
                ledger.away = False
                assert (await asyncio.wait_for(watch.change(), 10)).job.revision == 4
                del ledger.jobs["a"]
                assert await asyncio.wait_for(watch.change(), 10) is None

    async def seen(ledger: Ledger) -> None:
        asked = len(ledger.asked)
        async with asyncio.timeout(10):
            while len(ledger.asked) < asked + 2:
                await asyncio.sleep(0.005)

    asyncio.run(story())
