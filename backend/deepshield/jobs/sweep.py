"""The sweep, every few seconds: announce unclaimed jobs, requeue orphans, delete what has expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield import idempotency
from deepshield.deletion import delete_noted, note_files
from deepshield.domain import retention
from deepshield.domain.errors import Code
from deepshield.domain.retention import Periods
from deepshield.jobs import resumable
from deepshield.jobs.announce import announce
from deepshield.jobs.outcome import end_failed
from deepshield.persistence.repositories import (
    attempts,
    audit,
    blobs,
    jobs,
    media,
    webhooks,
    workers,
    workspaces,
)
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.reviews import queue

_ANNOUNCED_PER_QUEUE = 50  # per sweep: enough to keep a worker busy, and few enough to be cheap
_BATCH = 200
_MEDIA_AT_ONCE = 100  # each takes some milliseconds of a writing transaction
_WORKERS_KEPT_SECONDS = 3600.0
_DELIVERIES_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep did, in numbers."""

    announced: int
    requeued: int
    failed: int
    files_deleted: int
    jobs_deleted: int
    uploads_expired: int
    reviews_given_back: int = 0


def sweep(resources: Resources) -> SweepReport:
    """Sweep once; several processes may sweep at the same time."""
    requeued, failed = requeue_lost(resources)
    announced = announce_again(resources)
    jobs_deleted = expire(resources)
    uploads_expired = resumable.expire(resources)
    with resources.database.read() as session:
        keys = blobs.pending_deletions(session, _BATCH)
    files_deleted = delete_noted(resources, keys)
    given_back = queue.sweep(resources)
    return SweepReport(announced, requeued, failed, files_deleted, jobs_deleted, uploads_expired, given_back)


def announce_again(resources: Resources) -> int:
    """Announce queued jobs that no worker has claimed for JOB_RESEND_SECONDS; their messages may be lost."""
    now = resources.clock()
    before = now - timedelta(seconds=resources.settings.job.resend_seconds)
    with resources.database.write() as session:
        jobs.give_due_times(session)
        due = jobs.take_unsent(session, now, before, _ANNOUNCED_PER_QUEUE)
    return announce(resources, due)


def requeue_lost(resources: Resources) -> tuple[int, int]:
    """Requeue the jobs of lost workers, and fail those with no attempt left; return how many of each."""
    now = resources.clock()
    seen_before = now - timedelta(seconds=resources.settings.job.heartbeat_timeout_seconds)
    requeued = failed = 0
    with resources.database.read() as session:
        lost = jobs.abandoned(session, now, seen_before)
    for job in lost:  # each for itself: its end locks its batch, which another's worker may wait for
        with resources.database.write() as session:
            again = _requeue(session, job, resources.settings.job.max_attempts, now)
        requeued, failed = requeued + again, failed + (not again)
    with resources.database.write() as session:
        workers.remove_lost(session, now - timedelta(seconds=_WORKERS_KEPT_SECONDS))
    return requeued, failed


def expire(resources: Resources) -> int:
    """Delete uploads, artifacts and rows after their retention; return the number of deleted rows."""
    periods, now = resources.settings.retention, resources.clock()
    with resources.database.write() as session:  # by itself: it locks rechecks before what is about them
        webhooks.find_subjects(session, _BATCH)
    with resources.database.write() as session:
        jobs.place(session)
        media.make_missing(session, _MEDIA_AT_ONCE, now)
        for hours in (None, *workspaces.own_periods(session)):
            _expire_files(session, retention.shortened(periods, hours), hours, now)
        idempotency.remove_expired(session, now)
        webhooks.remove_old(session, now - _DELIVERIES_KEPT)
        rows = jobs.rows_past(session, retention.rows_end_before(now, periods), _BATCH)
        for job in rows:
            note_files(session, job, now)
            audit.record(session, "job.expired", now, subject=job.id)
        session.flush()
        removed = jobs.remove(session, [job.id for job in rows])
        media.jobs_expired(session, {job.media_id for job in rows})
        return removed


def _expire_files(session: Session, periods: Periods, hours: int | None, now: datetime) -> None:
    """Delete the files whose time is over: everybody's, or those in workspaces that keep them for hours."""
    uploads_end = retention.uploads_end_before(now, periods)
    for job in jobs.uploads_past(session, uploads_end, _BATCH, hours):
        assert job.upload_key is not None
        blobs.note_deletion(session, [job.upload_key], now)
        job.upload_key = None
        audit.record(session, "file.expired", now, subject=job.id)
        job.revision += 1
    for job in jobs.artifacts_past(session, retention.expired_end_before(now, periods), _BATCH, hours):
        note_files(session, job, now)
        job.revision += 1
        audit.record(session, "artifacts.expired", now, subject=job.id)
    session.flush()


def _requeue(session: Session, job: Job, max_attempts: int, now: datetime) -> bool:
    token = job.lease_token
    assert token is not None, "a job that runs has a lease"
    attempts.end(session, token, Code.WORKER_LOST, now)
    if job.attempts < max_attempts:
        return jobs.requeue(session, job.id, token, now) is not None
    code, details = Code.WORKER_LOST, {"attempts": job.attempts}
    end_failed(session, job.id, token, now, code, code.words, details)
    return False
