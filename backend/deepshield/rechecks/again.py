"""One more analysis of one file, at once and beside those that it has."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.quota import usage_day
from deepshield.domain.roles import May
from deepshield.jobs.announce import announce
from deepshield.jobs.copying import deleted_if_refused, forget
from deepshield.jobs.rule_in_use import is_judged
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.jobs.submit import Submission, charge
from deepshield.persistence.repositories import jobs, media, rechecks
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium
from deepshield.rechecks.starting import insert, job_over, submission_of
from deepshield.resources import Resources


def check_again(
    resources: Resources,
    owner: Owner,
    media_id: str,
    *,
    force: bool = False,
    request_id: str | None = None,
    within: Callable[[Session, Job], None] | None = None,
) -> Job:
    """Queue another analysis of a file of the workspace; return the one that is under way, if any.

    It charges nobody: the server's model has changed, not the file, and a model judges a file once. With
    ``force`` it may judge it again, which is charged as an upload is, since it has no end.

    ``within`` is called with the job before the transaction commits. Raises `DeepShieldError` NOT_FOUND,
    ROLE_MISSING, EXPIRED when no analysis has the file any more, ALREADY_JUDGED without ``force`` where the
    model in use has judged it by the rule in use, QUOTA_EXCEEDED, MODEL_NOT_AVAILABLE; StorageError.
    """
    owner.need(May.ANALYSE)
    bundle = served_bundle(resources)
    with resources.database.read() as session:
        medium = media.find(session, owner.workspace_id, media_id)
        if medium is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such file in this workspace.")
        under_way = _under_way(session, medium)
        if under_way is not None:
            return under_way
        source = rechecks.holder(session, media_id)
        _refuse_judged(session, bundle, medium, force)
    if source is None:
        raise DeepShieldError(Code.EXPIRED)
    submission = submission_of(resources, source, request_id)
    with deleted_if_refused(resources, submission), resources.database.write() as session:
        job = _queue(session, resources, owner, media_id, source, submission, bundle, force=force)
        if within is not None:
            within(session, job)
    if job.upload_key == submission.upload_key:
        announce(resources, [(job.id, job.queue)])
    else:
        forget(resources, submission)
    return job


def _queue(
    session: Session,
    resources: Resources,
    owner: Owner,
    media_id: str,
    source: Job,
    submission: Submission,
    bundle: ServedBundle,
    *,
    force: bool,
) -> Job:
    """Insert the job, or return that which another request has just inserted."""
    now = resources.clock()
    jobs.one_at_a_time(session, owner.workspace_id, submission.sha256)
    kept = jobs.keeps_upload(session, source.id)  # before its medium, as who deletes both
    medium = rechecks.locked_medium(session, media_id)
    if medium is None or not kept:
        raise DeepShieldError(Code.EXPIRED)
    earlier = _under_way(session, medium)
    if earlier is not None:
        return earlier
    was_judged = _refuse_judged(session, bundle, medium, force)
    job = job_over(submission, medium, owner.id, now)
    if was_judged:
        charge(session, resources, owner)
        job.charged_day = usage_day(now)
    insert(session, job, now)
    return job


def _under_way(session: Session, medium: Medium) -> Job | None:
    return jobs.under_way(session, medium.workspace_id, medium.sha256, medium.kind)


def _refuse_judged(session: Session, bundle: ServedBundle, medium: Medium, force: bool) -> bool:
    """Return whether a file was judged as it would be now; raises ALREADY_JUDGED then without ``force``."""
    was_judged = is_judged(session, bundle, medium)
    if was_judged and not force:
        raise DeepShieldError(Code.ALREADY_JUDGED, job_id=medium.job_id)
    return was_judged
