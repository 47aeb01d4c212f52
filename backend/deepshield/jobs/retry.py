"""Starting a failed job again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.failures import Fault, known
from deepshield.domain.jobs import Origin, State
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier, usage_day
from deepshield.jobs.announce import announce
from deepshield.jobs.batch_ends import job_restarted
from deepshield.jobs.lost_uploads import refuse_lost
from deepshield.jobs.ownership import find_own
from deepshield.jobs.rule_in_use import is_judged
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.jobs.submit import charge
from deepshield.persistence.repositories import audit, jobs, labels, usage, users
from deepshield.persistence.tables import Job
from deepshield.resources import Resources


def retry(
    resources: Resources,
    owner: Owner | None,
    job_id: str,
    owner_secret: str | None = None,
    *,
    within: Callable[[Session, Job], None] | None = None,
) -> Job:
    """Queue a failed job again and return it.

    It costs its sender what `_costs` says. ``within`` is called with it before the transaction commits.
    Raises as `ownership.find_own`, and `DeepShieldError` CONFLICT when the job has not failed, EXPIRED when
    its upload has been deleted or storage has lost it, QUOTA_EXCEEDED; StorageError.
    """
    job = find_own(resources, owner, job_id, owner_secret)
    if job.state != State.FAILED:
        raise DeepShieldError(Code.CONFLICT, "Only a failed analysis can be started again.")
    refuse_lost(resources, job.upload_key)
    now = resources.clock()
    checked_by = served_bundle(resources) if job.origin == Origin.RECHECK else None
    with resources.database.write() as session:
        restarted = start_again(session, resources, job, checked_by, now)
        if restarted is None:
            _refuse(jobs.get(session, job_id))
        assert restarted is not None
        audit.record(session, "job.retried", now, actor=owner.id if owner else None, subject=job_id)
        job_restarted(session, job_id)
        if within is not None:
            within(session, restarted)
    announce(resources, [(restarted.id, restarted.queue)])
    return restarted


def start_again(
    session: Session,
    resources: Resources,
    job: Job,
    checked_by: ServedBundle | None,
    now: datetime,
    due_at: datetime | None = None,
) -> Job | None:
    """Queue a failed job again and charge its sender what that costs; whoever starts it again pays nothing.

    ``checked_by`` is the bundle in use, None for what is no check. None, and nothing charged, when it has not
    failed any more or its upload has been deleted. Its batches are left to the caller. Raises
    `DeepShieldError` QUOTA_EXCEEDED.
    """
    day, sender = job.charged_day, None
    if job.owner_id is not None and _costs(session, job, checked_by):
        sender = users.get(session, job.owner_id)
    if sender is not None:
        charge(session, resources, Owner(sender.id, Tier(sender.tier)))
        day = usage_day(now)
    restarted = jobs.restart(session, job.id, now, day, due_at)
    if restarted is None and sender is not None:
        usage.refund(session, sender.id, usage_day(now))  # somebody else has started it, and was charged
    return restarted


def _costs(session: Session, job: Job, checked_by: ServedBundle | None) -> bool:
    """Return whether another try is charged; ``checked_by`` is the bundle in use, for a check.

    After a fault of the server one analysis is paid in all: the charge that was given back is taken again,
    and a check that cost nothing goes on costing nothing. A check of a file that the model in use has judged
    is one that is charged for. After a fault of the file every try is charged, since it would have no end.
    """
    if known(job.error_code).fault is Fault.FILE:
        return True
    if job.charged_day is not None:
        return False
    if checked_by is None:
        return True
    medium = None if job.media_id is None else labels.medium(session, job.media_id)
    return medium is not None and is_judged(session, checked_by, medium)


def _refuse(job: Job | None) -> None:
    """Raise why a job could not be started again; this rolls back the transaction with the charge."""
    if job is not None and job.state == State.FAILED:
        raise DeepShieldError(Code.EXPIRED)
    raise DeepShieldError(Code.CONFLICT, "Only a failed analysis can be started again.")
