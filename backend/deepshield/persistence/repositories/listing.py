"""A workspace's list of jobs: which of them, in which order, and how many of each kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from deepshield.domain.jobs import FINAL, PREVIEWS, Order, State, Verdict
from deepshield.persistence.tables import Job, Result

_NEWEST: tuple[ColumnElement[Any], ...] = (Job.created_at.desc(), Job.id.asc())
# Only a verdict comes with an estimate: an inconclusive file's is withheld, and its place must not tell it.
_GIVEN = case((Result.verdict.in_((Verdict.MANIPULATED, Verdict.NO_SIGNS)), Result.final_score))
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    Order.NEWEST: _NEWEST,
    Order.OLDEST: (Job.created_at.asc(), Job.id.desc()),
    Order.NAME: (func.lower(Job.original_filename), *_NEWEST),
    Order.ESTIMATE: (_GIVEN.desc().nulls_last(), *_NEWEST),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of a workspace's jobs are wanted; nothing given is all of them."""

    states: tuple[State, ...] = ()
    media_type: str | None = None
    search: str | None = None  # part of the file's name, in any case
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """How many jobs are in a state, with a verdict; None for those without a result."""

    state: State
    verdict: Verdict | None
    jobs: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs of each kind match the search and the media type, whichever kind is chosen."""

    groups: tuple[Group, ...]

    @property
    def all(self) -> int:
        """All jobs, including cancelled ones."""
        return sum(group.jobs for group in self.groups)

    @property
    def active(self) -> int:
        """Those that have not ended."""
        return sum(group.jobs for group in self.groups if group.state not in FINAL)

    def of_state(self, state: State) -> int:
        """Those in a state."""
        return sum(group.jobs for group in self.groups if group.state == state)

    def of_verdict(self, verdict: Verdict) -> int:
        """Those with a verdict."""
        return sum(group.jobs for group in self.groups if group.verdict == verdict)

    def chosen(self, wanted: Filter) -> int:
        """Those in the wanted states and with the wanted verdicts."""
        return sum(
            group.jobs
            for group in self.groups
            if (not wanted.states or group.state in wanted.states)
            and (not wanted.verdicts or group.verdict in wanted.verdicts)
        )


def tally(session: Session, workspace_id: str, wanted: Filter, hidden: Collection[str] = ()) -> Tally:
    """Count a workspace's jobs, in one query, whichever states and verdicts are wanted.

    Those of ``hidden`` media count as jobs without a result.
    """
    rows = session.execute(
        select(Job.state, Result.verdict, func.count())
        .outerjoin(Result, and_(Result.job_id == Job.id, shown(hidden)))
        .where(*_alike(workspace_id, wanted))
        .group_by(Job.state, Result.verdict)
    )
    return Tally(
        tuple(
            Group(State(state), Verdict(verdict) if verdict else None, number)
            for state, verdict, number in rows
        )
    )


def page(
    session: Session,
    workspace_id: str,
    wanted: Filter,
    order: Order,
    limit: int,
    offset: int,
    hidden: Collection[str] = (),
) -> Sequence[Job]:
    """Return some of a workspace's jobs; in the order of estimates those without a verdict come last.

    Those of ``hidden`` media are chosen and placed as jobs without a result.
    """
    query = select(Job).where(*_alike(workspace_id, wanted))
    if wanted.states:
        query = query.where(Job.state.in_([state.value for state in wanted.states]))
    if wanted.verdicts or order is Order.ESTIMATE:
        query = query.outerjoin(Result, and_(Result.job_id == Job.id, shown(hidden)))
    if wanted.verdicts:
        query = query.where(Result.verdict.in_([verdict.value for verdict in wanted.verdicts]))
    return session.scalars(query.order_by(*_ORDERS[order]).limit(limit).offset(offset)).all()


def shown(hidden: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a job's result may be told of, since it is of no ``hidden`` medium."""
    if not hidden:
        return true()
    return or_(Job.media_id.is_(None), Job.media_id.not_in(list(hidden)))


def _alike(workspace_id: str, wanted: Filter) -> list[ColumnElement[bool]]:
    # One index has them in their order; what an earlier release writes is placed by the next sweep.
    # A recheck lists its jobs itself: thousands of them would hide what people have handed in.
    conditions = [Job.workspace_id == workspace_id, Job.queue != PREVIEWS, Job.cause_id.is_(None)]
    if wanted.media_type:
        conditions.append(Job.media_type == wanted.media_type)
    if wanted.search:
        conditions.append(Job.original_filename.icontains(wanted.search, autoescape=True))
    return conditions
