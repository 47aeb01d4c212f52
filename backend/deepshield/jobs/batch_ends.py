"""The end of a batch, recorded in the transaction that ends its last item, whatever ends that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from deepshield import outbox
from deepshield.persistence.repositories import batches


def job_ended(session: Session, job_id: str, now: datetime) -> None:
    """Finish the batches whose last item was this job, which has ended in this transaction."""
    for batch_id in batches.of_job(session, job_id):
        finish_if_ended(session, batch_id, now)


def job_restarted(session: Session, job_id: str) -> None:
    """Let the batches of a job go on that is queued again in this transaction; cancelled ones have ended."""
    for batch_id in batches.of_job(session, job_id):
        go_on(session, batch_id)


def go_on(session: Session, batch_id: str) -> None:
    """Let a batch go on of which a job is queued again in this transaction, unless it was cancelled."""
    batch = batches.locked(session, batch_id)
    if batch is not None and batch.cancelled_at is None:
        batch.finished_at = None


def finish_if_ended(session: Session, batch_id: str, now: datetime) -> None:
    """Finish a closed batch of whose items each has ended, and note the event for its owner's webhooks.

    The batch's row is locked first: of two transactions that each end an item, the later one sees what the
    earlier has done, so that exactly one of them finishes the batch.
    """
    batch = batches.locked(session, batch_id)
    if batch is None or batch.closed_at is None or batch.finished_at is not None:
        return
    if batches.is_unfinished(session, batch_id):
        return
    batch.finished_at = now
    if batch.deleted_at is None:
        outbox.batch_finished(session, batch, batches.tally(session, batch_id), now)
