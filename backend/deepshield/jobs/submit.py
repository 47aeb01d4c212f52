"""Accepting a job: one transaction charges the account and inserts the row; then the job is announced."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.domain.custody import Source
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.jobs import FETCHES, MediaKind, Stage, State
from deepshield.domain.marks import Mark
from deepshield.domain.owner import Owner, workspace_of
from deepshield.domain.quota import daily_limit, resets_at, usage_day
from deepshield.jobs.announce import announce
from deepshield.jobs.rule_in_use import rule_in_use
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.persistence.repositories import audit, jobs, media, sources, usage, workspaces
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.result_reader import read_result


@dataclass(frozen=True, slots=True)
class Submission:
    """A received file that is in storage under ``upload_key``, or a file that is still at an address."""

    kind: MediaKind
    filename: str
    content_type: str | None
    size_bytes: int
    sha256: str
    upload_key: str | None  # None while the file is at an address
    request_id: str | None = None
    owner_secret_sha256: str | None = None  # of a file that is sent without an account; see `jobs.ownership`
    source: Source | None = None
    parent_id: str | None = None  # the job of whose file this is a copy
    mark: Mark | None = None  # the face that is to be analysed alone
    patience: timedelta = timedelta()  # how far it stands back in its queue; of a batch, for nobody waits


def submit(
    resources: Resources,
    owner: Owner | None,
    submission: Submission,
    *,
    reuse: bool = True,
    within: Callable[[Session, tuple[Job, bool]], None] | None = None,
) -> tuple[Job, bool]:
    """Accept a file; return its job, and whether that is an earlier one of the same file.

    The earlier one is returned, and nothing charged, when an analysis of the same bytes in the workspace
    has not ended, or has completed with the bundle and rule in use; the caller then deletes the new
    upload. Several such uploads at once therefore make one job. ``within`` is called with what is returned
    before the transaction commits; what it raises rolls everything back. Raises `DeepShieldError`
    QUOTA_EXCEEDED or MODEL_NOT_AVAILABLE, with nothing charged or inserted, NOT_FOUND when the workspace has
    just been deleted.
    """
    bundle = served_bundle(resources)
    with resources.database.write() as session:
        if reuse and owner is not None:
            earlier = _earlier(session, resources, owner, submission, bundle)
            if earlier is not None:
                now = resources.clock()
                media.handed_in_again(session, earlier, submission.filename, now)
                audit.record(session, "upload.reused", now, actor=owner.id, subject=earlier.id)
                if within is not None:
                    within(session, (earlier, True))
                return earlier, True
        job = insert_job(session, resources, owner, submission)
        if within is not None:
            within(session, (job, False))
    announce(resources, [(job.id, job.queue)])
    return job, False


def charge(session: Session, resources: Resources, owner: Owner) -> None:
    """Charge one analysis to today.

    Raises `DeepShieldError` QUOTA_EXCEEDED, UNAUTHORIZED when the account has just been deleted.
    """
    limit = daily_limit(owner.tier, resources.settings.saas.free_limit)
    day = usage_day(resources.clock())
    try:
        charged = usage.charge(session, owner.id, day, limit)
    except IntegrityError as error:
        raise not_signed_in() from error
    if not charged:
        raise _spent(limit, day)


def refuse_spent(session: Session, resources: Resources, owner: Owner) -> None:
    """Raise `DeepShieldError` QUOTA_EXCEEDED when nothing can be charged to an account today."""
    limit = daily_limit(owner.tier, resources.settings.saas.free_limit)
    day = usage_day(resources.clock())
    if limit is not None and usage.used(session, owner.id, day) >= limit:
        raise _spent(limit, day)


def _spent(limit: int | None, day: date) -> DeepShieldError:
    return DeepShieldError(Code.QUOTA_EXCEEDED, limit=limit, resets_at=resets_at(day).isoformat())


def new_job(
    submission: Submission,
    owner_id: str | None,
    now: datetime,
    charged_day: date | None,
    workspace_id: str | None = None,
) -> Job:
    """Return the row of a submitted file: in its kind's queue, or in that of files at addresses."""
    return Job(
        id=str(uuid.uuid4()),
        owner_id=owner_id,
        workspace_id=workspace_id,
        owner_secret_sha256=None if owner_id else submission.owner_secret_sha256,
        media_type=submission.kind.value,
        queue=submission.kind.queue if submission.upload_key else FETCHES,
        state=State.QUEUED,
        stage=Stage.VALIDATING if submission.upload_key else Stage.FETCHING,
        progress_percent=0,
        revision=0,
        original_filename=submission.filename,
        original_content_type=submission.content_type,
        original_size_bytes=submission.size_bytes,
        stored_size_bytes=submission.size_bytes,
        sha256=submission.sha256,
        upload_key=submission.upload_key,
        request_id=submission.request_id,
        created_at=now,
        due_at=now + submission.patience,
        updated_at=now,
        sent_at=now,  # if the process dies before it announces the job, the sweep does
        charged_day=charged_day,
        parent_id=submission.parent_id,
        mark=submission.mark.row() if submission.mark else None,
    )


def insert_job(session: Session, resources: Resources, owner: Owner | None, submission: Submission) -> Job:
    """Charge the account and insert the job's row in its present workspace.

    Raises as `charge`, NOT_FOUND when the workspace has just been deleted, and EXPIRED when the job whose
    file this is a copy of has, so that what was deleted does not live on in its copy.
    """
    now = resources.clock()
    if submission.parent_id is not None and not jobs.keeps_upload(session, submission.parent_id):
        raise DeepShieldError(Code.EXPIRED)
    if owner is not None:
        charge(session, resources, owner)
        _enter(session, owner, now)
    day = usage_day(now) if owner else None
    job = new_job(submission, owner.id if owner else None, now, day, workspace_of(owner))
    session.add(job)
    session.flush()
    if submission.source is not None:
        sources.put(session, job.id, submission.source)
    media.receive(session, job, submission.source)
    actor = owner.id if owner else None
    of = None if submission.parent_id is None else {"copy_of": submission.parent_id}
    audit.record(
        session,
        "job.accepted",
        now,
        actor=actor,
        subject=job.id,
        details=of,
        workspace_id=job.workspace_id,
    )
    return job


def _enter(session: Session, owner: Owner, now: datetime) -> None:
    """Let the workspace stay until the transaction ends."""
    if owner.is_at_home:
        workspaces.ensure_personal(session, owner.id, now)
    elif not workspaces.keep(session, owner.workspace_id):
        raise DeepShieldError(Code.NOT_FOUND, "There is no such workspace.")


def _earlier(
    session: Session, resources: Resources, owner: Owner, submission: Submission, bundle: ServedBundle
) -> Job | None:
    jobs.one_at_a_time(session, owner.workspace_id, submission.sha256)
    waiting = jobs.under_way(session, owner.workspace_id, submission.sha256, submission.kind.value)
    if waiting is not None:
        jobs.hasten(session, waiting.id, resources.clock() + submission.patience)
        return waiting
    yardstick = rule_in_use(session, bundle, owner.workspace_id).yardstick
    found = jobs.reusable(
        session, owner.workspace_id, submission.sha256, submission.kind.value, yardstick.bundle_sha256
    )
    return next(
        (
            job
            for job, row in found
            if yardstick.is_met(row.bundle_id, read_result(row.document).decision_threshold, job.policy_id)
        ),
        None,
    )
