"""What every end of a job has in common: the record of the try, the charge, and files that may go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.failures import is_charged
from deepshield.domain.jobs import State
from deepshield.persistence.repositories import blobs, jobs, results, usage
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.storage import StorageError


def refund(session: Session, job: Job) -> None:
    """Give the charge of a job back, once."""
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
) -> None:
    """Record a final failure and give the charge back when the fault is ours, if the lease is held."""
    values = {"error_code": str(code), "error_message": message, "error_details": details}
    job = jobs.end(session, job_id, token, State.FAILED, now, values)
    if job is not None and not is_charged(code):
        refund(session, job)


def doom_files(session: Session, job: Job, now: datetime) -> list[str]:
    """Note all of a job's files for deletion and return their keys."""
    keys = results.remove_artifacts(session, job.id)
    if job.upload_key is not None:
        keys.append(job.upload_key)
        job.upload_key = None
    job.purged_at = now
    blobs.doom(session, keys, now)
    return keys


def bury(resources: Resources, keys: Iterable[str]) -> int:
    """Delete files that are noted for deletion; what storage cannot delete now is left for the next sweep."""
    gone = []
    for key in keys:
        try:
            resources.store.delete(key)
        except StorageError:
            continue
        gone.append(key)
    if gone:
        with resources.database.write() as session:
            blobs.buried(session, gone)
    return len(gone)
