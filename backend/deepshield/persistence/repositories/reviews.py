"""Reviews: rows that are only added, and read as they are; a correction names the review that it replaces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session, aliased

from deepshield.domain.reviews import ADJUDICATION, Given
from deepshield.persistence.repositories.paging import beyond, named_by_cursor
from deepshield.persistence.workbench import Review, ReviewTask


def add(
    session: Session,
    review_id: str,
    reader: str,
    given: Given,
    *,
    workspace_id: str,
    media_id: str,
    task_id: str | None,
    job_id: str | None,
    round_: int,
    blind: bool,
    started_at: datetime,
    now: datetime,
    corrects: str | None = None,
) -> Review:
    """Add a reader's answer."""
    row = Review(
        id=review_id,
        task_id=task_id,
        media_id=media_id,
        workspace_id=workspace_id,
        job_id=job_id,
        reader=reader,
        round=round_,
        blind=blind,
        answer=given.answer.value,
        kinds=[kind.value for kind in given.kinds],
        per_person={letter: answer.value for letter, answer in given.per_person.items()},
        spans=list(given.spans),
        regions=list(given.regions),
        basis=[basis.value for basis in given.basis],
        links=list(given.links),
        note=given.note,
        corrects=corrects,
        started_at=started_at,
        submitted_at=now,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, review_id: str) -> Review | None:
    """Return a review, whosever it is."""
    return session.get(Review, review_id)


def find(session: Session, workspace_id: str, review_id: str) -> Review | None:
    """Return a review of a workspace."""
    query = select(Review).where(Review.id == review_id, Review.workspace_id == workspace_id)
    return session.scalar(query)


def is_corrected(session: Session, review_id: str) -> bool:
    """Return whether another review names this one as the one that it replaces."""
    return session.scalar(select(exists().where(Review.corrects == review_id))) or False


def is_adjudicated(session: Session, task_id: str) -> bool:
    """Return whether a lead has decided a task."""
    query = select(exists().where(Review.task_id == task_id, Review.round >= ADJUDICATION))
    return session.scalar(query) or False


def replaced(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of some reviews that were corrected."""
    query = select(Review.corrects).where(Review.corrects.in_(list(ids)))
    return {one for one in session.scalars(query) if one is not None}


def of_task(session: Session, task_id: str) -> Sequence[Review]:
    """Return all reviews of a task, also those that were corrected, in the order in which they came."""
    order = (Review.submitted_at, Review.corrects.is_not(None), Review.round, Review.id)
    return session.scalars(select(Review).where(Review.task_id == task_id).order_by(*order)).all()


def present(found: Sequence[Review]) -> list[Review]:
    """Return those of some reviews that were not corrected."""
    replaced = {one.corrects for one in found}
    return [one for one in found if one.id not in replaced]


def by_reader(
    session: Session,
    workspace_id: str,
    reader: str,
    cursor: str | None,
    limit: int,
    media_id: str | None = None,
) -> Sequence[tuple[Review, ReviewTask | None]]:
    """Return a reader's reviews with their tasks, the newest first, from beyond the one named ``cursor``.

    Of one file where ``media_id`` names one.
    """
    query = (
        select(Review, ReviewTask)
        .outerjoin(ReviewTask, ReviewTask.id == Review.task_id)
        .where(Review.workspace_id == workspace_id, Review.reader == reader)
    )
    if media_id is not None:
        query = query.where(Review.media_id == media_id)
    if cursor is not None:
        last = named_by_cursor(find(session, workspace_id, cursor))
        query = query.where(beyond(Review.submitted_at, Review.id, (last.submitted_at, last.id)))
    rows = session.execute(query.order_by(Review.submitted_at.desc(), Review.id).limit(limit))
    return [(review, task) for review, task in rows]


def read_by(session: Session, task_id: str, reader: str) -> bool:
    """Return whether somebody has answered a task."""
    query = select(exists().where(Review.task_id == task_id, Review.reader == reader))
    return session.scalar(query) or False


def has_read(
    session: Session, reader: str, media_id: str, job_id: str | None, task_id: str | None = None
) -> bool:
    """Return whether somebody has answered a task, or another one about the same analysis of a file."""
    same = [Review.task_id == task_id] if task_id is not None else []
    same += [Review.job_id == job_id] if job_id is not None else []
    query = exists().where(Review.media_id == media_id, Review.reader == reader, or_(false(), *same))
    return session.scalar(select(query)) or False


def pairs(session: Session, workspace_id: str, since: datetime) -> Sequence[tuple[Review, Review]]:
    """Return first and second readings of tasks whose second came ``since`` then, by when it came.

    As they were handed in, blind: corrections, which know of each other, are left out.
    """
    second = aliased(Review)
    query = (
        select(Review, second)
        .join(second, and_(second.task_id == Review.task_id, second.round > Review.round))
        .where(
            Review.workspace_id == workspace_id,
            second.submitted_at >= since,
            *(_original(Review)),
            *(_original(second)),
        )
        .order_by(second.submitted_at, second.id)
    )
    return [(first, later) for first, later in session.execute(query)]


def _original(review: type[Review]) -> tuple[ColumnElement[bool], ...]:
    return (review.corrects.is_(None), review.blind.is_(True), review.round < ADJUDICATION)
