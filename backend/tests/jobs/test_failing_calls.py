"""The N-th call to database, storage or broker fails, for every N: what was promised holds all the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from example_results import example
from service_parts import MakeResources
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from deepshield.domain.errors import Code
from deepshield.domain.facts import StoredArtifact
from deepshield.domain.jobs import FINAL, MediaKind, State
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier, usage_day
from deepshield.jobs import lease as leases
from deepshield.jobs.cancel import cancel_or_delete
from deepshield.jobs.served_bundle import served_bundle
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import sweep
from deepshield.persistence.repositories import usage
from deepshield.persistence.tables import Job, Result, User
from deepshield.resources import Resources
from deepshield.storage import StorageError

pytestmark = pytest.mark.integration

OPERATIONS = ("submit", "claim", "finish", "fail", "crashed", "release", "cancel", "delete", "sweep")
_MORE_THAN_ANY_OPERATION_CALLS = 60


class Faults:
    """Counts calls to the world outside and makes one of them fail."""

    def __init__(self, resources: Resources, failing: int) -> None:
        self.calls, self._failing, self._resources = 0, failing, resources

    def hit(self) -> bool:
        self.calls += 1
        return self.calls == self._failing

    def statement(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        if self.hit():
            raise OperationalError(statement, {}, Exception("the connection is gone"))

    def commit(self, _: Any) -> None:
        if self.hit():
            raise OperationalError("COMMIT", {}, Exception("the connection is gone"))

    @contextmanager
    def at_work(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        engine, store, announcer = (
            self._resources.database.engine,
            self._resources.store,
            self._resources.announcer,
        )
        delete, announce = store.delete, announcer.announce

        def failing_delete(key: str) -> None:
            if self.hit():
                raise StorageError("the disk is gone")
            delete(key)

        with monkeypatch.context() as patched:
            patched.setattr(type(store), "delete", lambda _, key: failing_delete(key))
            patched.setattr(
                type(announcer), "announce", lambda _, *job: False if self.hit() else announce(*job)
            )
            event.listen(engine, "before_cursor_execute", self.statement)
            event.listen(engine, "commit", self.commit)
            try:
                yield
            finally:
                event.remove(engine, "before_cursor_execute", self.statement)
                event.remove(engine, "commit", self.commit)


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    return make_resources(saas={"free_daily_uploads": 1000})


@pytest.fixture
def owner(service: Resources) -> Owner:
    user, now = str(uuid.uuid4()), service.clock()
    row = User(
        id=user,
        email="a@example.org",
        password_hash="-",
        tier="free",
        created_at=now,
        password_changed_at=now,
    )
    with service.database.write() as session:
        session.add(row)
    return Owner(user, Tier.FREE)


def submission(service: Resources) -> Submission:
    key = f"uploads/{uuid.uuid4().hex}"
    with service.store.writer(key) as writer:
        writer.write(b"pixels")
        writer.commit()
    return Submission(MediaKind.IMAGE, "a.jpg", None, 6, uuid.uuid4().hex * 2, key)


def prepared(service: Resources, owner: Owner, operation: str) -> tuple[Callable[[], object], str | None]:
    """Bring a job to where ``operation`` applies; return the operation and the job."""
    if operation == "submit":
        new = submission(service)
        return lambda: submit(service, owner, new), None
    job, _ = submit(service, owner, submission(service))
    if operation == "claim":
        return lambda: leases.claim(service, job.id, "w"), job.id
    if operation == "cancel":
        return lambda: cancel_or_delete(service, owner, job.id), job.id
    lease = leases.claim(service, job.id, "w")
    assert lease is not None
    result = example("no_signs")
    made = [StoredArtifact("a.png", f"artifacts/{uuid.uuid4().hex}", "image/png", 1, "0" * 64)]
    bundle = served_bundle(service).facts
    if operation == "delete":
        leases.finish(service, lease, result, made, bundle)
    operations: dict[str, Callable[[], object]] = {
        "finish": lambda: leases.finish(service, lease, result, made, bundle),
        "fail": lambda: leases.fail(service, lease, Code.INTERNAL_ERROR, "ours"),
        "crashed": lambda: leases.crashed(service, lease),
        "release": lambda: leases.release(service, lease),
        "delete": lambda: cancel_or_delete(service, owner, job.id),
        "sweep": lambda: sweep(service),
    }
    return operations[operation], job.id


def require_sound(service: Resources, owner: Owner) -> None:
    """Each job is charged once unless it failed through our fault; only a completed one has a result."""
    with service.database.read() as session:
        jobs = session.scalars(select(Job)).all()
        charged = sum(job.charged_day is not None for job in jobs)
        deleted = usage.used(session, owner.id, usage_day(service.clock())) - charged
        assert deleted >= 0, "a job without its charge"
        for job in jobs:
            results = session.scalar(select(func.count()).where(Result.job_id == job.id))
            assert (job.state == State.COMPLETED) == (results == 1), job.state
            assert (job.lease_token is None) == (job.state in FINAL or job.state == State.QUEUED), job.state
            if job.error_code == Code.INTERNAL_ERROR:
                assert job.charged_day is None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_call_fails_nothing_is_half_done(
    operation: str, service: Resources, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failing in range(1, _MORE_THAN_ANY_OPERATION_CALLS):
        call, job_id = prepared(service, owner, operation)
        faults = Faults(service, failing)
        with faults.at_work(monkeypatch), suppress(OperationalError):
            call()
        require_sound(service, owner)
        if job_id is not None:
            _require_it_can_go_on(service, owner, job_id)
        if faults.calls < failing:
            return
    raise AssertionError("the operation never ran through")


def _require_it_can_go_on(service: Resources, owner: Owner, job_id: str) -> None:
    with service.database.read() as session:
        job = session.get(Job, job_id)
    if job is not None and job.state == State.QUEUED:
        lease = leases.claim(service, job_id, "another")
        assert lease is not None, "a queued job can always be claimed"
    if job is not None:
        cancel_or_delete(service, owner, job_id)
