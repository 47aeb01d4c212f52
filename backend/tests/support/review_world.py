"""A newsroom with analysed files that are put up for review."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import api_world as world
from workspace_world import Person

from deepshield.domain.owner import Owner
from deepshield.domain.reviews import Reason
from deepshield.persistence.repositories import jobs
from deepshield.persistence.workbench import Medium, ReviewTask
from deepshield.resources import Resources
from deepshield.reviews import asking

IN_BAND: dict[str, Any] = {
    "verdict": "inconclusive",
    "reasons": [{"code": "in_abstain_band", "message": "In the band."}],
}
NO_SIGNS: dict[str, Any] = {
    "verdict": "no_signs",
    "reasons": [{"code": "below_threshold", "message": "Below."}],
}


@dataclass(frozen=True)
class Newsroom:
    """A shared workspace: its admin has sent the files, and others read them."""

    id: str
    sender: Owner
    admin: Person
    ada: Person
    grace: Person
    lead: Person
    stranger: Person


def take(person: Person, room: Newsroom, **wanted: Any) -> dict[str, Any]:
    """Have somebody take the next task; None when there is none."""
    answer = person.ask("POST", "/review/tasks/next", room.id, json=wanted)
    assert answer.status_code == 200, answer.text
    task: dict[str, Any] = answer.json()["task"]
    return task


def act(person: Person, room: Newsroom, task: dict[str, Any], what: str, **body: Any) -> Any:
    """Have a reader do something with a task, with its lease."""
    path = f"/review/tasks/{task['id']}/{what}"
    return person.ask("POST", path, room.id, json={"lease": task["lease"], **body})


def stored(resources: Resources, task_id: str) -> ReviewTask:
    """Return a task's row."""
    with resources.database.read() as session:
        row = session.get(ReviewTask, task_id)
    assert row is not None
    return row


def known(resources: Resources, job_id: str) -> str:
    """Return the medium of a job, which is made where the job names none."""
    with resources.database.write() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        if job.media_id is None:
            job.media_id = str(uuid.uuid4())
            session.add(
                Medium(
                    id=job.media_id,
                    workspace_id=job.workspace_id or job.owner_id,
                    sha256=job.sha256,
                    kind=job.media_type,
                    name=job.original_filename,
                    size_bytes=job.original_size_bytes,
                    first_at=job.created_at,
                    seen_at=job.created_at,
                    sent_by=job.owner_id,
                    job_id=job.id,
                )
            )
        return job.media_id


def analysed(resources: Resources, owner: Owner, origin: str = "first", **outcome: Any) -> tuple[str, str]:
    """Analyse a new file with an outcome; return its medium and the job."""
    lease = world.running(resources, owner)
    media_id = known(resources, lease.job_id)
    with resources.database.write() as session:
        job = jobs.get(session, lease.job_id)
        assert job is not None
        job.origin = origin
    world.finish(resources, lease, **outcome)
    return media_id, lease.job_id


def put_up(resources: Resources, owner: Owner, reason: Reason = Reason.ASKED, **how: Any) -> tuple[str, str]:
    """Analyse a new file and put it up for review, for this reason alone; return the task and the medium."""
    media_id, job_id = analysed(resources, owner, origin="recheck")
    with resources.database.write() as session:
        task_id = asking.ask(session, media_id, reason, resources.clock(), job_id=job_id, **how)
    assert task_id is not None
    return task_id, media_id
