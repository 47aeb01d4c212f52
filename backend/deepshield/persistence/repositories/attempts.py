"""The record of each attempt of a worker at a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deepshield.persistence.tables import Attempt, Job


def begin(session: Session, job: Job, token: str, worker: str, now: datetime) -> None:
    """Record that a worker has claimed a job."""
    session.add(Attempt(id=token, job_id=job.id, number=job.attempts, worker=worker, started_at=now))


def end(session: Session, token: str, outcome: str, now: datetime) -> None:
    """Record how an attempt ended: "completed", "released", "cancelled", or an error's code."""
    open_ = Attempt.ended_at.is_(None)
    session.execute(update(Attempt).where(Attempt.id == token, open_).values(ended_at=now, outcome=outcome))


def end_all(session: Session, job_id: str, outcome: str, now: datetime) -> None:
    """Record the end of a job's open attempt, if it has one."""
    open_ = Attempt.ended_at.is_(None)
    session.execute(
        update(Attempt).where(Attempt.job_id == job_id, open_).values(ended_at=now, outcome=outcome)
    )


def of(session: Session, job_id: str) -> Sequence[Attempt]:
    """Return the attempts at a job, in order."""
    return session.scalars(select(Attempt).where(Attempt.job_id == job_id).order_by(Attempt.started_at)).all()
