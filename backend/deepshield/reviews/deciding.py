"""What answers come to: another reading, a dispute, or a label, in the transaction of the last answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from deepshield import outbox
from deepshield.domain.jobs import Verdict
from deepshield.domain.labels import Kind, Value
from deepshield.domain.reviews import (
    ADJUDICATION,
    PRIORITY,
    Decision,
    Reading,
    Reason,
    TaskState,
    decide,
    is_read_twice,
)
from deepshield.persistence.repositories import audit, labels, results, review_tasks, reviews, shares
from deepshield.persistence.workbench import Label, Review, ReviewTask


def settle(session: Session, task: ReviewTask, now: datetime, actor: str | None = None) -> Label | None:
    """Let a locked task follow its reviews: to the next reader, to a lead, or to its end with a label.

    A task that was decided, or about which readers differed, is decided anew after a correction; one that
    a single reader had decided waits for a second one where the corrected answer needs that, and the label
    stays until then. ``actor`` is who wrote the last review. Where nobody else can read it, what was answered
    decides.
    """
    readings = [_reading(one) for one in reviews.present(reviews.of_task(session, task.id))]
    task.answered = sum(one.round < ADJUDICATION for one in readings)
    for name, value in review_tasks.released().items():
        setattr(task, name, value)
    was_closed, was_disputed = task.state == TaskState.CLOSED, task.state == TaskState.DISPUTED
    is_adjudicated = any(one.round >= ADJUDICATION for one in readings)
    waits = not was_disputed and not is_adjudicated
    if was_closed and review_tasks.present(session, task.media_id, Reason(task.reason)) is not None:
        waits = False  # the file waits for a reader for this reason already
    if waits and task.answered < _needed(session, task, readings, now):
        task.state, task.round, task.meant_for = TaskState.ANSWERED.value, task.answered + 1, None
        task.closed_at = None
        return None
    decision = decide(readings)
    if decision is None:
        task.state, task.priority = TaskState.DISPUTED.value, PRIORITY[Reason.DISPUTE]
        task.closed_at = None
        if was_disputed:
            return None
        details = {"media_id": task.media_id, "reviews": [one.id for one in readings]}
        audit.record(session, "review.disputed", now, actor=actor, subject=task.id, details=details)
        return None
    task.state, task.closed_at = TaskState.CLOSED.value, now
    if not was_closed:  # what was asked since then has its own reasons
        review_tasks.close_unread(session, task.media_id, task.job_id, task.id, now)
    return put(session, task.media_id, decision, actor, now, task)


def put(
    session: Session,
    media_id: str,
    decision: Decision,
    actor: str | None,
    now: datetime,
    task: ReviewTask | None = None,
) -> Label | None:
    """Add a label to a file, with its event and its entry of the audit log; None when the file is gone."""
    session.flush()
    label = labels.append(session, media_id, decision, actor, now)
    if label is None:
        return None
    details = {"value": label.value, "kind": label.kind, "grade": label.grade, "revision": label.revision}
    if task is not None:
        details["task_id"] = task.id
    audit.record(session, "label.decided", now, actor=actor, subject=media_id, details=details)
    medium = labels.medium(session, media_id)
    assert medium is not None, "it has just been given a label"
    outbox.review_decided(session, medium, label, task, now)
    return label


def _needed(session: Session, task: ReviewTask, readings: list[Reading], now: datetime) -> int:
    """Return how many readers a task needs: two also by its first answer, but no more than can read it."""
    others = review_tasks.who_could_read(session, task.id)
    if not others:
        task.needed = min(task.needed, task.answered)
    if task.needed > 1 or len(readings) != 1:
        return task.needed
    shared = shares.of_medium(session, task.media_id, now)  # whichever of its analyses: the label is of all
    verdicts = {one.verdict for one in results.summaries(session, shared).values()}
    if is_read_twice(
        task.id,
        readings[0].answer,
        flagged=Verdict.MANIPULATED in verdicts,
        leaves=bool(shared),
        others=len(others),
    ):
        task.needed = 2
    return task.needed


def _reading(review: Review) -> Reading:
    kinds = tuple(Kind(kind) for kind in review.kinds)
    return Reading(review.id, review.round, Value(review.answer), kinds)
