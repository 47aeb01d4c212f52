"""Files by the verdict of their first analysis, and those of them that were drawn for readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from deepshield.domain.estimates import DrawnState
from deepshield.domain.jobs import Verdict
from deepshield.domain.reviews import SAMPLED_WITH, TaskState, sample_of
from deepshield.persistence.workbench import Medium, ReviewTask


@dataclass(frozen=True, slots=True)
class Screened:
    """How many files had a verdict and were drawn with a probability; None where they could not be drawn."""

    verdict: Verdict
    drawn_with: float | None
    files: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many drawn files are in a state, a label's value or waiting or gone."""

    verdict: Verdict
    drawn_with: float
    state: DrawnState
    hastened: bool
    """Whether they are read, or were, for another reason than that they were drawn."""
    files: int
    since: datetime
    """When the first of them was drawn."""


def screened(
    session: Session, media_id: str, verdict: Verdict, drawn_with: float | None, now: datetime
) -> bool:
    """Keep the verdict of a file's first analysis; False, and nothing kept, after an earlier one."""
    first = (Medium.id == media_id, Medium.screened_at.is_(None))
    kept = (
        update(Medium)
        .where(*first)
        .values(screened_at=now, screened_as=verdict.value, drawn_with=drawn_with)
        .returning(Medium.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(kept) is not None


def population(session: Session, workspace_id: str, since: datetime) -> Sequence[Screened]:
    """Count the files of a workspace whose first analysis ended after ``since``; deleted ones are no more."""
    kinds = (Medium.screened_as, Medium.drawn_with)
    query = select(*kinds, func.count()).where(*_present(workspace_id, since)).group_by(*kinds)
    found = session.execute(query)
    return [
        Screened(Verdict(verdict), drawn_with, files)
        for verdict, drawn_with, files in found
        if verdict is not None
    ]


def drawn(session: Session, workspace_id: str, since: datetime) -> Sequence[Drawn]:
    """Count those of the same files that were drawn, by what has become of them."""
    state = case(
        (Medium.label.is_not(None), Medium.label),
        (ReviewTask.state == TaskState.CLOSED, DrawnState.GONE.value),
        else_=DrawnState.WAITING.value,
    )
    each = (
        select(
            Medium.screened_as,
            Medium.drawn_with,
            state.label("state"),
            _hastened().label("hastened"),
            ReviewTask.created_at,
        )
        .join(ReviewTask, _is_draw_of())
        .where(*_present(workspace_id, since), Medium.drawn_with.is_not(None))
        .subquery()
    )
    kinds = (each.c.screened_as, each.c.drawn_with, each.c.state, each.c.hastened)
    query = select(*kinds, func.count(), func.min(each.c.created_at)).group_by(*kinds)
    return [
        Drawn(Verdict(verdict), probability, DrawnState(state), bool(hastened), files, first)
        for verdict, probability, state, hastened, files, first in session.execute(query)
    ]


def hastened_labels(
    session: Session, workspace_id: str, since: datetime, verdict: Verdict, drawn_with: float, number: int
) -> dict[DrawnState, int]:
    """Count the labels of ``number`` hastened files of a cell that have one, chosen by their tasks' ids."""
    some = (
        select(Medium.label.label("label"))
        .join(ReviewTask, _is_draw_of())
        .where(
            *_present(workspace_id, since),
            Medium.screened_as == verdict,
            Medium.drawn_with == drawn_with,
            Medium.label.is_not(None),
            _hastened(),
        )
        .order_by(ReviewTask.id)
        .limit(number)
        .subquery()
    )
    query = select(some.c.label, func.count()).group_by(some.c.label)
    return {DrawnState(label): files for label, files in session.execute(query)}


def _present(workspace_id: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Medium.workspace_id == workspace_id,
        Medium.screened_at >= since,
        Medium.deleted_at.is_(None),
    )


def _is_draw_of() -> ColumnElement[bool]:
    """Return the condition that a task is the one that its file was drawn for."""
    reason = case(
        {verdict.value: sample.value for verdict in Verdict if (sample := sample_of(verdict)) is not None},
        value=Medium.screened_as,
    )
    return and_(ReviewTask.media_id == Medium.id, ReviewTask.reason == reason)


def _hastened() -> ColumnElement[bool]:
    other = aliased(ReviewTask)
    doubted = exists().where(
        other.media_id == Medium.id, other.reason.not_in([reason.value for reason in SAMPLED_WITH])
    )
    elsewhere = and_(Medium.label.is_not(None), ReviewTask.answered == 0)
    return or_(doubted, elsewhere)
