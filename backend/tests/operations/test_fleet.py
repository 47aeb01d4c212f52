"""What is read out of the rows of live workers."""

from __future__ import annotations

import socket

import pytest

from deepshield.operations.workers import Fleet
from deepshield.persistence.tables import Worker

pytestmark = pytest.mark.unit


def worker(host: str, queue: str, state: str, detail: str | None = None) -> Worker:
    return Worker(id=f"{host}:1:{queue}:ab", queue=queue, state=state, detail=detail)


def test_a_queue_is_ready_when_one_of_its_workers_is() -> None:
    fleet = Fleet((worker("a", "images", "broken", "no bundle"), worker("b", "images", "ready")))
    assert fleet.ready_queues == {"images"}
    assert [one.detail for one in fleet.broken] == ["no bundle"]


def test_a_starting_worker_is_neither_ready_nor_broken() -> None:
    fleet = Fleet((worker("a", "videos", "starting"),))
    assert (fleet.ready_queues, fleet.broken) == (frozenset(), ())


def test_workers_are_chosen_by_queue_and_by_host() -> None:
    here = worker(socket.gethostname()[:200], "images", "ready")
    alike = worker(f"{socket.gethostname()[:200]}-2", "images", "ready")
    fleet = Fleet((here, alike, worker("elsewhere", "videos", "ready")))
    assert fleet.on_this_host().workers == (here,)
    assert fleet.of_queues(["videos"]).ready_queues == {"videos"}


def test_a_worker_that_waits_for_the_active_bundle_is_not_ready_and_not_restarted() -> None:
    waits = Fleet((worker("a", "images", "starting", "it is refused"), worker("a", "videos", "ready")))
    assert waits.fault(["images", "videos"]) == "no ready worker consumes images: it is refused"
    assert waits.fault(["images", "videos"], waiting_is_well=True) is None
    loads = Fleet((worker("a", "images", "starting"),))
    assert loads.fault(["images"], waiting_is_well=True) == "no ready worker consumes images"
    broken = Fleet((worker("a", "images", "broken", "no bundle"),))
    assert broken.fault(["images"], waiting_is_well=True) == "the worker of images is broken: no bundle"
