"""The whole application over given resources, with accounts, and jobs in every state."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

import structlog
from example_results import example
from fastapi.testclient import TestClient
from sqlalchemy import select

from deepshield.accounts.sessions import open_login
from deepshield.api.app import create_app
from deepshield.domain.errors import Code
from deepshield.domain.facts import StoredArtifact
from deepshield.domain.jobs import MediaKind, Stage, State
from deepshield.domain.owner import Owner
from deepshield.domain.progress import Report
from deepshield.domain.quota import Tier
from deepshield.jobs import lease as leases
from deepshield.jobs.cancel import cancel
from deepshield.jobs.served_bundle import served_bundle
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.tables import Job, User
from deepshield.resources import Resources
from deepshield.result import AnalysisResult

# Faults are provoked here, and the default shows every local variable of theirs.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
CROP = "moment-1-crop.png"
OVERLAY = "moment-1-overlay.png"


@contextlib.contextmanager
def serving(resources: Resources, **options: Any) -> Iterator[TestClient]:
    """Start the application and return a client that sees faults as answers."""
    app = create_app(resources.settings, lambda _: resources)
    with TestClient(app, raise_server_exceptions=False, **options) as client:
        yield client


def account(resources: Resources, tier: Tier = Tier.PRO) -> tuple[Owner, dict[str, str]]:
    """Make an account; return it and the header that signs it in."""
    user_id, now = str(uuid.uuid4()), resources.clock()
    with resources.database.write() as session:
        user = User(
            id=user_id,
            email=f"{user_id}@example.org",
            password_hash="-",
            tier=tier,
            created_at=now,
            password_changed_at=now,
        )
        session.add(user)
        session.flush()
        token = open_login(session, resources.settings, user, now).token
    return Owner(user_id, tier), {"Authorization": f"Bearer {token}"}


def queued(
    resources: Resources,
    owner: Owner | None = None,
    name: str = "clip.mp4",
    kind: MediaKind = MediaKind.VIDEO,
) -> str:
    """Accept a file; return its job's id."""
    key = f"uploads/{uuid.uuid4().hex}"
    with resources.store.writer(key) as writer:
        writer.write(PICTURE)
        writer.commit()
    sha256 = uuid.uuid4().hex * 2
    job, _ = submit(resources, owner, Submission(kind, name, "video/mp4", len(PICTURE), sha256, key))
    return job.id


def running(resources: Resources, owner: Owner | None = None, name: str = "clip.mp4") -> leases.Lease:
    """Accept a file and let a worker report progress on it; return the worker's lease."""
    lease = leases.claim(resources, queued(resources, owner, name), "worker-1")
    assert lease is not None
    report(resources, lease, 8)
    return lease


def report(resources: Resources, lease: leases.Lease, frames: int) -> None:
    """Let the worker tell how many of 32 frames it has decoded."""
    assert leases.heartbeat(resources, lease, Report(Stage.FACE_DETECTION, frames, 32, frames, frames))


def finish(resources: Resources, lease: leases.Lease, **outcome: Any) -> None:
    """Let the worker complete its job with two pictures; ``outcome`` replaces fields of the example."""
    made = []
    for name in (CROP, OVERLAY):
        key = f"artifacts/{lease.job_id}/{lease.token}/{name}"
        with resources.store.writer(key) as writer:
            writer.write(PICTURE)
            writer.commit()
        made.append(StoredArtifact(name, key, "image/png", len(PICTURE), "b" * 64))
    facts = served_bundle(resources).facts
    result = AnalysisResult.model_validate({**example().model_dump(mode="json"), **outcome})
    assert leases.finish(resources, lease, result, made, facts)


def completed(
    resources: Resources, owner: Owner | None = None, name: str = "clip.mp4", **outcome: Any
) -> str:
    """Return the id of a job with a result and two pictures."""
    lease = running(resources, owner, name)
    finish(resources, lease, **outcome)
    return lease.job_id


def medium_of(resources: Resources, job_id: str) -> str:
    """Return the id of a job's file in the library; empty where it has none."""
    with resources.database.read() as session:
        return session.scalar(select(Job.media_id).where(Job.id == job_id)) or ""


def complete(resources: Resources, job_id: str) -> None:
    """Let a worker complete a queued job."""
    lease = leases.claim(resources, job_id, "worker-1")
    assert lease is not None
    report(resources, lease, 8)
    finish(resources, lease)


def failed(resources: Resources, owner: Owner | None = None) -> str:
    """Return the id of a job whose file could not be decoded."""
    job_id = queued(resources, owner)
    fail(resources, job_id)
    return job_id


def fail(resources: Resources, job_id: str) -> None:
    """Let a worker find that a queued job's file cannot be decoded."""
    lease = leases.claim(resources, job_id, "worker-1")
    assert lease is not None
    report(resources, lease, 8)
    leases.fail(resources, lease, Code.VIDEO_DECODE_ERROR, "We could not read the pictures.")


def cancelled(resources: Resources, owner: Owner | None = None) -> str:
    """Return the id of a cancelled job."""
    job_id = queued(resources, owner)
    assert cancel(resources, job_id)
    return job_id


def in_every_state(resources: Resources, owner: Owner | None = None) -> dict[State, str]:
    """Return the ids of jobs, one in each state that lasts."""
    return {
        State.QUEUED: queued(resources, owner),
        State.PROCESSING: running(resources, owner).job_id,
        State.COMPLETED: completed(resources, owner),
        State.FAILED: failed(resources, owner),
        State.CANCELLED: cancelled(resources, owner),
    }
