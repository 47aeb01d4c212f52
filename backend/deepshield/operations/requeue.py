"""Starting a job again as an operator."""

from __future__ import annotations

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import State
from deepshield.jobs.announce import announce
from deepshield.jobs.batch_ends import job_restarted
from deepshield.jobs.lost_uploads import refuse_lost
from deepshield.persistence.repositories import jobs
from deepshield.persistence.tables import Job
from deepshield.resources import Resources


def requeue(resources: Resources, job_id: str) -> Job:
    """Queue a failed job again, whoever owns it and without a charge; announce one that is queued already.

    Raises `DeepShieldError` NOT_FOUND, CONFLICT for a job in another state, EXPIRED when its upload is gone;
    StorageError.
    """
    with resources.database.read() as session:
        job = jobs.get(session, job_id)
    if job is not None and job.state == State.FAILED:
        refuse_lost(resources, job.upload_key)
    with resources.database.write() as session:
        job = jobs.get(session, job_id)
        if job is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such job.")
        if job.state == State.FAILED:
            job = jobs.restart(session, job_id, resources.clock(), job.charged_day)
            if job is None:
                raise DeepShieldError(Code.EXPIRED)
            job_restarted(session, job_id)
        elif job.state != State.QUEUED:
            raise DeepShieldError(Code.CONFLICT, f"It is {job.state}; only a failed job can be requeued.")
    announce(resources, [(job.id, job.queue)])
    return job
