"""The queue of tasks: claimed by one reader at a time under a lease, kept, given back, handed on.

A lease is the right to record one review, whose id it will be. Files are read by who has not sent them,
unless nobody else in the workspace takes reviews, and by nobody twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import LEASE, WAITING, Reason, TaskState
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, review_tasks, reviews, workspaces
from deepshield.persistence.tables import Artifact
from deepshield.persistence.workbench import ReviewTask
from deepshield.resources import Resources
from deepshield.reviews.deciding import settle
from deepshield.reviews.seen import Work, file_of, may_be_told, work_of

_SWEPT = 100  # tasks at once
_TRIES = 5  # to claim a task: the loser of a race, and who claims what is being forgotten, try again


@dataclass(frozen=True, slots=True)
class Next:
    """A reader's task, if there is one, and how many others the reader could claim, a thousand at most."""

    work: Work | None
    waiting: int


def take_next(
    resources: Resources, owner: Owner, reason: Reason | None = None, without: Collection[str] = ()
) -> Next:
    """Give a reader the task that comes first; the one that the reader has already, if there is one.

    Of several requests at once each gets the same task. ``without`` are tasks that the reader has skipped.
    Raises `DeepShieldError` ROLE_MISSING, also for a ``reason`` from who is no lead: a reader who knows why a
    file is in the queue is not blind; TASK_LOST when each task that was claimed went with its file at once.
    """
    owner.need(May.REVIEW)
    if reason is not None:
        owner.need(May.ADJUDICATE)
    for _ in range(_TRIES):
        with resources.database.read() as session:
            own = _may_read_own(session, owner)
            waiting = review_tasks.waiting_for(session, owner.workspace_id, owner.id, may_read_own=own)
            held = review_tasks.held_by(session, owner.workspace_id, owner.id)
        if held is None and not waiting:  # nothing to be locked for
            return Next(None, 0)
        try:
            task = _claim(resources, owner, own, reason, without)
        except IntegrityError:  # another request of the same reader has just claimed a task
            continue
        if task is None:
            return Next(None, waiting)
        with resources.database.read() as session:
            work = work_of(session, task, owner)
        if work is not None:
            return Next(work, waiting - (held is None))
    raise DeepShieldError(Code.TASK_LOST)


def _claim(
    resources: Resources, owner: Owner, may_read_own: bool, reason: Reason | None, without: Collection[str]
) -> ReviewTask | None:
    """Return the task that the reader has, or the next one, claimed.

    Raises IntegrityError when another transaction claims one for the same reader at the same time.
    """
    now = resources.clock()
    with resources.database.write() as session:
        held = review_tasks.held_by(session, owner.workspace_id, owner.id)
        if held is not None and review_tasks.keep(session, held.id, held.lease_token or "", now, now + LEASE):
            return review_tasks.find(session, owner.workspace_id, held.id)
        if held is not None:
            review_tasks.give_back(session, held.id, held.lease_token or "", meant_for=held.meant_for)
        workspace = workspaces.get(session, owner.workspace_id)
        return review_tasks.claim_next(
            session,
            owner.workspace_id,
            owner.id,
            str(uuid.uuid4()),
            now,
            now + LEASE,
            blind=workspace is None or workspace.blind_review,
            may_read_own=may_read_own,
            reason=reason,
            without=without,
        )


def keep(resources: Resources, owner: Owner, task_id: str, lease: str) -> datetime:
    """Let a claim last for another `LEASE` and return until when.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, TASK_LOST when it has ended.
    """
    owner.need(May.REVIEW)
    now = resources.clock()
    with resources.database.write() as session:
        found(session, owner, task_id)
        if not review_tasks.keep(session, task_id, lease, now, now + LEASE):
            raise DeepShieldError(Code.TASK_LOST)
    return now + LEASE


def release(resources: Resources, owner: Owner, task_id: str, lease: str) -> None:
    """Give a task back without an answer; raises as `keep`."""
    owner.need(May.REVIEW)
    with resources.database.write() as session:
        found(session, owner, task_id)
        if not review_tasks.give_back(session, task_id, lease):
            raise DeepShieldError(Code.TASK_LOST)


def hand(
    resources: Resources,
    owner: Owner,
    task_id: str,
    to: str,
    lease: str | None = None,
    note: str | None = None,
) -> None:
    """Give a task to a colleague, who alone may claim it while a member who may read.

    By its reader, with the ``lease``, or by a lead while nobody has claimed it. ``note`` is added to the
    task's, which is shown after the answer. Raises `DeepShieldError` as `keep`, and CONFLICT when the
    colleague may not read it or has.
    """
    owner.need(May.REVIEW if lease else May.ADJUDICATE)
    now = resources.clock()
    with resources.database.write() as session:
        task = locked(session, owner, task_id)
        if to not in review_tasks.readers(session, owner.workspace_id):
            message = "This colleague takes no reviews here. Choose a member who is reviewer or lead."
            raise DeepShieldError(Code.CONFLICT, message)
        if reviews.has_read(session, to, task.media_id, task.job_id, task.id):
            raise DeepShieldError(Code.CONFLICT, "This colleague has read it already. Choose another.")
        if lease:
            if not review_tasks.give_back(session, task_id, lease, meant_for=to):
                raise DeepShieldError(Code.TASK_LOST)
        elif task.state in WAITING:
            task.meant_for = to
        else:
            message = "Somebody is reading it, or it is decided. Wait until it is given back."
            raise DeepShieldError(Code.CONFLICT, message)
        if note is not None:
            task.note = "\n\n".join(filter(None, (task.note, note)))
        audit.record(session, "review.handed", now, actor=owner.id, subject=task_id, details={"to": to})


def find_file(resources: Resources, owner: Owner, task_id: str, *, original: bool) -> Artifact:
    """Return the preview of a task's file, or the file itself, for its reader and who has done with it.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, TASK_LOST for whoever is neither, EXPIRED when the file
    is gone.
    """
    owner.need(May.REVIEW)
    with resources.database.read() as session:
        task = found(session, owner, task_id)
        is_reader = task.state == TaskState.CLAIMED and task.claimed_by == owner.id
        if not is_reader and not may_be_told(session, task, owner.id, is_lead=owner.may(May.ADJUDICATE)):
            raise DeepShieldError(Code.TASK_LOST)
        artifact = file_of(session, task, original=original)
    if artifact is None:
        raise DeepShieldError(Code.EXPIRED)
    return artifact


def sweep(resources: Resources) -> int:
    """Give back tasks whose readers are gone, and end those that no other can read; return how many."""
    now = resources.clock()
    with resources.database.write() as session:
        expired = review_tasks.give_back_expired(session, now)
    with resources.database.read() as session:
        half = review_tasks.half_read(session, _SWEPT)
    for one in half:
        with resources.database.write() as session:
            task = review_tasks.locked(session, one.workspace_id, one.id)
            if task is not None and task.state == TaskState.ANSWERED:
                settle(session, task, now)
    return len(expired) + len(half)


def found(session: Session, owner: Owner, task_id: str) -> ReviewTask:
    """Return a task of the workspace, or raise `DeepShieldError` NOT_FOUND."""
    return _there(review_tasks.find(session, owner.workspace_id, task_id))


def locked(session: Session, owner: Owner, task_id: str) -> ReviewTask:
    """Return the same, locked against changes until the transaction ends."""
    return _there(review_tasks.locked(session, owner.workspace_id, task_id))


def _there(task: ReviewTask | None) -> ReviewTask:
    if task is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such review in this workspace.")
    return task


def _may_read_own(session: Session, owner: Owner) -> bool:
    return list(review_tasks.readers(session, owner.workspace_id)) == [owner.id]
