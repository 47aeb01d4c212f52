"""What is done every few seconds so that nothing is ever stuck: announce, rescue, forget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code
from deepshield.jobs.announce import announce
from deepshield.jobs.outcome import bury, doom_files, end_failed
from deepshield.persistence.repositories import attempts, blobs, jobs, workers
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

_ANNOUNCED_AT_ONCE = 50  # per queue and sweep: enough for a worker to go on, and few enough to be cheap
_FORGOTTEN_AT_ONCE = 200
_WORKERS_KEPT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class SweepReport:
    """How much a sweep found to do."""

    announced: int
    rescued: int
    failed: int
    files_deleted: int
    jobs_deleted: int


def sweep(resources: Resources) -> SweepReport:
    """Do all of it once. Several sweeps at a time do no harm."""
    rescued, failed = rescue(resources)
    announced = announce_again(resources)
    jobs_deleted = expire(resources)
    with resources.database.read() as session:
        keys = blobs.doomed(session, _FORGOTTEN_AT_ONCE)
    files_deleted = bury(resources, keys)
    return SweepReport(announced, rescued, failed, files_deleted, jobs_deleted)


def announce_again(resources: Resources) -> int:
    """Announce queued jobs that nobody has claimed for a while; the broker may have lost them."""
    now = resources.clock()
    before = now - timedelta(seconds=resources.settings.job.resend_seconds)
    with resources.database.write() as session:
        due = jobs.take_unsent(session, now, before, _ANNOUNCED_AT_ONCE)
    return announce(resources, due)


def rescue(resources: Resources) -> tuple[int, int]:
    """Queue again the jobs of workers that are gone, or fail those that have lost too many."""
    now = resources.clock()
    silent = now - timedelta(seconds=resources.settings.job.heartbeat_timeout_seconds)
    rescued = failed = 0
    with resources.database.write() as session:
        for job in jobs.abandoned(session, now, silent):
            if _rescue(session, job, resources.settings.job.max_attempts, now):
                rescued += 1
            else:
                failed += 1
        workers.remove_silent(session, now - timedelta(seconds=_WORKERS_KEPT_SECONDS))
    return rescued, failed


def expire(resources: Resources) -> int:
    """Delete uploads, artifacts and rows that are past their retention; return how many rows went."""
    retention, now = resources.settings.retention, resources.clock()

    uploads_end = now - timedelta(hours=retention.upload_hours)
    artifacts_end = now - timedelta(hours=retention.artifact_hours)
    rows_end = now - timedelta(days=retention.job_days)
    with resources.database.write() as session:
        for job in jobs.uploads_past(session, uploads_end, _FORGOTTEN_AT_ONCE):
            assert job.upload_key is not None
            blobs.doom(session, [job.upload_key], now)
            job.upload_key = None
        for job in jobs.artifacts_past(session, artifacts_end, _FORGOTTEN_AT_ONCE):
            doom_files(session, job, now)
            job.revision += 1
        rows = jobs.rows_past(session, rows_end, _FORGOTTEN_AT_ONCE)
        for job in rows:
            doom_files(session, job, now)
        session.flush()
        return sum(jobs.forget(session, job.id) for job in rows)


def _rescue(session: Session, job: Job, max_attempts: int, now: datetime) -> bool:
    token = job.lease_token
    assert token is not None, "a job that runs has a lease"
    attempts.end(session, token, Code.WORKER_LOST, now)
    if job.attempts < max_attempts:
        return jobs.requeue(session, job.id, token, now) is not None
    message = f"The analysis was interrupted {job.attempts} times. It did not count."
    end_failed(session, job.id, token, now, Code.WORKER_LOST, message)
    return False
