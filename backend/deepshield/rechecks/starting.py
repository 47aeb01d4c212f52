"""Making jobs of a recheck's items: a few at a time, each over a copy of a file that is still kept."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import Origin
from deepshield.domain.rechecks import FileState, RecheckState
from deepshield.domain.roles import ALLOWED, May, known
from deepshield.jobs.announce import announce
from deepshield.jobs.copying import deleted_if_refused, forget, submission_over
from deepshield.jobs.recheck_ends import finish_if_ended
from deepshield.jobs.rule_in_use import is_judged
from deepshield.jobs.served_bundle import served_bundle
from deepshield.jobs.submit import Submission, new_job
from deepshield.persistence.repositories import audit, jobs, rechecks, workspaces
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium, Recheck
from deepshield.resources import Resources
from deepshield.storage import StorageError

_log = logging.getLogger(__name__)


def start_waiting(resources: Resources, recheck_id: str) -> int:
    """Make jobs of what waits, so that RECHECK_AT_ONCE jobs of a recheck wait or run; return how many.

    Several processes may do this at once. When storage does not answer, what waits goes on waiting.
    """
    with resources.database.read() as session:
        media = rechecks.to_start(session, recheck_id, resources.settings.recheck.at_once)
    started = 0
    for media_id in media:
        try:
            started += _start(resources, recheck_id, media_id)
        except StorageError as error:
            _log.warning("a recheck waits for storage: %s", type(error).__name__)
            break
    return started


def submission_of(resources: Resources, source: Job, request_id: str | None = None) -> Submission:
    """Copy an analysis' file and describe the copy as one of the first analysis' file.

    Raises as `copying.submission_over`.
    """
    submission = submission_over(resources, source, request_id)
    return replace(submission, parent_id=source.parent_id or source.id)


def job_over(
    submission: Submission, medium: Medium, owner_id: str | None, now: datetime, cause_id: str | None = None
) -> Job:
    """Return the row of another analysis of a medium, which is charged to nobody."""
    job = new_job(submission, owner_id, now, None, medium.workspace_id)
    job.media_id, job.origin, job.cause_id = medium.id, Origin.RECHECK, cause_id
    return job


def insert(session: Session, job: Job, now: datetime) -> None:
    """Insert the row that `job_over` has made."""
    session.add(job)
    session.flush()
    told = {"copy_of": job.parent_id, "recheck": job.cause_id}
    audit.record(session, "job.accepted", now, actor=job.owner_id, subject=job.id, details=told)


def _start(resources: Resources, recheck_id: str, media_id: str) -> bool:
    with resources.database.read() as session:
        source = rechecks.holder(session, media_id)
    submission = None if source is None else _copied(resources, source)
    if source is None or submission is None:
        _end(resources, recheck_id, media_id, FileState.GONE)
        return False
    patient = replace(submission, patience=resources.settings.recheck.patience)
    with deleted_if_refused(resources, submission):
        job = _made(resources, recheck_id, media_id, source, patient)
    if job is None:
        forget(resources, submission)
        return False
    announce(resources, [(job.id, job.queue)])
    return True


def _made(
    resources: Resources, recheck_id: str, media_id: str, source: Job, submission: Submission
) -> Job | None:
    """Insert the job of an item; None when the item does not wait any more, or needs no job."""
    now, bundle = resources.clock(), served_bundle(resources)
    with resources.database.write() as session:
        # The job before its medium, as who deletes both; the medium before the recheck, as at a job's end.
        kept = jobs.keeps_upload(session, source.id)
        medium = rechecks.locked_medium(session, media_id)
        recheck = rechecks.locked(session, recheck_id)
        if recheck is None or recheck.state != RecheckState.RUNNING:
            return None
        if medium is None:
            rechecks.take(session, recheck, media_id, FileState.GONE)
            finish_if_ended(session, recheck_id, now)
            return None
        if is_judged(session, bundle, medium):
            rechecks.take(session, recheck, media_id, FileState.SKIPPED)
            finish_if_ended(session, recheck_id, now)
            return None
        if not kept:
            return None  # its file has just been deleted: the next round finds another, or ends the item
        job = job_over(submission, medium, _sender(session, recheck), now, recheck_id)
        if not rechecks.take(session, recheck, media_id, FileState.QUEUED, job_id=job.id):
            return None  # another process has made its job
        insert(session, job, now)
        return job


def _copied(resources: Resources, source: Job) -> Submission | None:
    try:
        return submission_of(resources, source)
    except DeepShieldError as error:
        if error.code is not Code.EXPIRED:
            raise
        return None


def _end(resources: Resources, recheck_id: str, media_id: str, state: FileState) -> None:
    now = resources.clock()
    with resources.database.write() as session:
        recheck = rechecks.locked(session, recheck_id)
        if recheck is not None:
            rechecks.take(session, recheck, media_id, state)
            finish_if_ended(session, recheck_id, now)


def _sender(session: Session, recheck: Recheck) -> str | None:
    """Return who asked for the recheck, while that is a member who may analyse."""
    if recheck.asked_by is None:
        return None
    role = workspaces.role_of(session, recheck.workspace_id, recheck.asked_by)
    return recheck.asked_by if role is not None and May.ANALYSE in ALLOWED[known(role)] else None
