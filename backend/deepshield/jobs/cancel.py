"""Cancelling a job that has not ended, and deleting one that has."""

from __future__ import annotations

from typing import Literal

from deepshield.deletion import delete_noted, note_files
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import FINAL
from deepshield.domain.owner import Owner
from deepshield.jobs.batch_ends import job_ended
from deepshield.jobs.lookup import owned
from deepshield.jobs.ownership import find_sent
from deepshield.jobs.recheck_ends import recheck_ended
from deepshield.persistence.repositories import attempts, audit, jobs, media
from deepshield.resources import Resources


def cancel_or_delete(
    resources: Resources, owner: Owner | None, job_id: str, owner_secret: str | None = None
) -> Literal["cancelled", "deleted"]:
    """Cancel a queued or running job, or delete a final one; its files are deleted either way.

    The worker of a cancelled job has lost its lease and stops at its next heartbeat. Raises as
    `ownership.find_sent` does.
    """
    job = find_sent(resources, owner, job_id, owner_secret)
    actor = owner.id if owner else None
    if job.state in FINAL:
        return delete(resources, job_id, actor)
    return "cancelled" if cancel(resources, job_id, actor) else delete(resources, job_id, actor)


def cancel(resources: Resources, job_id: str, actor: str | None = None) -> bool:
    """Cancel a job, whoever owns it; False when there is none or it has ended. A held file is kept."""
    now = resources.clock()
    with resources.database.write() as session:
        job = jobs.cancel(session, job_id, now)
        if job is None:
            return False
        attempts.end_all(session, job_id, Code.CANCELLED, now)
        keys = [] if media.is_held(session, job.media_id) else note_files(session, job, now)
        audit.record(session, "job.cancelled", now, actor=actor, subject=job_id)
        job_ended(session, job_id, now)
        recheck_ended(session, job, now)
    delete_noted(resources, keys)
    return True


def delete(resources: Resources, job_id: str, actor: str | None = None) -> Literal["deleted"]:
    """Delete a final job's row and files, whoever owns it, and with it the jobs that copied its file.

    Raises `DeepShieldError` CONFLICT when it has been started again meanwhile, NOT_FOUND when it is gone,
    HELD when its file is held.
    """
    now = resources.clock()
    with resources.database.write() as session:
        job = owned(jobs.locked(session, job_id))
        if media.lock_held(session, job.media_id):
            raise DeepShieldError(Code.HELD)
        keys = note_files(session, job, now)
        session.flush()
        if not jobs.remove(session, job_id):
            raise DeepShieldError(Code.CONFLICT, "The job has just been started again.")
        media.job_removed(session, job.media_id, now, actor)
        audit.record(session, "job.deleted", now, actor=actor, subject=job_id)
        copies = jobs.copies_of(session, job_id)
    delete_noted(resources, keys)
    for copy in copies:
        cancel(resources, copy, actor)
        delete(resources, copy, actor)
    return "deleted"
