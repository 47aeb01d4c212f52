"""Rechecks and their items. Who changes a recheck holds its row's lock, so that one change sees the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from deepshield.domain.jobs import FINAL, PREVIEWS, State
from deepshield.domain.policies import SAME_THRESHOLD, Yardstick
from deepshield.domain.rechecks import (
    OPEN,
    Change,
    FileState,
    RecheckState,
    Tally,
    change_of,
    pairs_of,
)
from deepshield.persistence.repositories import audit_texts, webhooks
from deepshield.persistence.repositories.paging import beyond, named_by_cursor
from deepshield.persistence.tables import Job, Result
from deepshield.persistence.workbench import Medium, Recheck, RecheckItem

_FINAL = tuple(state.value for state in FINAL)
_OPEN = tuple(state.value for state in OPEN)
_LOOKED_AT = 1000
"""Items of which the kinds are looked up for an estimate of the time that all of them take."""


@dataclass(frozen=True, slots=True)
class Line:
    """A file of a recheck with its name and its present job; either may be gone."""

    item: RecheckItem
    medium: Medium


@dataclass(frozen=True, slots=True)
class Counted:
    """How many files a recheck would have, by kind, and how many of them it would leave out."""

    files: int
    kept: int  # an analysis still has the file
    judged: int  # by the same model with the same rule
    wanted: dict[str, int]  # by kind: kept and not judged


def find(session: Session, recheck_id: str, workspace_id: str) -> Recheck | None:
    """Return a recheck of a workspace."""
    mine = select(Recheck).where(Recheck.id == recheck_id, Recheck.workspace_id == workspace_id)
    return session.scalar(mine.execution_options(populate_existing=True))


def get(session: Session, recheck_id: str) -> Recheck | None:
    """Return a recheck, whatever its workspace; for the service's own use."""
    return session.get(Recheck, recheck_id)


def page(session: Session, workspace_id: str, cursor: str | None, limit: int) -> Sequence[Recheck]:
    """Return a workspace's rechecks, the newest first, from beyond the one that ``cursor`` is the id of."""
    query = select(Recheck).where(Recheck.workspace_id == workspace_id)
    if cursor is not None:
        last = select(Recheck.created_at).where(Recheck.id == cursor, Recheck.workspace_id == workspace_id)
        at = named_by_cursor(session.scalar(last))
        query = query.where(beyond(Recheck.created_at, Recheck.id, (at, cursor)))
    return session.scalars(query.order_by(Recheck.created_at.desc(), Recheck.id).limit(limit)).all()


def locked(session: Session, recheck_id: str) -> Recheck | None:
    """Return a recheck, locked against changes until the transaction ends; its items stay free."""
    query = select(Recheck).where(Recheck.id == recheck_id).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def in_state(session: Session, state: RecheckState, limit: int) -> Sequence[Recheck]:
    """Return unfinished rechecks in a state: one of each workspace before a second one of any.

    Within a workspace, and among workspaces, those come first that have waited longest for their turn.
    """
    waited = (Recheck.updated_at, Recheck.id)
    place = func.row_number().over(partition_by=Recheck.workspace_id, order_by=waited)
    query = select(Recheck).where(Recheck.state == state, Recheck.finished_at.is_(None))
    return session.scalars(query.order_by(place, *waited).limit(limit)).all()


def note_turn(session: Session, recheck_id: str, now: datetime) -> None:
    """Let an unfinished recheck's next turn come behind that of the others of its state."""
    going_on = (Recheck.id == recheck_id, Recheck.finished_at.is_(None))
    session.execute(update(Recheck).where(*going_on).values(updated_at=now))


def in_workspace(workspace_id: str, there_at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a workspace's media that were there at a time."""
    return (Medium.workspace_id == workspace_id, Medium.deleted_at.is_(None), Medium.first_at <= there_at)


def among(ids: Collection[str]) -> ColumnElement[bool]:
    """Return the condition of media with these ids."""
    return Medium.id.in_(list(ids))


def count(session: Session, chosen: Sequence[ColumnElement[bool]], yardstick: Yardstick) -> Counted:
    """Count the media that conditions choose; judged are those whose newest analysis meets the yardstick."""
    kept, judged = _kept(), _judged(yardstick)
    query = (
        select(
            Medium.kind,
            func.count(),
            func.count().filter(kept),
            func.count().filter(judged),
            func.count().filter(and_(kept, ~judged)),
        )
        .where(*chosen)
        .group_by(Medium.kind)
    )
    rows = session.execute(query).all()
    return Counted(
        files=sum(row[1] for row in rows),
        kept=sum(row[2] for row in rows),
        judged=sum(row[3] for row in rows),
        wanted={row[0]: row[4] for row in rows},
    )


def add_items(
    session: Session,
    recheck: Recheck,
    chosen: Sequence[ColumnElement[bool]],
    yardstick: Yardstick,
    limit: int,
) -> int:
    """Add the next media that conditions choose as items, in the order of their ids; return how many.

    For who holds the recheck's lock. What cannot be analysed again, or need not be, has ended as an item.
    """
    last = select(func.max(RecheckItem.media_id)).where(RecheckItem.recheck_id == recheck.id)
    after = session.scalar(last) or ""
    state = case(
        (_judged(yardstick), FileState.SKIPPED.value),
        (_kept(), FileState.WAITING.value),
        else_=FileState.GONE.value,
    )
    media = (
        select(literal(recheck.id), Medium.id, state, Medium.job_id, Medium.verdict, Medium.score)
        .where(*chosen, Medium.id > after)
        .order_by(Medium.id)
        .limit(limit)
    )
    columns = ["recheck_id", "media_id", "state", "before_job_id", "before_verdict", "before_score"]
    added = session.execute(insert(RecheckItem).from_select(columns, media)).rowcount  # type: ignore[attr-defined]
    these = (RecheckItem.recheck_id == recheck.id, RecheckItem.media_id > after)
    by_state = select(RecheckItem.state, func.count()).where(*these).group_by(RecheckItem.state)
    for found, number in session.execute(by_state):
        note(recheck, None, FileState(found), number)
    return added  # type: ignore[no-any-return]


def note(
    recheck: Recheck,
    before: FileState | None,
    after: FileState,
    number: int = 1,
    change: Change | None = None,
) -> None:
    """Change a recheck's counts with the states of its items; for who holds the recheck's lock.

    Counts that are not kept are left so: the scheduler counts the items anew, as they then are.
    """
    if recheck.counts is None:
        return
    states, changes = dict(recheck.counts["states"]), dict(recheck.counts["changes"])
    states[after.value] = states.get(after.value, 0) + number
    if before is not None:
        states[before.value] = states.get(before.value, 0) - number
    if change is not None:
        changes[change.value] = changes.get(change.value, 0) + number
    recheck.counts = {"states": states, "changes": changes}


def begin_counts(recheck: Recheck, tally: Tally) -> None:
    """Keep counts of a recheck from now on; for who holds the recheck's lock."""
    recheck.counts = {
        "states": {state.value: number for state, number in tally.states.items()},
        "changes": {change.value: number for change, number in tally.changes.items()},
    }


def uncounted(session: Session, limit: int) -> Sequence[str]:
    """Return rechecks whose counts are not kept: of earlier releases, and those that lost files."""
    return session.scalars(select(Recheck.id).where(Recheck.counts.is_(None)).limit(limit)).all()


def to_count_again(session: Session, since: datetime, limit: int) -> Sequence[str]:
    """Return rechecks of which items may have ended since then, those that were asked for last first."""
    changing = or_(Recheck.finished_at.is_(None), Recheck.finished_at > since)
    query = select(Recheck.id).where(Recheck.counts.is_not(None), changing)
    return session.scalars(query.order_by(Recheck.created_at.desc(), Recheck.id).limit(limit)).all()


def tallies(session: Session, found: Sequence[Recheck], hidden: Collection[str] = ()) -> dict[str, Tally]:
    """Return how many items of rechecks are in which state and changed how, as it is kept with each.

    Of ``hidden`` media no change is told.
    """
    kept = {one.id: _kept_tally(one.counts) for one in found if one.counts is not None}
    kept |= counted(session, [one.id for one in found if one.counts is None])
    if not hidden:
        return kept
    query = select(RecheckItem.recheck_id, RecheckItem.before_verdict, RecheckItem.after_verdict).where(
        RecheckItem.recheck_id.in_(list(kept)),
        RecheckItem.media_id.in_(list(hidden)),
        RecheckItem.after_verdict.is_not(None),
    )
    for recheck_id, before, after in session.execute(query):
        changes, change = dict(kept[recheck_id].changes), change_of(before, after or "")
        changes[change] = changes.get(change, 0) - 1
        kept[recheck_id] = replace(kept[recheck_id], changes=changes)
    return kept


def _kept_tally(counts: Mapping[str, Mapping[str, int]]) -> Tally:
    return Tally(
        {FileState(state): number for state, number in counts["states"].items()},
        {Change(change): number for change, number in counts["changes"].items()},
    )


def counted(session: Session, recheck_ids: Collection[str]) -> dict[str, Tally]:
    """Count the items of rechecks by state and change, in one query."""
    if not recheck_ids:
        return {}
    query = (
        select(
            RecheckItem.recheck_id,
            RecheckItem.state,
            RecheckItem.before_verdict,
            RecheckItem.after_verdict,
            func.count(),
        )
        .where(RecheckItem.recheck_id.in_(list(recheck_ids)))
        .group_by(
            RecheckItem.recheck_id, RecheckItem.state, RecheckItem.before_verdict, RecheckItem.after_verdict
        )
    )
    states: dict[str, dict[FileState, int]] = defaultdict(lambda: defaultdict(int))
    changes: dict[str, dict[Change, int]] = defaultdict(lambda: defaultdict(int))
    for recheck_id, state, before, after, number in session.execute(query):
        states[recheck_id][FileState(state)] += number
        if after is not None:
            changes[recheck_id][change_of(before, after)] += number
    return {one: Tally(dict(states[one]), dict(changes[one])) for one in recheck_ids}


def left(session: Session, recheck_id: str, items: int) -> dict[str, int]:
    """Return how many of ``items`` that have not ended are of each kind: as in the first `_LOOKED_AT`."""
    some = (
        select(RecheckItem.media_id)
        .where(RecheckItem.recheck_id == recheck_id, RecheckItem.state.in_(_OPEN))
        .limit(_LOOKED_AT)
        .subquery()
    )
    query = select(Medium.kind, func.count()).join(some, some.c.media_id == Medium.id).group_by(Medium.kind)
    kinds = {kind: number for kind, number in session.execute(query)}  # noqa: C416 - as in figures
    whole = sum(kinds.values())
    return {kind: round(number * max(items, whole) / whole) for kind, number in kinds.items()}


def lines(
    session: Session,
    recheck_id: str,
    after: str,
    limit: int,
    states: Collection[FileState] = (),
    changes: Collection[Change] = (),
    hidden: Collection[str] = (),
    left_out: Collection[str] = (),
) -> Sequence[Line]:
    """Return items beyond a medium's id, in their order: all, or in some states or with some changes.

    Those of ``hidden`` media are not chosen by a change, and those of ``left_out`` ones by nothing.
    """
    query = (
        select(RecheckItem, Medium)
        .join(Medium, Medium.id == RecheckItem.media_id)
        .where(RecheckItem.recheck_id == recheck_id, RecheckItem.media_id > after)
    )
    wanted: list[ColumnElement[bool]] = []
    if states:
        wanted.append(RecheckItem.state.in_([state.value for state in states]))
    pairs = [_with(pair) for change in changes for pair in pairs_of(change)]
    if pairs:
        told = RecheckItem.media_id.not_in(list(hidden)) if hidden else true()
        wanted.append(and_(told, or_(*pairs)))
    if wanted:
        query = query.where(or_(*wanted))
    if left_out:
        query = query.where(RecheckItem.media_id.not_in(list(left_out)))
    found = session.execute(query.order_by(RecheckItem.media_id).limit(limit))
    return [Line(item, medium) for item, medium in found]


def to_start(session: Session, recheck_id: str, at_once: int) -> Sequence[str]:
    """Return the media that become jobs next, so that ``at_once`` jobs of the recheck wait or run."""
    active = session.scalar(
        select(func.count()).where(
            RecheckItem.recheck_id == recheck_id, RecheckItem.state == FileState.QUEUED
        )
    )
    query = select(RecheckItem.media_id).where(
        RecheckItem.recheck_id == recheck_id, RecheckItem.state == FileState.WAITING
    )
    return session.scalars(query.order_by(RecheckItem.media_id).limit(max(0, at_once - (active or 0)))).all()


def locked_medium(session: Session, media_id: str) -> Medium | None:
    """Return a medium that is not deleted before the transaction ends; None when it is deleted already."""
    query = select(Medium).where(Medium.id == media_id, Medium.deleted_at.is_(None))
    return session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))


def holder(session: Session, media_id: str) -> Job | None:
    """Return the analysis whose upload can be read again: the newest, one of the whole file before others."""
    query = select(Job).where(Job.media_id == media_id, Job.upload_key.is_not(None), Job.queue != PREVIEWS)
    order = (Job.mark.is_not(None), Job.created_at.desc(), Job.id)
    return session.scalars(query.order_by(*order).limit(1)).one_or_none()


def take(session: Session, recheck: Recheck, media_id: str, state: FileState, **values: Any) -> bool:
    """Change an item that waits; False when it does not wait any more. For who holds the recheck's lock."""
    waiting = and_(
        RecheckItem.recheck_id == recheck.id,
        RecheckItem.media_id == media_id,
        RecheckItem.state == FileState.WAITING,
    )
    changed = update(RecheckItem).where(waiting).values(state=state, **values)
    if session.scalar(changed.returning(RecheckItem.media_id)) is None:
        return False
    note(recheck, FileState.WAITING, state)
    return True


def end_item(session: Session, job_id: str, state: FileState, **values: Any) -> RecheckItem | None:
    """End the item whose job has ended; None when the job is no item's."""
    queued = and_(RecheckItem.job_id == job_id, RecheckItem.state == FileState.QUEUED)
    return session.scalar(
        update(RecheckItem).where(queued).values(state=state, **values).returning(RecheckItem)
    )


def stop_waiting(session: Session, recheck: Recheck) -> None:
    """End what has not become a job; for who holds the recheck's lock."""
    waiting = and_(RecheckItem.recheck_id == recheck.id, RecheckItem.state == FileState.WAITING)
    stopped = session.execute(
        update(RecheckItem)
        .where(waiting)
        .values(state=FileState.STOPPED)
        .execution_options(synchronize_session=False)
    )
    note(recheck, FileState.WAITING, FileState.STOPPED, stopped.rowcount)  # type: ignore[attr-defined]


def ids_with(session: Session, media_ids: Collection[str]) -> Sequence[str]:
    """Return the rechecks that some media are files of."""
    if not media_ids:
        return ()
    query = select(RecheckItem.recheck_id).where(RecheckItem.media_id.in_(list(media_ids)))
    return session.scalars(query.distinct()).all()


def active_jobs(session: Session, recheck_id: str, limit: int) -> Sequence[str]:
    """Return the jobs of a recheck that have not ended."""
    query = select(Job.id).where(Job.cause_id == recheck_id, Job.state.not_in(_FINAL))
    return session.scalars(query.limit(limit)).all()


def is_unfinished(session: Session, recheck_id: str) -> bool:
    """Return whether an item has not ended."""
    item = select(RecheckItem.media_id).where(
        RecheckItem.recheck_id == recheck_id, RecheckItem.state.in_(_OPEN)
    )
    return session.execute(item.limit(1)).first() is not None


def ended_unfinished(session: Session, limit: int) -> Sequence[str]:
    """Return rechecks that are not finished although every item has ended."""
    item = exists().where(RecheckItem.recheck_id == Recheck.id, RecheckItem.state.in_(_OPEN))
    query = select(Recheck.id).where(
        Recheck.finished_at.is_(None), Recheck.state != RecheckState.PREPARING, ~item
    )
    return session.scalars(query.limit(limit)).all()


def finished_before(session: Session, moment: datetime, limit: int) -> Sequence[str]:
    """Return rechecks that had finished by then."""
    return session.scalars(select(Recheck.id).where(Recheck.finished_at < moment).limit(limit)).all()


def remove(session: Session, recheck_id: str) -> None:
    """Delete a recheck's row, and with it its items, its events and its query in the activity."""
    audit_texts.erase_about(session, [recheck_id])
    session.execute(delete(Recheck).where(Recheck.id == recheck_id))
    webhooks.erase_about(session, [recheck_id])


def verdict_before(session: Session, job: Job) -> tuple[str, str, float | None] | None:
    """Return job, verdict and score of the newest other completed analysis of a job's whole file."""
    query = (
        select(Job.id, Result.verdict, Result.final_score)
        .join(Result, Result.job_id == Job.id)
        .where(
            Job.media_id == job.media_id,
            Job.id != job.id,
            Job.state == State.COMPLETED,
            Job.mark.is_(None),
        )
        .order_by(Job.processing_completed_at.desc(), Job.id)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def recent_seconds(session: Session, since: datetime, limit: int) -> dict[str, float]:
    """Return how many seconds an analysis took on average, by kind, of the newest completed ones."""
    query = (
        select(Job.media_type, Job.processing_started_at, Job.processing_completed_at)
        .where(
            Job.created_at > since,
            Job.state == State.COMPLETED,
            Job.mark.is_(None),
            Job.queue != PREVIEWS,
        )
        .order_by(Job.created_at.desc())
        .limit(limit)
    )
    taken: dict[str, list[float]] = defaultdict(list)
    for kind, started, ended in session.execute(query):
        assert started is not None, "what has completed was begun"
        assert ended is not None, "and has ended"
        taken[kind].append((ended - started).total_seconds())
    return {kind: sum(some) / len(some) for kind, some in taken.items()}


def _with(pair: tuple[str | None, str]) -> ColumnElement[bool]:
    before, after = pair
    first = RecheckItem.before_verdict.is_(None) if before is None else RecheckItem.before_verdict == before
    return and_(first, RecheckItem.after_verdict == after)


def _kept() -> ColumnElement[bool]:
    return exists().where(Job.media_id == Medium.id, Job.upload_key.is_not(None), Job.queue != PREVIEWS)


def _judged(yardstick: Yardstick) -> ColumnElement[bool]:
    """Return `Yardstick.is_met` as a condition, which is never NULL."""
    policy = Medium.policy_id
    alike = func.coalesce(policy.in_(yardstick.policies), False) if yardstick.policies else policy.is_(None)
    return and_(
        func.coalesce(Medium.bundle_sha256 == yardstick.bundle_sha256, False),
        func.coalesce(func.abs(Medium.threshold - yardstick.threshold) < SAME_THRESHOLD, False),
        alike,
    )
