"""Batches and their items. Who changes a batch holds its row's lock, so that one change sees the last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from deepshield.domain.batches import Held, ItemState, Tally, item_state
from deepshield.domain.jobs import FINAL, State, Verdict
from deepshield.persistence.repositories import webhooks
from deepshield.persistence.repositories.jobs import FREE
from deepshield.persistence.repositories.listing import shown
from deepshield.persistence.repositories.paging import beyond, named_by_cursor
from deepshield.persistence.tables import Batch, BatchItem, Job, Result, Workspace

_FINAL = tuple(state.value for state in FINAL)
_ACTIVE = Job.state.not_in(_FINAL)
_DELETABLE = or_(_ACTIVE, FREE)


@dataclass(frozen=True, slots=True)
class Line:
    """An item with its job, where it has one."""

    item: BatchItem
    job: Job | None

    @property
    def state(self) -> ItemState:
        """The item's state as it is shown."""
        return item_state(self.item.state, self.job.state if self.job else None)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that an item, or its job, still has."""

    position: int
    name: str
    upload_key: str


def kept_in(workspace_id: str) -> ColumnElement[bool]:
    """Return the condition that a batch is a workspace's, as `jobs.kept_in`."""
    personal = and_(Batch.workspace_id.is_(None), Batch.owner_id == workspace_id)
    return or_(Batch.workspace_id == workspace_id, personal)


def find(session: Session, batch_id: str, workspace_id: str | None, require_owner: bool) -> Batch | None:
    """Return a batch that may be seen in a workspace, or by a visitor (None).

    With ``require_owner`` the batches of visitors are not found in a workspace.
    """
    nobodys = and_(Batch.owner_id.is_(None), Batch.workspace_id.is_(None))
    own = nobodys if workspace_id is None else kept_in(workspace_id)
    allowed = own if require_owner or workspace_id is None else or_(own, nobodys)
    return session.scalar(select(Batch).where(Batch.id == batch_id, Batch.deleted_at.is_(None), allowed))


def page(session: Session, workspace_id: str, cursor: str | None, limit: int) -> Sequence[Batch]:
    """Return a workspace's batches, the newest first, from beyond the one that ``cursor`` is the id of."""
    query = select(Batch).where(kept_in(workspace_id), Batch.deleted_at.is_(None))
    if cursor is not None:
        last = select(Batch.created_at).where(Batch.id == cursor, kept_in(workspace_id))
        at = named_by_cursor(session.scalar(last))
        query = query.where(beyond(Batch.created_at, Batch.id, (at, cursor)))
    return session.scalars(query.order_by(Batch.created_at.desc(), Batch.id).limit(limit)).all()


def locked(session: Session, batch_id: str) -> Batch | None:
    """Return a batch, locked against changes until the transaction ends; its jobs stay free."""
    query = select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def add_items(session: Session, items: Iterable[Mapping[str, Any]]) -> None:
    """Insert items; all of them have the same columns."""
    rows = [dict(item) for item in items]
    if rows:
        session.execute(insert(BatchItem), rows)


def item_at(session: Session, batch_id: str, position: int) -> BatchItem | None:
    """Return the item at a position."""
    return session.get(BatchItem, (batch_id, position), populate_existing=True)


def item_like(
    session: Session, batch_id: str, name: str, sha256: str | None, code: str | None
) -> BatchItem | None:
    """Return the item of the same name and bytes; without a hash, that which was refused for the same."""
    same = and_(BatchItem.batch_id == batch_id, BatchItem.name == name)
    told = (
        BatchItem.sha256 == sha256
        if sha256
        else and_(BatchItem.sha256.is_(None), BatchItem.error_code == code)
    )
    return session.scalars(
        select(BatchItem).where(same, told).order_by(BatchItem.position).limit(1)
    ).one_or_none()


def next_position(session: Session, batch_id: str) -> int:
    """Return the position after the last item; for who holds the batch's lock."""
    last = session.scalar(select(func.max(BatchItem.position)).where(BatchItem.batch_id == batch_id))
    return 0 if last is None else last + 1


def tally(session: Session, batch_id: str, hidden: Collection[str] = ()) -> Tally:
    """Count a batch's items by state and verdict, in one query; those of ``hidden`` media by state alone."""
    query = (
        select(BatchItem.state, Job.state, Result.verdict, func.count())
        .outerjoin(Job, Job.id == BatchItem.job_id)
        .outerjoin(Result, and_(Result.job_id == Job.id, shown(hidden)))
        .where(BatchItem.batch_id == batch_id)
        .group_by(BatchItem.state, Job.state, Result.verdict)
    )
    states: dict[ItemState, int] = {}
    verdicts: dict[Verdict, int] = {}
    for held, job_state, verdict, number in session.execute(query):
        state = item_state(held, job_state)
        states[state] = states.get(state, 0) + number
        if state is ItemState.COMPLETED and verdict is not None:
            verdicts[Verdict(verdict)] = verdicts.get(Verdict(verdict), 0) + number
    return Tally(states, verdicts)


def pace(session: Session, batch_id: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many of a batch's jobs were analysed to an end after ``since``, and when the first began."""
    query = (
        select(func.count(), func.min(Job.processing_started_at))
        .select_from(BatchItem)
        .join(Job, Job.id == BatchItem.job_id)
        .where(
            BatchItem.batch_id == batch_id,
            Job.state.in_((State.COMPLETED.value, State.FAILED.value)),
            Job.processing_started_at >= since,
        )
    )
    number, first = session.execute(query).one()
    return number, first


def is_unfinished(session: Session, batch_id: str) -> bool:
    """Return whether an item has not ended."""
    active = (
        select(BatchItem.position)
        .join(Job, Job.id == BatchItem.job_id)
        .where(BatchItem.batch_id == batch_id, BatchItem.state == Held.JOB, Job.state.not_in(_FINAL))
    )
    waiting = select(BatchItem.position).where(
        BatchItem.state == Held.WAITING, BatchItem.batch_id == batch_id
    )
    return any(session.execute(query.limit(1)).first() is not None for query in (waiting, active))


def of_job(session: Session, job_id: str) -> Sequence[str]:
    """Return the batches that a job is an item of, in the order in which their rows are locked."""
    query = select(BatchItem.batch_id).where(BatchItem.job_id == job_id).distinct()
    return session.scalars(query.order_by(BatchItem.batch_id)).all()


def lines(
    session: Session,
    batch_id: str,
    after: int,
    limit: int,
    states: Collection[ItemState] = (),
    verdicts: Collection[Verdict] = (),
    hidden: Collection[str] = (),
) -> Sequence[Line]:
    """Return items beyond a position, in order, of which those in some states or with some verdicts.

    Those of ``hidden`` media have no verdict by which they are chosen.
    """
    query = (
        select(BatchItem, Job)
        .outerjoin(Job, Job.id == BatchItem.job_id)
        .where(BatchItem.batch_id == batch_id, BatchItem.position > after)
    )
    chosen: list[ColumnElement[bool]] = [_in_state(state) for state in states]
    if verdicts:
        query = query.outerjoin(Result, and_(Result.job_id == Job.id, shown(hidden)))
        chosen.append(Result.verdict.in_([verdict.value for verdict in verdicts]))
    if chosen:
        query = query.where(or_(*chosen))
    found = session.execute(query.order_by(BatchItem.position).limit(limit))
    return [Line(item, job) for item, job in found]


def take_waiting(session: Session, limit: int) -> Sequence[tuple[BatchItem, Batch]]:
    """Return items that are to become jobs, those that came first, locked against other processes."""
    query = (
        select(BatchItem, Batch)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.state == Held.WAITING, Batch.cancelled_at.is_(None), Batch.deleted_at.is_(None))
        .order_by(BatchItem.created_at, BatchItem.batch_id, BatchItem.position)
        .limit(limit)
        .with_for_update(skip_locked=True, of=BatchItem)
    )
    return [(item, batch) for item, batch in session.execute(query)]


def kept_files(session: Session, batch_id: str, codes: Collection[str]) -> Sequence[KeptFile]:
    """Return the files, in order, of the items that `wait_again` would let wait."""
    own = aliased(Job)
    key = func.coalesce(BatchItem.upload_key, own.upload_key)
    query = (
        select(BatchItem.position, BatchItem.name, key)
        .outerjoin(own, own.id == BatchItem.job_id)
        .where(BatchItem.batch_id == batch_id, _may_succeed(codes), key.is_not(None))
        .order_by(BatchItem.position)
    )
    return [KeptFile(*row) for row in session.execute(query)]


def wait_again(session: Session, batch_id: str, codes: Collection[str], but: Collection[int] = ()) -> int:
    """Let refused and failed items that may succeed now wait to become jobs; return how many.

    Those at the positions ``but`` stay as they are.
    """
    again = (
        update(BatchItem)
        .where(BatchItem.batch_id == batch_id, _may_succeed(codes), BatchItem.position.not_in(but))
        .values(state=Held.WAITING, error_code=None, error_message=None)
        .returning(BatchItem.position)
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(again).all())


def remove_all(session: Session, workspace_id: str) -> None:
    """Delete a workspace's batches, whatever their state; their jobs are not touched."""
    session.execute(delete(Batch).where(kept_in(workspace_id)))


def forget_sender(session: Session, owner_id: str, code: str, message: str) -> None:
    """Take the sender from an account's batches in shared workspaces, and refuse what waits in them."""
    elsewhere = and_(Batch.owner_id == owner_id, Batch.workspace_id != owner_id)
    for batch in session.scalars(select(Batch).where(elsewhere).order_by(Batch.id)):
        refuse_waiting(session, batch.id, code, message)
        batch.owner_id = None
    session.flush()


def refuse_waiting(session: Session, batch_id: str, code: str, message: str) -> None:
    """Refuse what has not become a job."""
    waiting = update(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.state == Held.WAITING)
    session.execute(
        waiting.values(state=Held.REFUSED, error_code=code, error_message=message).execution_options(
            synchronize_session=False
        )
    )


def active_jobs(session: Session, batch_id: str, limit: int) -> Sequence[str]:
    """Return jobs of a batch's own making that have not ended."""
    return session.scalars(_made_by(batch_id).where(_ACTIVE).limit(limit)).all()


def jobs_to_delete(session: Session, batch_id: str, limit: int) -> Sequence[str]:
    """Return jobs of a batch's own making that can be deleted, those of held files only to be cancelled."""
    return session.scalars(_made_by(batch_id).where(_DELETABLE).limit(limit)).all()


def has_jobs(session: Session, batch_id: str) -> bool:
    """Return whether there are jobs of a batch's own making."""
    return session.scalar(_made_by(batch_id).limit(1)) is not None


def to_clear(session: Session, limit: int) -> Sequence[tuple[str, bool]]:
    """Return batches that are being deleted, or cancelled with jobs that have not ended, and which it is.

    Those come first that have waited longest. A deleted batch of which only held files are left waits until
    one is held no more. A job that was started again after a cancelled batch had ended is not the batch's any
    more.
    """
    made = exists().where(
        BatchItem.batch_id == Batch.id, BatchItem.reused.is_(False), BatchItem.job_id == Job.id
    )
    waiting = exists().where(BatchItem.batch_id == Batch.id, BatchItem.state == Held.WAITING)
    unfinished = and_(Batch.cancelled_at.is_not(None), Batch.finished_at.is_(None))
    query = select(Batch.id, Batch.deleted_at).where(
        or_(
            and_(Batch.deleted_at.is_not(None), or_(made.where(_DELETABLE), ~made)),
            and_(Batch.deleted_at.is_(None), unfinished, or_(made.where(_ACTIVE), waiting)),
        )
    )
    oldest = query.order_by(func.coalesce(Batch.deleted_at, Batch.cancelled_at), Batch.id)
    return [(batch_id, deleted is not None) for batch_id, deleted in session.execute(oldest.limit(limit))]


def ended_unfinished(session: Session, limit: int) -> Sequence[str]:
    """Return closed batches that are not finished although every item has ended."""
    waiting = exists().where(BatchItem.batch_id == Batch.id, BatchItem.state == Held.WAITING)
    active = exists().where(
        BatchItem.batch_id == Batch.id,
        BatchItem.state == Held.JOB,
        BatchItem.job_id == Job.id,
        Job.state.not_in(_FINAL),
    )
    running = and_(Batch.closed_at.is_not(None), Batch.finished_at.is_(None), Batch.deleted_at.is_(None))
    return session.scalars(select(Batch.id).where(running, ~waiting, ~active).limit(limit)).all()


def left_open(session: Session, changed_before: datetime, limit: int) -> Sequence[str]:
    """Return open batches that nothing has come to since then."""
    query = select(Batch.id).where(
        Batch.closed_at.is_(None), Batch.deleted_at.is_(None), Batch.updated_at < changed_before
    )
    return session.scalars(query.limit(limit)).all()


def finished_before(session: Session, moment: datetime, limit: int) -> Sequence[str]:
    """Return batches that had finished by then."""
    return session.scalars(select(Batch.id).where(Batch.finished_at < moment).limit(limit)).all()


def take_uploads(session: Session, batch_id: str) -> list[str]:
    """Forget the files that no job has taken and return their keys."""
    kept = select(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.upload_key.is_not(None))
    keys = []
    for item in session.scalars(kept):
        keys.append(item.upload_key or "")
        item.upload_key = None
    return keys


def uploads_past(
    session: Session, finished_before: datetime, limit: int, hours: int | None = None
) -> Sequence[BatchItem]:
    """Return items whose files are due for deletion, since their batches finished before then.

    With ``hours`` only those of workspaces that keep files for that long.
    """
    query = (
        select(BatchItem)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.upload_key.is_not(None), Batch.finished_at < finished_before)
    )
    if hours is not None:
        those = select(Workspace.id).where(Workspace.retention_hours == hours)
        query = query.where(func.coalesce(Batch.workspace_id, Batch.owner_id).in_(those))
    return session.scalars(query.limit(limit)).all()


def remove(session: Session, batch_id: str) -> None:
    """Delete a batch's row, and with it its items and its events."""
    session.execute(delete(Batch).where(Batch.id == batch_id))
    webhooks.erase_about(session, [batch_id])


def _may_succeed(codes: Collection[str]) -> ColumnElement[bool]:
    kept = or_(BatchItem.url.is_not(None), BatchItem.upload_key.is_not(None))
    refused = and_(BatchItem.state == Held.REFUSED, BatchItem.error_code.in_(codes), kept)
    failed = and_(
        BatchItem.state == Held.JOB,
        BatchItem.job_id.in_(
            select(Job.id).where(
                Job.state == State.FAILED,
                Job.error_code.in_(codes),
                or_(Job.upload_key.is_not(None), BatchItem.url.is_not(None)),
            )
        ),
    )
    return or_(refused, failed)


def _made_by(batch_id: str) -> Select[str]:
    of_batch = (BatchItem.batch_id == batch_id, BatchItem.reused.is_(False))
    return select(Job.id).join(BatchItem, BatchItem.job_id == Job.id).where(*of_batch)


def _in_state(state: ItemState) -> ColumnElement[bool]:
    if state is ItemState.WAITING:
        return BatchItem.state == Held.WAITING
    if state is ItemState.REFUSED:
        return BatchItem.state == Held.REFUSED
    held = BatchItem.state == Held.JOB
    return (
        and_(held, Job.id.is_(None)) if state is ItemState.DELETED else and_(held, Job.state == state.value)
    )
