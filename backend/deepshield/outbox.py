"""Events for a workspace's webhooks, written in the transaction of what they are about.

An event is there if and only if what it tells of is; `webhooks` sends it after the commit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.batches import Tally
from deepshield.domain.events import Event
from deepshield.persistence.repositories import webhooks
from deepshield.persistence.tables import Batch, Job
from deepshield.persistence.workbench import Label, Medium, ReviewTask


def analysis_completed(
    session: Session, job: Job, verdict: str, final_score: float | None, now: datetime
) -> None:
    """Note that a job has a result."""
    _note(session, Event.ANALYSIS_COMPLETED, job, {"verdict": verdict, "final_score": final_score}, now)


def analysis_failed(session: Session, job: Job, code: str, now: datetime) -> None:
    """Note that a job has failed for good."""
    _note(session, Event.ANALYSIS_FAILED, job, {"error_code": code}, now)


def batch_finished(session: Session, batch: Batch, tally: Tally, now: datetime) -> None:
    """Note that every item of a batch has ended."""
    workspace_id = batch.workspace_id or batch.owner_id
    if workspace_id is None:  # a visitor has no endpoints
        return
    data = {
        "batch_id": batch.id,
        "name": batch.name,
        "cancelled": batch.cancelled_at is not None,
        "items": tally.items,
        "states": {state.value: number for state, number in tally.states.items()},
        "verdicts": {verdict.value: number for verdict, number in tally.verdicts.items()},
    }
    event = Event.BATCH_FINISHED.value
    webhooks.add_event(session, workspace_id, event, payload(event, data, now), now)


def review_decided(
    session: Session, medium: Medium, label: Label, task: ReviewTask | None, now: datetime
) -> None:
    """Note that people have decided what a file is."""
    data = {
        "media_id": medium.id,
        "sha256": medium.sha256,
        "job_id": medium.job_id if task is None else task.job_id,
        "task_id": None if task is None else task.id,
        "reason": None if task is None else task.reason,
        "value": label.value,
        "kind": label.kind,
        "grade": label.grade,
        "label_revision": label.revision,
    }
    event = Event.REVIEW_DECIDED.value
    webhooks.add_event(session, medium.workspace_id, event, payload(event, data, now), now)


def payload(event: str, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return an event as endpoints get it: the form of Standard Webhooks."""
    return {"type": event, "timestamp": now.isoformat(), "data": data}


def _note(session: Session, event: Event, job: Job, outcome: dict[str, Any], now: datetime) -> None:
    workspace_id = job.workspace_id or job.owner_id
    if workspace_id is None:  # a visitor has no endpoints
        return
    data = {
        "job_id": job.id,
        "state": str(job.state),
        "media_type": job.media_type,
        "sha256": job.sha256,
        **outcome,
    }
    webhooks.add_event(session, workspace_id, event.value, payload(event.value, data, now), now)
