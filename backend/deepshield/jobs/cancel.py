"""Cancelling a job that has not ended, and deleting one that has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from deepshield.deletion import delete_noted, note_files
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import FINAL
from deepshield.domain.owner import Owner
from deepshield.jobs.batch_ends import job_ended
from deepshield.jobs.lookup import owned
from deepshield.jobs.ownership import find_sent
from deepshield.jobs.recheck_ends import recheck_ended
from deepshield.persistence.repositories import attempts, audit, jobs, media
from deepshield.persistence.tables import Job
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
    """Cancel a job, whoever owns it; False when there is none or it has ended. A held file is kept.

    Of a hold and a cancellation at the same moment the later one sees what the earlier has done.
    """
    now = resources.clock()
    with resources.database.write() as session:
        job = jobs.cancel(session, job_id, now)
        if job is None:
            return False
        is_held = media.lock_held(session, job.media_id)
        attempts.end_all(session, job_id, Code.CANCELLED, now)
        keys = [] if is_held else note_files(session, job, now)
        audit.record(session, "job.cancelled", now, actor=actor, subject=job_id)
        job_ended(session, job_id, now)
        recheck_ended(session, job, now)
    delete_noted(resources, keys)
    return True


def delete(resources: Resources, job_id: str, actor: str | None = None) -> Literal["deleted"]:
    """Delete a final job's row and files, whoever owns it, and with it the jobs that copied its file.

    All of them or none. Raises `DeepShieldError` CONFLICT when it has been started again meanwhile, NOT_FOUND
    when it is gone, HELD when its file is held.
    """
    now = resources.clock()
    with resources.database.write() as session:
        made = jobs.lock_with_copies(session, job_id)
        job = owned(next((one for one in made if one.id == job_id), None))
        named = {one.media_id for one in made}
        if media.lock_held(session, *named):
            raise DeepShieldError(Code.HELD)
        if job.state not in FINAL:
            raise DeepShieldError(Code.CONFLICT, "The job has just been started again.")
        keys = remove_jobs(session, made, actor, now)
        for media_id in named:
            media.job_removed(session, media_id, now, actor)
    delete_noted(resources, keys)
    return "deleted"


def remove_jobs(session: Session, made: Sequence[Job], actor: str | None, now: datetime) -> list[str]:
    """End and delete locked jobs whose file nobody holds; return their files' keys, noted for deletion."""
    keys = []
    for job in made:
        ended = None if job.state in FINAL else jobs.cancel(session, job.id, now)
        keys += note_files(session, job, now)
        if ended is not None:
            attempts.end_all(session, job.id, Code.CANCELLED, now)
            job_ended(session, job.id, now)
            recheck_ended(session, ended, now)
        session.flush()
        jobs.remove(session, [job.id])
        audit.record(session, "job.deleted", now, actor=actor, subject=job.id, workspace_id=job.workspace_id)
    return keys
