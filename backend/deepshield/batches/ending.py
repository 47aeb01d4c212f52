"""Cancelling, deleting and resuming a batch, and what is left to do of that when a process dies."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from deepshield.batches.opening import close_batch
from deepshield.batches.starting import start_waiting
from deepshield.deletion import delete_noted
from deepshield.domain import retention
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.jobs.batch_ends import finish_if_ended
from deepshield.jobs.cancel import cancel, delete
from deepshield.jobs.lost_uploads import lost
from deepshield.persistence.repositories import audit, batches, blobs, workspaces
from deepshield.persistence.tables import Batch
from deepshield.resources import Resources

_AT_ONCE = 200  # jobs that a request ends by itself; the scheduler ends the rest
_STARTED_AT_ONCE = 500
_BATCHES = 20
# A lost upload can be there again, from a backup; that is looked up.
_AGAIN = (*(code.value for code in Code if code.again), Code.UPLOAD_LOST.value)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What is tried again of a batch: ``items`` of it, and not the files of these names, which are lost."""

    items: int
    lost: Sequence[str]


def cancel_batch(resources: Resources, batch: Batch, actor: str | None = None) -> None:
    """End a batch: what has not ended is cancelled, results stay.

    Jobs that were there before the batch go on. Raises `DeepShieldError` CONFLICT when it has ended.
    """
    now = resources.clock()
    with resources.database.write() as session:
        # Items before their batch, as whoever starts them locks them.
        batches.refuse_waiting(session, batch.id, Code.CANCELLED.value, Code.CANCELLED.words)
        keys = batches.take_uploads(session, batch.id)
        found = _locked(session, batch.id)
        if found.finished_at is not None or found.cancelled_at is not None:
            raise DeepShieldError(Code.CONFLICT, "The batch has ended.")
        found.cancelled_at = found.updated_at = now
        found.closed_at = found.closed_at or now
        blobs.note_deletion(session, keys, now)
        audit.record(session, "batch.cancelled", now, actor=actor, subject=batch.id)
        finish_if_ended(session, batch.id, now)
    delete_noted(resources, keys[:_AT_ONCE])
    _cancel_jobs(resources, batch.id)


def delete_batch(resources: Resources, batch: Batch, actor: str | None = None) -> None:
    """Delete a batch with the jobs that it has made, their results and files; nobody sees it from now on."""
    now = resources.clock()
    with resources.database.write() as session:
        found = _locked(session, batch.id)
        found.deleted_at = now
        found.closed_at = found.closed_at or now
        audit.record(session, "batch.deleted", now, actor=actor, subject=batch.id)
    _delete_jobs(resources, batch.id)


def resume(resources: Resources, batch: Batch) -> Resumed:
    """Try again what was refused or has failed for a reason that may have gone.

    Those are items that the quota refused, addresses that did not answer, and failures by the server. What
    storage has lost the file of stays as it is. Raises `DeepShieldError` CONFLICT for a cancelled batch, and
    StorageError.
    """
    with resources.database.read() as session:
        files = batches.kept_files(session, batch.id, _AGAIN)
    keys = lost(resources, {file.upload_key for file in files})
    gone = [file for file in files if file.upload_key in keys]
    with resources.database.write() as session:
        number = batches.wait_again(session, batch.id, _AGAIN, [file.position for file in gone])
        found = _locked(session, batch.id)
        if found.cancelled_at is not None:
            raise DeepShieldError(Code.CONFLICT, "The batch was cancelled. Begin another one.")
        if number:
            found.finished_at, found.updated_at = None, resources.clock()
    start_waiting(resources, _AT_ONCE)
    return Resumed(number, [file.name for file in gone])


def keep_up(resources: Resources) -> int:
    """Start what waits, end what was cancelled or deleted, close what was left open, and forget what is old.

    Returns how many items were started; several processes may do this at once.
    """
    started = start_waiting(resources, _STARTED_AT_ONCE)
    with resources.database.read() as session:
        left = batches.to_clear(session, _BATCHES)
        hours = timedelta(hours=resources.settings.batch.open_hours)
        unclosed = batches.left_open(session, resources.clock() - hours, _BATCHES)
        ended = batches.ended_unfinished(session, _BATCHES)
    for batch_id, deleted in left:
        if deleted:
            _delete_jobs(resources, batch_id)
        else:
            _cancel_jobs(resources, batch_id)
    for batch_id in unclosed:
        close_batch(resources, batch_id)
    for batch_id in ended:
        # Its last job was somebody else's and ended while it became an item.
        with resources.database.write() as session:
            finish_if_ended(session, batch_id, resources.clock())
    _expire(resources)
    return started


def _locked(session: Session, batch_id: str) -> Batch:
    found = batches.locked(session, batch_id)
    if found is None or found.deleted_at is not None:
        raise DeepShieldError(Code.NOT_FOUND)
    return found


def _cancel_jobs(resources: Resources, batch_id: str) -> None:
    with resources.database.write() as session:
        batches.refuse_waiting(session, batch_id, Code.CANCELLED.value, Code.CANCELLED.words)
        finish_if_ended(session, batch_id, resources.clock())
    with resources.database.read() as session:
        active = batches.active_jobs(session, batch_id, _AT_ONCE)
    for job_id in active:  # each in a transaction of its own, so that no worker waits for all of them
        cancel(resources, job_id)


def _delete_jobs(resources: Resources, batch_id: str) -> None:
    with resources.database.read() as session:
        made = batches.jobs_to_delete(session, batch_id, _AT_ONCE)
    for job_id in made:
        cancel(resources, job_id)
        with contextlib.suppress(DeepShieldError):  # somebody else has deleted it, or started it again
            delete(resources, job_id)
    if len(made) == _AT_ONCE:
        return
    now = resources.clock()
    with resources.database.write() as session:
        if batches.has_jobs(session, batch_id):
            return  # of files that are held, or that somebody has just started again
        keys = batches.take_uploads(session, batch_id)
        blobs.note_deletion(session, keys, now)
        session.flush()
        batches.remove(session, batch_id)
    delete_noted(resources, keys[:_AT_ONCE])


def _expire(resources: Resources) -> None:
    """Delete files that no job took, and batches, after their retention; jobs have their own."""
    periods, now = resources.settings.retention, resources.clock()
    with resources.database.write() as session:
        for hours in (None, *workspaces.own_periods(session)):
            ends = retention.uploads_end_before(now, retention.shortened(periods, hours))
            items = batches.uploads_past(session, ends, _AT_ONCE, hours)
            blobs.note_deletion(session, [item.upload_key for item in items if item.upload_key], now)
            for item in items:
                item.upload_key = None
            session.flush()
        for batch_id in batches.finished_before(session, retention.rows_end_before(now, periods), _BATCHES):
            blobs.note_deletion(session, batches.take_uploads(session, batch_id), now)
            session.flush()
            batches.remove(session, batch_id)
