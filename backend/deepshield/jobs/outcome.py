"""Failed jobs: the recorded error, and the refund when the server is at fault."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield import outbox
from deepshield.domain.failures import is_charged
from deepshield.domain.jobs import PREVIEWS, State
from deepshield.jobs.batch_ends import job_ended
from deepshield.jobs.recheck_ends import recheck_ended
from deepshield.persistence.repositories import audit, jobs, usage
from deepshield.persistence.tables import Job


def refund(session: Session, job: Job) -> None:
    """Refund the charge of a job, once."""
    if job.owner_id is not None and job.charged_day is not None:
        usage.refund(session, job.owner_id, job.charged_day)
        job.charged_day = None


def end_failed(
    session: Session,
    job_id: str,
    token: str,
    now: datetime,
    code: str,
    message: str,
    details: dict[str, Any] | None = None,
) -> Job | None:
    """Record a final failure and refund the charge when the server is at fault.

    None, and nothing recorded, without a valid token.
    """
    values = {"error_code": str(code), "error_message": message, "error_details": details}
    job = jobs.end(session, job_id, token, State.FAILED, now, values)
    if job is None:
        return None
    audit.record(session, "job.failed", now, subject=job_id, details={"code": str(code)})
    if not is_charged(code):
        refund(session, job)
    if job.queue != PREVIEWS:
        outbox.analysis_failed(session, job, str(code), now)
    job_ended(session, job_id, now)
    recheck_ended(session, job, now)
    return job
