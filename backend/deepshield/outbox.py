"""Events for a workspace's webhooks, written in the transaction of what they are about.

An event is there if and only if what it tells of is; `webhooks` sends it after the commit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.batches import Tally
from deepshield.domain.events import Event
from deepshield.domain.rechecks import Change, RecheckState
from deepshield.domain.rechecks import Tally as RecheckTally
from deepshield.persistence.repositories import webhooks
from deepshield.persistence.tables import Batch, Job
from deepshield.persistence.workbench import Label, Medium, Recheck, ReviewTask


def analysis_completed(
    session: Session, job: Job, verdict: str, final_score: float | None, now: datetime
) -> None:
    """Note that a job has a result; those of a recheck are told of by its own events."""
    if job.cause_id is not None:
        return
    _note(session, Event.ANALYSIS_COMPLETED, job, {"verdict": verdict, "final_score": final_score}, now)


def analysis_failed(session: Session, job: Job, code: str, now: datetime) -> None:
    """Note that a job has failed for good; as `analysis_completed`."""
    if job.cause_id is not None:
        return
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


def verdict_flipped(
    session: Session,
    job: Job,
    before: tuple[str | None, str | None],
    verdict: str,
    change: Change,
    now: datetime,
) -> None:
    """Note that a verdict differs from that ``before``, which is a job and its verdict."""
    outcome = {
        "verdict": verdict,
        "change": change.value,
        "before": {"job_id": before[0], "verdict": before[1]},
        "media_id": job.media_id,
        "recheck_id": job.cause_id,
    }
    _note(session, Event.VERDICT_FLIPPED, job, outcome, now)


def recheck_finished(session: Session, recheck: Recheck, tally: RecheckTally, now: datetime) -> None:
    """Note that every file of a recheck has ended."""
    data = {
        "recheck_id": recheck.id,
        "reason": recheck.reason,
        "stopped": recheck.state == RecheckState.STOPPED,
        "items": tally.items,
        "flipped": tally.flipped,
        "states": {state.value: number for state, number in tally.states.items()},
        "changes": {change.value: number for change, number in tally.changes.items()},
    }
    event = Event.RECHECK_FINISHED.value
    webhooks.add_event(session, recheck.workspace_id, event, payload(event, data, now), now)


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
