"""Answers: of readers, corrections of them, and of leads where readers differ. None is ever changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import ADJUDICATION, Given, TaskState
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, labels, review_tasks, reviews
from deepshield.persistence.workbench import Review, ReviewTask
from deepshield.resources import Resources
from deepshield.reviews.deciding import settle
from deepshield.reviews.queue import found, locked
from deepshield.reviews.seen import Told, may_be_told, told_of
from deepshield.workspaces.blindness import refuse_blind


def answer(resources: Resources, owner: Owner, task_id: str, lease: str, given: Given) -> Told:
    """Record a reader's answer and return what others say; the same answer again is recorded once.

    The review's id is the lease, so that an answer whose response was lost can be sent again. Raises
    `DeepShieldError` NOT_FOUND, ROLE_MISSING, TASK_LOST when the lease has been taken away, and for an
    answer that is sent again READING_BLIND for who reads the file for another task by now.
    """
    owner.need(May.REVIEW)
    now = resources.clock()
    with resources.database.write() as session:
        task = locked(session, owner, task_id)
        earlier = reviews.get(session, lease)
        is_known = earlier is not None and (earlier.task_id, earlier.reader) == (task_id, owner.id)
        if is_known:
            refuse_blind(session, owner, task.media_id)
        else:
            _answer(session, task, owner, lease, given, now)
    return _told(resources, owner, task_id)


def _answer(
    session: Session, task: ReviewTask, owner: Owner, lease: str, given: Given, now: datetime
) -> None:
    if task.state != TaskState.CLAIMED or (task.lease_token, task.claimed_by) != (lease, owner.id):
        raise DeepShieldError(Code.TASK_LOST)
    round_, blind = task.answered + 1, task.blind is not False
    row = _add(session, task, lease, owner, given, now, round_=round_, blind=blind)
    _note(session, "review.submitted", row, now)
    review_tasks.not_meant_for(session, owner.id, task.media_id, task.job_id)
    settle(session, task, now, owner.id)


def adjudicate(resources: Resources, owner: Owner, task_id: str, given: Given) -> Told:
    """Decide a task as a lead, who knows all its reviews: where readers differ, or no second one comes.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT in other states, and for who is one of the
    readers while another lead is there, READING_BLIND for who reads its file for another task.
    """
    owner.need(May.ADJUDICATE)
    now = resources.clock()
    with resources.database.write() as session:
        task = locked(session, owner, task_id)
        if task.state not in (TaskState.DISPUTED, TaskState.ANSWERED):
            raise DeepShieldError(
                Code.CONFLICT, "Only what readers have answered and not decided is adjudicated."
            )
        others = set(review_tasks.leads(session, owner.workspace_id)) - {owner.id}
        if others and reviews.read_by(session, task.id, owner.id):
            message = "You are one of the readers who differ. Another lead has to decide."
            raise DeepShieldError(Code.CONFLICT, message)
        refuse_blind(session, owner, task.media_id)
        row = _add(session, task, str(uuid.uuid4()), owner, given, now, round_=ADJUDICATION, blind=False)
        _note(session, "review.adjudicated", row, now)
        settle(session, task, now, owner.id)
    return _told(resources, owner, task_id)


def correct(resources: Resources, owner: Owner, review_id: str, given: Given) -> Told:
    """Add a review in place of one of one's own; what it decided is decided anew.

    Readers who agree from then on give the file its label, also where they differed before. Where they differ
    from then on, a lead decides, and the label stays until then. What a lead has decided stands, and so does
    a label that rests on something newer than this task. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING,
    CONFLICT for somebody else's, and for one that was corrected already, READING_BLIND for who reads its file
    for another task.
    """
    owner.need(May.REVIEW)
    now = resources.clock()
    with resources.database.write() as session:
        old = reviews.find(session, owner.workspace_id, review_id)
        if old is None or old.task_id is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such review in this workspace.")
        if old.reader != owner.id:
            raise DeepShieldError(
                Code.CONFLICT, "Only its reader corrects a review. Ask them, or ask for another."
            )
        if old.round >= ADJUDICATION:
            owner.need(May.ADJUDICATE)
        task = locked(session, owner, old.task_id)
        if reviews.is_corrected(session, old.id):
            raise DeepShieldError(Code.CONFLICT, "This review has been corrected. Correct the newer one.")
        refuse_blind(session, owner, task.media_id)
        row = _add(
            session, task, str(uuid.uuid4()), owner, given, now,
            round_=old.round, blind=False, corrects=old.id,
        )  # fmt: skip
        _note(session, "review.corrected", row, now)
        stands = old.round < ADJUDICATION and reviews.is_adjudicated(session, task.id)
        decides = task.state == TaskState.DISPUTED or (
            task.state == TaskState.CLOSED and _is_the_labels(session, task)
        )
        if decides and not stands:
            settle(session, task, now, owner.id)
    return _told(resources, owner, task.id)


def find_told(resources: Resources, owner: Owner, task_id: str) -> Told:
    """Return all that is known of a task, for who has answered it, and for leads once no reader is awaited.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for who could still be a blind reader of it,
    READING_BLIND for who reads its file for another task.
    """
    owner.need(May.REVIEW)
    with resources.database.read() as session:
        task = found(session, owner, task_id)
        if not may_be_told(session, task, owner.id, is_lead=owner.may(May.ADJUDICATE)):
            message = "Answers are shown to who has answered, and to leads once no reader is awaited."
            raise DeepShieldError(Code.CONFLICT, message)
        refuse_blind(session, owner, task.media_id)
        return told_of(session, task, owner)


def _is_the_labels(session: Session, task: ReviewTask) -> bool:
    """Return whether the file's newest label rests on the task's reviews; also where it has no label."""
    newest = labels.history(session, task.media_id, 1)
    own = {one.id for one in reviews.of_task(session, task.id)}
    return not newest or not own.isdisjoint(newest[0].reviews)


def _told(resources: Resources, owner: Owner, task_id: str) -> Told:
    with resources.database.read() as session:
        return told_of(session, found(session, owner, task_id), owner)


def _add(
    session: Session,
    task: ReviewTask,
    review_id: str,
    owner: Owner,
    given: Given,
    now: datetime,
    *,
    round_: int,
    blind: bool,
    corrects: str | None = None,
) -> Review:
    return reviews.add(
        session,
        review_id,
        owner.id,
        given,
        workspace_id=task.workspace_id,
        media_id=task.media_id,
        task_id=task.id,
        job_id=task.job_id,
        round_=round_,
        blind=blind,
        started_at=task.claimed_at or now,
        now=now,
        corrects=corrects,
    )


def _note(session: Session, action: str, row: Review, now: datetime) -> None:
    # Without the answer: leads read the log, and may be the next who read the file.
    details = {"media_id": row.media_id, "review_id": row.id, "round": row.round}
    audit.record(session, action, now, actor=row.reader, subject=row.task_id, details=details)
