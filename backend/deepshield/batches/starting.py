"""Making jobs of items that wait: addresses, and what a batch that is resumed tries again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.batches.owners import owner_of
from deepshield.domain.batches import Held
from deepshield.domain.custody import Sender, Source, SourceKind
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import FETCHES, MediaKind, Origin, State
from deepshield.domain.owner import Owner
from deepshield.intake.fetch import Rules
from deepshield.jobs.announce import announce
from deepshield.jobs.batch_ends import finish_if_ended, go_on
from deepshield.jobs.fetching import address_submission
from deepshield.jobs.retry import start_again
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.jobs.submit import Submission, insert_job
from deepshield.persistence.repositories import batches, jobs
from deepshield.persistence.tables import Batch, BatchItem, Job
from deepshield.resources import Resources

_AT_ONCE = 50  # items per transaction


def start_waiting(resources: Resources, most: int) -> int:
    """Make jobs of items that wait, ``most`` at most, and return how many there were.

    What the quota or another rule refuses becomes a refused item. Several processes may do this at once.
    """
    done = 0
    while done < most:
        number = _start_some(resources, min(_AT_ONCE, most - done))
        done += number
        if number < _AT_ONCE:
            break
    return done


def _start_some(resources: Resources, limit: int) -> int:
    now, queued, again = resources.clock(), [], set[str]()
    bundle = _bundle(resources)
    with resources.database.write() as session:
        found = batches.take_waiting(session, limit)
        owners = {batch.id: owner_of(session, batch) for _, batch in found}
        for item, batch in found:
            try:
                earlier = _earlier(session, owners[batch.id], batch, item)
                if earlier is None:
                    submission = _submission(resources, owners[batch.id], batch, item)
                    job = insert_job(session, resources, owners[batch.id], submission)
                else:
                    job = _restarted(session, resources, bundle, earlier, now)
            except DeepShieldError as error:
                _refuse(item, error)
            else:
                item.state, item.job_id, item.upload_key = Held.JOB, job.id, None
                if job.state == State.QUEUED:
                    queued.append((job.id, job.queue))
                if earlier is not None and job.state == State.QUEUED:
                    again.update(batches.of_job(session, job.id))
        session.flush()
        for batch_id in sorted(again | set(owners)):  # all lock them in this order
            if batch_id in again:
                go_on(session, batch_id)
            finish_if_ended(session, batch_id, now)
    announce(resources, queued)
    return len(found)


def _bundle(resources: Resources) -> ServedBundle | None:
    try:
        return served_bundle(resources)
    except DeepShieldError:
        return None


def _earlier(session: Session, owner: Owner | None, batch: Batch, item: BatchItem) -> Job | None:
    """Return the job that an item had when it failed; refuse what its sender may not hand in any more."""
    earlier = jobs.get(session, item.job_id) if item.job_id else None
    if owner is None and batch.workspace_id is not None and (earlier is None or batch.owner_id is not None):
        raise DeepShieldError(Code.UNAUTHORIZED, "Who sent this is no member any more. Send it again.")
    return earlier


def _refuse(item: BatchItem, error: DeepShieldError) -> None:
    if item.job_id is not None:
        item.state = Held.JOB  # the failed job stays, and can be tried again later
        return
    item.state = Held.REFUSED
    item.error_code, item.error_message = error.code.value, error.message


def _restarted(
    session: Session, resources: Resources, bundle: ServedBundle | None, job: Job, now: datetime
) -> Job:
    """Queue a failed job again at the cost of `retry`, also one that came to the batch by reuse.

    One that cannot be started again, or that somebody else has started, stays as it is.
    """
    if job.state != State.FAILED or (job.upload_key is None and job.queue != FETCHES):
        return job
    checked_by = bundle if job.origin == Origin.RECHECK else None
    if job.origin == Origin.RECHECK and checked_by is None:
        raise DeepShieldError(Code.MODEL_NOT_AVAILABLE)
    due_at = now + resources.settings.batch.patience
    return start_again(session, resources, job, checked_by, now, due_at) or job


def _submission(resources: Resources, owner: Owner | None, batch: Batch, item: BatchItem) -> Submission:
    patience = resources.settings.batch.patience
    if item.upload_key is None:
        assert item.url is not None, "an item that waits has a file or an address"
        target = Rules(resources.settings.file, resources.settings.fetch).check(item.url)
        return address_submission(
            resources, owner, item.url, target, batch.request_id, batch.owner_secret_sha256, patience
        )
    name = item.name.rpartition("/")[2]
    sender = Sender.VISITOR if owner is None else Sender.ACCOUNT
    return Submission(
        kind=MediaKind(item.media_type or MediaKind.IMAGE),
        filename=name,
        content_type=item.content_type,
        size_bytes=item.size_bytes or 0,
        sha256=item.sha256 or "",
        upload_key=item.upload_key,
        request_id=batch.request_id,
        owner_secret_sha256=batch.owner_secret_sha256,
        source=Source(SourceKind.UPLOAD, sender, item.created_at, name, item.content_type),
        patience=patience,
    )
