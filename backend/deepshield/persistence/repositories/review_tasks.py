"""Tasks of review. They are claimed by one compare-and-set statement under a lease, as jobs are."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from deepshield.domain.reviews import PRIORITY, WAITING, Reason, TaskState
from deepshield.domain.roles import ALLOWED, May, Role
from deepshield.persistence.repositories.paging import named_by_cursor
from deepshield.persistence.tables import Job, Membership, Workspace
from deepshield.persistence.upsert import insert
from deepshield.persistence.workbench import Medium, Review, ReviewTask

_WAITING = tuple(state.value for state in WAITING)
_NO_LEASE: dict[str, Any] = {
    "claimed_by": None,
    "claimed_at": None,
    "lease_token": None,
    "lease_expires_at": None,
    "blind": None,
}
COUNTED: Final = 10_000
"""Tasks of a state; more are not counted, so that a list costs the same after years."""
_Account = str | InstrumentedAttribute[str]
_NOT_CLOSED = tuple(state.value for state in TaskState if state is not TaskState.CLOSED)


def add(
    session: Session,
    medium: Medium,
    reason: Reason,
    now: datetime,
    *,
    job_id: str | None,
    sampled_with: float | None = None,
    needed: int = 1,
    asked_by: str | None = None,
    meant_for: str | None = None,
    note: str | None = None,
) -> str | None:
    """Put a file up for review; None when it is already, for the same reason, and readers have not done."""
    row = insert(session, ReviewTask).values(
        id=str(uuid.uuid4()),
        workspace_id=medium.workspace_id,
        media_id=medium.id,
        job_id=job_id,
        reason=reason.value,
        priority=PRIORITY[reason],
        sampled_with=sampled_with,
        needed=needed,
        answered=0,
        state=TaskState.OPEN.value,
        round=1,
        asked_by=asked_by,
        meant_for=meant_for,
        note=note,
        created_at=now,
    )
    return session.scalar(row.on_conflict_do_nothing().returning(ReviewTask.id))


def present(session: Session, media_id: str, reason: Reason) -> str | None:
    """Return the task of a file and a reason that is not closed."""
    query = select(ReviewTask.id).where(
        ReviewTask.media_id == media_id, ReviewTask.reason == reason, ReviewTask.state.in_(_NOT_CLOSED)
    )
    return session.scalars(query.limit(1)).one_or_none()


def was_asked(session: Session, media_id: str, reason: Reason) -> bool:
    """Return whether a file has ever been put up for a reason."""
    query = select(ReviewTask.id).where(ReviewTask.media_id == media_id, ReviewTask.reason == reason)
    return session.scalars(query.limit(1)).first() is not None


def find(session: Session, workspace_id: str, task_id: str) -> ReviewTask | None:
    """Return a workspace's task."""
    query = select(ReviewTask).where(ReviewTask.id == task_id, ReviewTask.workspace_id == workspace_id)
    return session.scalar(query)


def locked(session: Session, workspace_id: str, task_id: str) -> ReviewTask | None:
    """Return a workspace's task as it is now, locked against changes until the transaction ends.

    Its file is locked first, as by who deletes the file, and then its tasks: neither waits for the other.
    """
    file = select(ReviewTask.media_id).where(
        ReviewTask.id == task_id, ReviewTask.workspace_id == workspace_id
    )
    session.execute(
        select(Medium.id).where(Medium.id.in_(file)).with_for_update(key_share=True, of=Medium)
    ).all()
    query = select(ReviewTask).where(ReviewTask.id == task_id, ReviewTask.workspace_id == workspace_id)
    return session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))


def held_by(session: Session, workspace_id: str, reader: str) -> ReviewTask | None:
    """Return the task that a reader has claimed, of which there is one at most."""
    query = select(ReviewTask).where(
        ReviewTask.workspace_id == workspace_id,
        ReviewTask.state == TaskState.CLAIMED,
        ReviewTask.claimed_by == reader,
    )
    return session.scalars(query.order_by(ReviewTask.claimed_at).limit(1)).one_or_none()


def read_blind_by(session: Session, workspace_id: str, reader: str) -> Sequence[str]:
    """Return the media that a member reads blind.

    The member has claimed one, or it waits for this member by name in a workspace with blind reviews and the
    member has neither sent it nor asked for the review.
    """
    task = ReviewTask
    claimed = select(task.media_id).where(
        task.workspace_id == workspace_id,
        task.claimed_by == reader,
        task.state == TaskState.CLAIMED,
        task.blind.is_not(False),
    )
    waits = (
        select(task.media_id)
        .join(Medium, Medium.id == task.media_id)
        .join(Workspace, and_(Workspace.id == task.workspace_id, Workspace.blind_review))
        .where(
            task.workspace_id == workspace_id,
            task.meant_for == reader,
            task.state.in_(_WAITING),
            func.coalesce(task.asked_by, "") != reader,
            func.coalesce(Medium.sent_by, "") != reader,
        )
    )
    return session.scalars(claimed.union(waits)).all()


def claim_next(
    session: Session,
    workspace_id: str,
    reader: str,
    token: str,
    now: datetime,
    expires_at: datetime,
    *,
    blind: bool,
    may_read_own: bool,
    reason: Reason | None = None,
    without: Collection[str] = (),
) -> ReviewTask | None:
    """Give a reader the waiting task that comes first; None when there is none for them.

    Left out are tasks about an analysis that the reader has read, those that a member is meant to read who is
    somebody else, those whose files are gone, and unless ``may_read_own`` those of files that the reader has
    sent. Raises IntegrityError when the reader has another task, which two requests at once come to.
    """
    conditions = _claimable(workspace_id, reader, may_read_own)
    if reason is not None:
        conditions.append(ReviewTask.reason == reason)
    if without:
        conditions.append(ReviewTask.id.not_in(list(without)))
    head = (
        select(ReviewTask.id)
        .where(*conditions)
        .order_by(ReviewTask.priority, ReviewTask.created_at, ReviewTask.id)
        .limit(1)
        .with_for_update(of=ReviewTask, skip_locked=True)
    )
    return session.scalar(
        update(ReviewTask)
        .where(ReviewTask.id == head.scalar_subquery(), ReviewTask.state.in_(_WAITING))
        .values(
            state=TaskState.CLAIMED,
            claimed_by=reader,
            claimed_at=now,
            lease_token=token,
            lease_expires_at=expires_at,
            blind=blind,
        )
        .returning(ReviewTask)
        .execution_options(populate_existing=True)
    )


def keep(session: Session, task_id: str, token: str, now: datetime, expires_at: datetime) -> bool:
    """Let a claim last until ``expires_at``; False when it has ended."""
    held = and_(_held(task_id, token), ReviewTask.lease_expires_at > now)
    kept = update(ReviewTask).where(held).values(lease_expires_at=expires_at)
    return session.scalar(kept.returning(ReviewTask.id)) is not None


def give_back(session: Session, task_id: str, token: str, meant_for: str | None = None) -> bool:
    """End a claim without an answer, False without one; the task waits for ``meant_for`` or for anybody.

    Who gives back what was meant for them is not waited for any more, and may look at the file.
    """
    values = {"state": waiting_state(), **_NO_LEASE, "meant_for": meant_for}
    ended = update(ReviewTask).where(_held(task_id, token)).values(**values)
    return session.scalar(ended.returning(ReviewTask.id)) is not None


def give_back_expired(session: Session, now: datetime) -> Sequence[str]:
    """End the claims whose time is over and return the tasks."""
    over = and_(ReviewTask.state == TaskState.CLAIMED, ReviewTask.lease_expires_at < now)
    ended = update(ReviewTask).where(over).values(state=waiting_state(), **_NO_LEASE)
    return session.scalars(ended.returning(ReviewTask.id)).all()


def not_meant_for(session: Session, reader: str, media_id: str, job_id: str | None) -> None:
    """Let anybody read what waits for a reader who has read this analysis in another task."""
    waits = (ReviewTask.meant_for == reader, ReviewTask.media_id == media_id, ReviewTask.job_id == job_id)
    same = update(ReviewTask).where(*waits, ReviewTask.state.in_(_WAITING))
    session.execute(same.values(meant_for=None))


def close_unread(session: Session, media_id: str, job_id: str | None, but: str, now: datetime) -> None:
    """Close the other tasks about a file's analysis, or the whole file, that nobody has begun to read."""
    about = or_(ReviewTask.job_id == job_id, ReviewTask.job_id.is_(None))
    unread = (ReviewTask.media_id == media_id, ReviewTask.state == TaskState.OPEN, ReviewTask.id != but)
    session.execute(update(ReviewTask).where(*unread, about).values(state=TaskState.CLOSED, closed_at=now))


def files_gone(session: Session, job_id: str, now: datetime) -> None:
    """Close the tasks that nobody can read any more, since a job's files are going."""
    unread = (ReviewTask.job_id == job_id, ReviewTask.state == TaskState.OPEN)
    session.execute(update(ReviewTask).where(*unread).values(state=TaskState.CLOSED, closed_at=now))


def reopen_read_once(session: Session, media_id: str, job_id: str) -> str | None:
    """Let a second reader have the newest task about a file that one reader has decided; return it.

    It is about the analysis ``job_id`` from then on where the files of its own are gone. None where there is
    none, where nobody else could read it, and where the file waits for a reader for the same reason again.
    """
    query = select(ReviewTask).where(
        ReviewTask.media_id == media_id,
        ReviewTask.state == TaskState.CLOSED,
        ReviewTask.needed == 1,
        ReviewTask.answered == 1,
    )
    newest = (
        query.order_by(ReviewTask.closed_at.desc(), ReviewTask.id).limit(1).with_for_update(key_share=True)
    )
    task = session.scalars(newest.execution_options(populate_existing=True)).one_or_none()
    if task is None or present(session, task.media_id, Reason(task.reason)) is not None:
        return None
    before = task.job_id
    if not session.scalar(select(exists().where(Job.id == before, Job.purged_at.is_(None)))):
        task.job_id = job_id
        session.flush()
    if not who_could_read(session, task.id):
        task.job_id = before
        return None
    task.state, task.needed, task.round, task.closed_at = TaskState.ANSWERED.value, 2, 2, None
    session.flush()
    return task.id


def half_read(session: Session, limit: int) -> Sequence[ReviewTask]:
    """Return tasks that wait for another reader of whom there is none, as `who_could_read` says."""
    somebody = exists().where(Membership.workspace_id == ReviewTask.workspace_id, *_could_read())
    query = select(ReviewTask).where(ReviewTask.state == TaskState.ANSWERED, ~somebody)
    return session.scalars(query.limit(limit)).all()


def who_could_read(session: Session, task_id: str) -> Sequence[str]:
    """Return the members who may read a task that they have not; none where its files are gone."""
    here = and_(ReviewTask.id == task_id, ReviewTask.workspace_id == Membership.workspace_id)
    query = select(Membership.user_id).join(ReviewTask, here).where(*_could_read())
    return session.scalars(query).all()


def readers(session: Session, workspace_id: str) -> Sequence[str]:
    """Return the members of a workspace who may take tasks, those of longest standing first."""
    return _members_who(session, workspace_id, May.REVIEW)


def leads(session: Session, workspace_id: str) -> Sequence[str]:
    """Return the members of a workspace who may adjudicate, those of longest standing first."""
    return _members_who(session, workspace_id, May.ADJUDICATE)


def page(
    session: Session,
    workspace_id: str,
    *,
    states: Collection[TaskState] = (),
    reason: Reason | None = None,
    who: str | None = None,
    hidden: Collection[str] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Sequence[ReviewTask]:
    """Return a workspace's tasks in the order of the queue, from beyond the one that ``cursor`` is the id of.

    ``who`` is a reader who has claimed or read them, or whom they are meant for. Those about ``hidden`` media
    are left out.
    """
    task = ReviewTask
    query = select(task).where(task.workspace_id == workspace_id)
    if hidden:
        query = query.where(task.media_id.not_in(list(hidden)))
    if states:
        query = query.where(task.state.in_([state.value for state in states]))
    if reason is not None:
        query = query.where(task.reason == reason)
    if who is not None:
        read = exists().where(Review.task_id == task.id, Review.reader == who)
        query = query.where(or_(task.claimed_by == who, task.meant_for == who, read))
    if cursor is not None:
        named = session.scalar(select(task).where(task.id == cursor, task.workspace_id == workspace_id))
        last = named_by_cursor(named)
        later = and_(task.created_at == last.created_at, task.id > last.id)
        behind = and_(task.priority == last.priority, or_(task.created_at > last.created_at, later))
        query = query.where(or_(task.priority > last.priority, behind))
    return session.scalars(query.order_by(task.priority, task.created_at, task.id).limit(limit)).all()


def numbers(session: Session, workspace_id: str) -> dict[TaskState, int]:
    """Count a workspace's tasks by state, `COUNTED` of each at most."""
    some = [
        select(
            literal(state.value),
            select(func.count()).select_from(_some(workspace_id, state)).scalar_subquery(),
        )
        for state in TaskState
    ]
    return {TaskState(state): number for state, number in session.execute(union_all(*some))}


def waiting_for(session: Session, workspace_id: str, reader: str, *, may_read_own: bool) -> int:
    """Count the tasks that a reader could claim, up to a thousand."""
    claimable = select(ReviewTask.id).where(*_claimable(workspace_id, reader, may_read_own))
    some = claimable.limit(1000).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def waiting_by_reason(
    session: Session, workspace_id: str, reader: str, *, may_read_own: bool, hidden: Collection[str] = ()
) -> dict[Reason, int]:
    """Count the tasks that a reader could claim by reason, `COUNTED` at most, none of ``hidden`` media."""
    claimable = select(ReviewTask.reason).where(*_claimable(workspace_id, reader, may_read_own))
    if hidden:
        claimable = claimable.where(ReviewTask.media_id.not_in(list(hidden)))
    some = claimable.limit(COUNTED).subquery()
    query = select(some.c.reason, func.count()).group_by(some.c.reason)
    return {Reason(reason): number for reason, number in session.execute(query)}


def released() -> dict[str, Any]:
    """Return the columns of a task that nobody has claimed."""
    return dict(_NO_LEASE)


def waiting_state() -> Any:
    """Return, for an update, the state of a task that waits: ANSWERED once somebody has answered."""
    return case((ReviewTask.answered > 0, TaskState.ANSWERED.value), else_=TaskState.OPEN.value)


def _some(workspace_id: str, state: TaskState) -> Subquery:
    here = select(ReviewTask.id).where(ReviewTask.workspace_id == workspace_id, ReviewTask.state == state)
    return here.limit(COUNTED).subquery()


def _held(task_id: str, token: str) -> ColumnElement[bool]:
    return and_(
        ReviewTask.id == task_id, ReviewTask.state == TaskState.CLAIMED, ReviewTask.lease_token == token
    )


def _claimable(workspace_id: str, reader: str, may_read_own: bool) -> list[ColumnElement[bool]]:
    conditions = [
        ReviewTask.workspace_id == workspace_id,
        ReviewTask.state.in_(_WAITING),
        _readable(),
        ~_read_by(reader),
        _meant_for(reader),
    ]
    if not may_read_own:
        conditions.append(or_(~_sent_by(reader), ReviewTask.meant_for == reader))
    return conditions


def _could_read() -> list[ColumnElement[bool]]:
    """Return the conditions that a member may read a task of the workspace, as `_claimable` has them."""
    reader, other, roles = Membership.user_id, aliased(Membership), _roles(May.REVIEW)
    here = (other.workspace_id == ReviewTask.workspace_id, other.role.in_(roles), other.user_id != reader)
    is_alone = ~exists().where(*here).correlate(ReviewTask, Membership)
    return [
        Membership.role.in_(roles),
        _readable(),
        ~_read_by(reader),
        or_(~_sent_by(reader), ReviewTask.meant_for == reader, is_alone),
    ]


def _readable() -> ColumnElement[bool]:
    return exists().where(Job.id == ReviewTask.job_id, Job.purged_at.is_(None)).correlate(ReviewTask)


def _read_by(reader: _Account) -> ColumnElement[bool]:
    same = or_(Review.task_id == ReviewTask.id, Review.job_id == ReviewTask.job_id)
    read = exists().where(Review.media_id == ReviewTask.media_id, Review.reader == reader, same)
    return read.correlate(ReviewTask, Membership)


def _sent_by(reader: _Account) -> ColumnElement[bool]:
    sent = exists().where(Medium.id == ReviewTask.media_id, Medium.sent_by == reader)
    return sent.correlate(ReviewTask, Membership)


def _meant_for(reader: str) -> ColumnElement[bool]:
    """Return the condition that a task is not meant for another member who may still take it."""
    other = exists().where(
        Membership.workspace_id == ReviewTask.workspace_id,
        Membership.user_id == ReviewTask.meant_for,
        Membership.role.in_(_roles(May.REVIEW)),
    )
    return or_(ReviewTask.meant_for.is_(None), ReviewTask.meant_for == reader, ~other)


def _members_who(session: Session, workspace_id: str, action: May) -> Sequence[str]:
    query = select(Membership.user_id).where(
        Membership.workspace_id == workspace_id, Membership.role.in_(_roles(action))
    )
    return session.scalars(query.order_by(Membership.since, Membership.user_id)).all()


def _roles(action: May) -> list[str]:
    return [role.value for role in Role if action in ALLOWED[role]]
