"""Jobs in the database. Every change of state is one compare-and-set statement, which may change no row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from deepshield.domain.failures import Code
from deepshield.domain.jobs import ACTIVE, FETCHES, FINAL, PREVIEWS, Stage, State
from deepshield.persistence import turns
from deepshield.persistence.repositories import webhooks
from deepshield.persistence.repositories.datasets import keeps_file_of_job
from deepshield.persistence.tables import Job, Result, Workspace
from deepshield.persistence.workbench import Medium

_ACTIVE = tuple(state.value for state in ACTIVE)
_FINAL = tuple(state.value for state in FINAL)
_DUE: tuple[ColumnElement[Any], ...] = (Job.due_at.asc(), Job.created_at.asc(), Job.id.asc())
"""The one order of a queue, for workers, the poller and the place that is shown."""
FREE = ~exists().where(Medium.id == Job.media_id, Medium.held_at.is_not(None))
"""That nobody holds a job's file: what is held does not expire."""
_NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_expires_at": None, "heartbeat_at": None}


def kept_in(workspace_id: str) -> ColumnElement[bool]:
    """Return the condition that a job is a workspace's.

    A row that an earlier release has written names no workspace: it is in its sender's personal one.
    """
    return or_(
        Job.workspace_id == workspace_id, and_(Job.workspace_id.is_(None), Job.owner_id == workspace_id)
    )


def visible_in(workspace_id: str | None) -> ColumnElement[bool]:
    """Return the condition for reading by id: a workspace's jobs, and those that visitors have sent."""
    sent_by_visitor = and_(Job.owner_id.is_(None), Job.workspace_id.is_(None))
    return sent_by_visitor if workspace_id is None else or_(kept_in(workspace_id), sent_by_visitor)


def find(session: Session, job_id: str, workspace_id: str | None, require_owner: bool) -> Job | None:
    """Return a job that may be seen in a workspace, or by a visitor (None).

    With ``require_owner`` the jobs of visitors are not found in a workspace.
    """
    in_one = require_owner and workspace_id is not None
    allowed = kept_in(workspace_id) if in_one and workspace_id else visible_in(workspace_id)
    return session.scalar(select(Job).where(Job.id == job_id, allowed))


def get(session: Session, job_id: str) -> Job | None:
    """Return a job, whoever owns it; for the service's own use."""
    return session.get(Job, job_id)


def lock_with_copies(session: Session, job_id: str) -> Sequence[Job]:
    """Return a job, whoever owns it, and those over copies of its file, locked until the transaction ends.

    In the order of their ids, as by all who lock several jobs.
    """
    named = {job_id}
    while more := set(session.scalars(select(Job.id).where(Job.parent_id.in_(named)))) - named:
        named |= more
    query = select(Job).where(Job.id.in_(named)).order_by(Job.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def lock_with_parent(session: Session, job_id: str) -> None:
    """Lock a job and the one whose file it has a copy of, in the order of their ids."""
    parent = select(Job.parent_id).where(Job.id == job_id).scalar_subquery()
    both = select(Job.id).where(or_(Job.id == job_id, Job.id == parent)).order_by(Job.id)
    session.scalars(both.with_for_update()).all()


def sent_with(session: Session, job: Job) -> Job | None:
    """Return the job that a job's file was handed in with; None when that, or one between them, is gone."""
    found: Job | None = job
    while found is not None and found.parent_id is not None:  # a copy of a copy has several before it
        found = session.get(Job, found.parent_id)
    return found


def marks_of(session: Session, job_id: str, workspace_id: str | None, limit: int) -> Sequence[Job]:
    """Return the newest jobs about faces in a job's file, of those that may be seen in a workspace."""
    query = select(Job).where(Job.parent_id == job_id, Job.mark.is_not(None), visible_in(workspace_id))
    return session.scalars(query.order_by(Job.created_at.desc(), Job.id).limit(limit)).all()


def preview_under_way(session: Session, job_id: str) -> Job | None:
    """Return the job that is to make, or is making, the preview of a job's video."""
    query = select(Job).where(Job.parent_id == job_id, Job.queue == PREVIEWS, Job.state.not_in(_FINAL))
    return session.scalars(query.order_by(Job.created_at).limit(1)).one_or_none()


def locked(session: Session, job_id: str) -> Job | None:
    """Return a job, whoever owns it, locked against changes until the transaction ends."""
    return session.scalar(select(Job).where(Job.id == job_id).with_for_update())


def keeps_upload(session: Session, job_id: str) -> bool:
    """Return whether a job still has its upload, and let it keep that until the transaction ends."""
    query = select(Job.id).where(Job.id == job_id, Job.upload_key.is_not(None))
    return session.scalar(query.with_for_update()) is not None


def any_owner(session: Session, states: Collection[State], limit: int) -> Sequence[Job]:
    """Return the newest jobs in some states, whoever owns them."""
    wanted = [state.value for state in states]
    query = select(Job).order_by(Job.created_at.desc()).limit(limit)
    return session.scalars(query.where(Job.state.in_(wanted)) if wanted else query).all()


def by_ids(session: Session, ids: Collection[str]) -> Sequence[Job]:
    """Return the jobs with these ids, in one query."""
    return session.scalars(select(Job).where(Job.id.in_(list(ids)))).all()


def reusable(
    session: Session, workspace_id: str, sha256: str, media_type: str, bundle_id: str
) -> Sequence[tuple[Job, Result]]:
    """Return a workspace's completed analyses of the same whole file by the same bundle, newest first.

    All their files are there: a recheck's jobs, which do not keep them, are not among these.
    """
    query = (
        select(Job, Result)
        .join(Result, Result.job_id == Job.id)
        .where(
            kept_in(workspace_id),
            Job.sha256 == sha256,
            Job.media_type == media_type,
            Job.state == State.COMPLETED,
            Job.purged_at.is_(None),
            Job.mark.is_(None),
            Job.cause_id.is_(None),
            Result.bundle_id == bundle_id,
        )
        .order_by(Job.created_at.desc())
        .limit(5)
    )
    return [(job, result) for job, result in session.execute(query)]


def one_at_a_time(session: Session, workspace_id: str, sha256: str) -> None:
    """Let other transactions about the same workspace and bytes wait until this one ends."""
    turns.one_at_a_time(session, f"{workspace_id} {sha256}")


def under_way(session: Session, workspace_id: str, sha256: str, media_type: str) -> Job | None:
    """Return a workspace's oldest analysis of the same whole file that has not ended; none of a recheck's."""
    query = select(Job).where(
        kept_in(workspace_id),
        Job.sha256 == sha256,
        Job.media_type == media_type,
        Job.state.not_in(_FINAL),
        Job.mark.is_(None),
        Job.cause_id.is_(None),
        Job.queue != PREVIEWS,
    )
    return session.scalars(query.order_by(Job.created_at, Job.id).limit(1)).one_or_none()


def claim(
    session: Session,
    job_id: str,
    worker: str,
    token: str,
    now: datetime,
    expires_at: datetime,
    stage: Stage = Stage.VALIDATING,
) -> Job | None:
    """Give a queued job to a worker; None when it is not queued (any more)."""
    return session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.state == State.QUEUED)
        .values(
            state=State.RUNNING,
            stage=stage,
            progress_percent=0,
            frames_planned=0,
            frames_decoded=0,
            faces_found=0,
            faces_scored=0,
            attempts=Job.attempts + 1,
            revision=Job.revision + 1,
            lease_token=token,
            lease_expires_at=expires_at,
            heartbeat_at=now,
            worker=worker,
            processing_started_at=now,
            updated_at=now,
        )
        .returning(Job)
    )


def heartbeat(
    session: Session, job_id: str, token: str, now: datetime, progress: dict[str, Any] | None
) -> bool:
    """Record that a lease's holder is alive, with its progress; False when the lease is lost."""
    values: dict[str, Any] = {"heartbeat_at": now}
    if progress is not None:
        values |= {**progress, "state": State.PROCESSING, "revision": Job.revision + 1, "updated_at": now}
    held = and_(_held(job_id, token), Job.lease_expires_at > now)
    return _changed(session, held, values) is not None


def end(
    session: Session, job_id: str, token: str, state: State, now: datetime, values: dict[str, Any]
) -> Job | None:
    """Record the one outcome of a job; None when the lease was lost."""
    final = {"state": state, "processing_completed_at": now, "updated_at": now, **_NO_LEASE, **values}
    return _changed(session, _held(job_id, token), {**final, "revision": Job.revision + 1})


def requeue(
    session: Session, job_id: str, token: str, now: datetime, values: dict[str, Any] | None = None
) -> Job | None:
    """Put a leased job back into its queue; None when the lease was lost."""
    queued = {"state": State.QUEUED, "sent_at": None, "updated_at": now, **_NO_LEASE, **(values or {})}
    return _changed(session, _held(job_id, token), {**queued, "revision": Job.revision + 1})


def cancel(session: Session, job_id: str, now: datetime) -> Job | None:
    """End a job that is not final yet; its worker's token is stale from now on."""
    values = {
        "state": State.CANCELLED,
        "processing_completed_at": now,
        "updated_at": now,
        "error_code": Code.CANCELLED.value,
        "error_message": Code.CANCELLED.words,
        "revision": Job.revision + 1,
        **_NO_LEASE,
    }
    return _changed(session, and_(Job.id == job_id, Job.state.not_in(_FINAL)), values)


def restart(
    session: Session, job_id: str, now: datetime, charged_day: Any, due_at: datetime | None = None
) -> Job | None:
    """Queue a failed job again, as if just accepted; None when it has not failed or has no upload.

    Its place in the queue is that of ``due_at``, now when not given.
    """
    values = {
        "state": State.QUEUED,
        "stage": case((Job.queue == FETCHES, Stage.FETCHING.value), else_=Stage.VALIDATING.value),
        "progress_percent": 0,
        "attempts": 0,
        "crashes": 0,
        "due_at": due_at or now,
        "sent_at": now,
        "updated_at": now,
        "processing_started_at": None,
        "processing_completed_at": None,
        "error_code": None,
        "error_message": None,
        "error_details": None,
        "charged_day": charged_day,
        "revision": Job.revision + 1,
    }
    obtainable = or_(Job.upload_key.is_not(None), Job.queue == FETCHES)
    failed = and_(Job.id == job_id, Job.state == State.FAILED, obtainable)
    return _changed(session, failed, values)


def mark_unsent(session: Session, job_id: str) -> None:
    """Note that a queued job has not been announced."""
    session.execute(update(Job).where(Job.id == job_id, Job.state == State.QUEUED).values(sent_at=None))


def take_unsent(
    session: Session, now: datetime, sent_before: datetime, per_queue: int
) -> list[tuple[str, str]]:
    """Return ids and queues of the first queued jobs that are to be announced, and note that they are."""
    due = or_(Job.sent_at.is_(None), Job.sent_at < sent_before)
    ranked = (
        select(Job.id, func.row_number().over(partition_by=Job.queue, order_by=_DUE).label("place"))
        .where(Job.state == State.QUEUED, Job.queue.not_in((FETCHES, PREVIEWS)), due)
        .subquery()
    )
    chosen = select(ranked.c.id).where(ranked.c.place <= per_queue)
    taken = update(Job).where(Job.id.in_(chosen)).values(sent_at=now).returning(Job.id, Job.queue)
    return [(job_id, queue) for job_id, queue in session.execute(taken)]


def unclaimed(session: Session, queue: str, sent_before: datetime, limit: int) -> Sequence[str]:
    """Return queued jobs that were announced before then, or never were; those that are due first."""
    due = or_(Job.sent_at.is_(None), Job.sent_at < sent_before)
    query = select(Job.id).where(Job.state == State.QUEUED, Job.queue == queue, due)
    return session.scalars(query.order_by(*_DUE).limit(limit)).all()


def next_to_fetch(session: Session, now: datetime) -> str | None:
    """Return the queued job whose file is to be fetched next; None when there is none.

    Those that are due now go before those that may wait, as in a batch. Among them it is one of the account
    that has the fewest fetches running (visitors together count as one), and of those the one that is due
    first: slow servers keep nobody's files waiting but their account's own.
    """
    sender, number = func.coalesce(Job.owner_id, ""), func.count()
    running = select(sender, number).where(Job.state.in_(_ACTIVE), Job.queue == FETCHES).group_by(sender)
    # As values and not as a join, which takes three times as long where many wait.
    under_way = {"": 0, **dict(session.execute(running).all())}
    query = select(Job.id).where(Job.state == State.QUEUED, Job.queue == FETCHES)
    may_wait = func.coalesce(Job.due_at, Job.created_at) > now
    return session.scalar(query.order_by(may_wait, case(under_way, value=sender, else_=0), *_DUE).limit(1))


def head_of(session: Session, queue: str, limit: int) -> Sequence[str]:
    """Return the ids of the jobs that wait in a queue, those that are due first; read from an index."""
    query = select(Job.id).where(Job.state == State.QUEUED, Job.queue == queue)
    return session.scalars(query.order_by(*_DUE).limit(limit)).all()


def hasten(session: Session, job_id: str, due_at: datetime) -> None:
    """Let a queued job be due by ``due_at`` at the latest."""
    later = and_(Job.id == job_id, Job.state == State.QUEUED, Job.due_at > due_at)
    session.execute(update(Job).where(later).values(due_at=due_at))


def give_due_times(session: Session) -> None:
    """Give those jobs a time that a release without one has queued during an upgrade."""
    without = and_(Job.state == State.QUEUED, Job.due_at.is_(None))
    session.execute(update(Job).where(without).values(due_at=Job.created_at))


def abandoned(session: Session, now: datetime, seen_before: datetime) -> Sequence[Job]:
    """Return jobs whose lease has expired or whose worker has missed its heartbeats."""
    lost = or_(Job.lease_expires_at < now, Job.heartbeat_at < seen_before)
    return session.scalars(select(Job).where(Job.state.in_(_ACTIVE), lost)).all()


def uploads_past(
    session: Session, ended_before: datetime, limit: int, hours: int | None = None
) -> Sequence[Job]:
    """Return ended jobs whose uploads are due for deletion; ``hours`` as in `artifacts_past`."""
    query = select(Job).where(
        Job.state.in_(_FINAL),
        Job.processing_completed_at < ended_before,
        Job.upload_key.is_not(None),
        ~keeps_file_of_job(),
        FREE,
    )
    return _still_free(session, _keeping_for(query, hours).limit(limit))


def artifacts_past(
    session: Session, ended_before: datetime, limit: int, hours: int | None = None
) -> Sequence[Job]:
    """Return ended jobs whose artifacts are due for deletion.

    With ``hours`` only those of workspaces that keep files for that long.
    """
    query = select(Job).where(
        Job.state.in_(_FINAL),
        Job.processing_completed_at < ended_before,
        Job.purged_at.is_(None),
        or_(Job.upload_key.is_(None), ~keeps_file_of_job()),
        FREE,
    )
    return _still_free(session, _keeping_for(query, hours).limit(limit))


def rows_past(session: Session, ended_before: datetime, limit: int) -> Sequence[Job]:
    """Return ended jobs whose rows are due for deletion."""
    query = select(Job).where(
        Job.state.in_(_FINAL),
        Job.processing_completed_at < ended_before,
        or_(Job.upload_key.is_(None), ~keeps_file_of_job()),
        FREE,
    )
    return _still_free(session, query.limit(limit))


def remove(session: Session, job_ids: Collection[str]) -> int:
    """Delete the rows of final jobs with their results, artifacts, attempts and events; return how many."""
    gone = delete(Job).where(Job.id.in_(list(job_ids)), Job.state.in_(_FINAL)).returning(Job.id)
    removed = session.scalars(gone).all()
    webhooks.erase_about(session, removed)
    return len(removed)


def lock_all(session: Session, owner_id: str | None, workspaces: Collection[str] = ()) -> None:
    """Lock what an account has sent, and workspaces' jobs, against changes until the transaction ends."""
    sent = [] if owner_id is None else [Job.owner_id == owner_id]
    wanted = or_(*sent, *map(kept_in, workspaces))
    session.scalars(select(Job.id).where(wanted).order_by(Job.id).with_for_update()).all()


def lock_of_medium(session: Session, *media_ids: str) -> Sequence[Job]:
    """Return the jobs of media as they are now, locked against changes until the transaction ends."""
    query = select(Job).where(Job.media_id.in_(media_ids)).order_by(Job.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def ids_of_media(session: Session, media_ids: Collection[str]) -> Sequence[str]:
    """Return the jobs of some media."""
    if not media_ids:
        return ()
    return session.scalars(select(Job.id).where(Job.media_id.in_(list(media_ids)))).all()


def of_medium(session: Session, media_id: str, limit: int) -> Sequence[Job]:
    """Return the newest jobs of a medium, those about a marked face among them, without previews."""
    query = select(Job).where(Job.media_id == media_id, Job.queue != PREVIEWS)
    return session.scalars(query.order_by(Job.created_at.desc(), Job.id).limit(limit)).all()


def completed_of_media(session: Session, media_ids: Collection[str]) -> Sequence[Job]:
    """Return the completed analyses of whole files of media, oldest first."""
    query = select(Job).where(
        Job.media_id.in_(list(media_ids)),
        Job.state == State.COMPLETED,
        Job.mark.is_(None),
        Job.queue != PREVIEWS,
    )
    return session.scalars(query.order_by(Job.media_id, Job.created_at, Job.id)).all()


def place(session: Session) -> None:
    """Put the jobs that an earlier release has written into their senders' personal workspaces."""
    unplaced = and_(Job.workspace_id.is_(None), Job.owner_id.is_not(None))
    session.execute(
        update(Job)
        .where(unplaced)
        .values(workspace_id=Job.owner_id)
        .execution_options(synchronize_session=False)
    )


def remove_all(session: Session, workspace_id: str) -> None:
    """Delete a workspace's jobs, whatever their state."""
    session.execute(delete(Job).where(kept_in(workspace_id)))


def forget_sender(session: Session, owner_id: str, now: datetime) -> None:
    """Take the sender from an account's jobs in shared workspaces, which keep them."""
    elsewhere = and_(Job.owner_id == owner_id, Job.workspace_id != owner_id)
    session.execute(
        update(Job)
        .where(elsewhere)
        .values(owner_id=None, charged_day=None, updated_at=now, revision=Job.revision + 1)
        .execution_options(synchronize_session=False)
    )


def note_change_of_all(session: Session, workspace_id: str) -> None:
    """Count a visible change of all of a workspace's jobs, such as another time of expiry."""
    session.execute(
        update(Job)
        .where(kept_in(workspace_id))
        .values(revision=Job.revision + 1)
        .execution_options(synchronize_session=False)
    )


def waiting(session: Session) -> dict[str, tuple[int, datetime]]:
    """Return per queue how many jobs wait and since when the first is due."""
    count = select(Job.queue, func.count(), func.min(func.coalesce(Job.due_at, Job.created_at)))
    query = count.where(Job.state == State.QUEUED, Job.queue != PREVIEWS)
    return {queue: (count, oldest) for queue, count, oldest in session.execute(query.group_by(Job.queue))}


def _still_free(session: Session, query: Select[Any]) -> Sequence[Job]:
    """Return the jobs of a query, locked, without those whose file somebody holds since it began.

    A hold locks its file's jobs first: from now on it waits, and those that it has locked are left out.
    """
    found: Sequence[Job] = session.scalars(query.with_for_update(skip_locked=True, of=Job)).all()
    named = {job.media_id for job in found if job.media_id is not None}
    held = set(session.scalars(select(Medium.id).where(Medium.id.in_(named), Medium.held_at.is_not(None))))
    return [job for job in found if job.media_id not in held]


def _keeping_for(query: Select[Any], hours: int | None) -> Select[Any]:
    if hours is None:
        return query
    those = select(Workspace.id).where(Workspace.retention_hours == hours)
    return query.where(func.coalesce(Job.workspace_id, Job.owner_id).in_(those))


def _held(job_id: str, token: str) -> ColumnElement[bool]:
    return and_(Job.id == job_id, Job.lease_token == token, Job.state.in_(_ACTIVE))


def _changed(session: Session, condition: ColumnElement[bool], values: dict[str, Any]) -> Job | None:
    return session.scalar(update(Job).where(condition).values(**values).returning(Job))
