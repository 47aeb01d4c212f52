"""The end of a job that a recheck asked for, recorded in the transaction that ends it, whatever ends that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from deepshield import outbox
from deepshield.domain.jobs import Origin, State
from deepshield.domain.rechecks import FLIPS, FileState, RecheckState, change_of
from deepshield.domain.reviews import Reason
from deepshield.persistence.repositories import audit, blobs, rechecks
from deepshield.persistence.tables import Job
from deepshield.reviews import asking


def recheck_ended(
    session: Session, job: Job, now: datetime, verdict: str | None = None, score: float | None = None
) -> None:
    """Record what became of a job, which has ended in this transaction, where a recheck asked for it.

    A completed one has a ``verdict``. A job of many keeps its copy of the file only where the verdict has
    changed, so that people can look at it; of the others the analysis that it was copied from has it, for as
    long as that was promised.
    """
    if job.origin != Origin.RECHECK:
        return
    if job.cause_id is None:
        _tell_of_one(session, job, now, verdict)
        return
    state = FileState.DONE if job.state == State.COMPLETED else FileState.FAILED
    ended = {"after_verdict": verdict, "after_score": score, "error_code": job.error_code}
    item = rechecks.end_item(session, job.id, state, **ended)
    is_told = False
    if item is not None and verdict is not None:
        is_told = _tell(session, job, now, (item.before_job_id, item.before_verdict), verdict)
    if item is not None:
        recheck = rechecks.locked(session, job.cause_id)
        if recheck is not None:
            change = None if verdict is None else change_of(item.before_verdict, verdict)
            rechecks.note(recheck, FileState.QUEUED, state, change=change)
    if job.upload_key is not None and not is_told:
        blobs.note_deletion(session, [job.upload_key], now)
        job.upload_key = None
    finish_if_ended(session, job.cause_id, now)


def finish_if_ended(session: Session, recheck_id: str, now: datetime) -> None:
    """Finish a recheck of whose items each has ended, and note the event for its workspace's webhooks.

    The recheck's row is locked first: of two transactions that each end an item, the later one sees what the
    earlier has done, so that exactly one of them finishes the recheck.
    """
    recheck = rechecks.locked(session, recheck_id)
    if recheck is None or recheck.finished_at is not None or recheck.state == RecheckState.PREPARING:
        return
    if rechecks.is_unfinished(session, recheck_id):
        return
    recheck.finished_at = recheck.updated_at = now
    if recheck.state != RecheckState.STOPPED:
        recheck.state = RecheckState.FINISHED
    tally = rechecks.counted(session, [recheck_id])[recheck_id]
    rechecks.begin_counts(recheck, tally)
    audit.record(session, "recheck.finished", now, subject=recheck_id, details={"flipped": tally.flipped})
    outbox.recheck_finished(session, recheck, tally, now)


def _tell_of_one(session: Session, job: Job, now: datetime, verdict: str | None) -> None:
    before = None if verdict is None or job.media_id is None else rechecks.verdict_before(session, job)
    if verdict is not None and before is not None:
        _tell(session, job, now, before[:2], verdict)


def _tell(
    session: Session, job: Job, now: datetime, before: tuple[str | None, str | None], verdict: str
) -> bool:
    """Tell that a verdict has changed; False when it has not."""
    change = change_of(before[1], verdict)
    if change not in FLIPS:
        return False
    outbox.verdict_flipped(session, job, before, verdict, change, now)
    if job.media_id is not None:
        asking.ask(session, job.media_id, Reason.FLIPPED, now, job_id=job.id)
    return True
