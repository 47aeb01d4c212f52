"""Pausing, resuming and stopping a recheck, and what is left to do of that when a process dies."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.domain import retention
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.rechecks import RecheckState
from deepshield.domain.roles import May
from deepshield.jobs.cancel import cancel
from deepshield.jobs.recheck_ends import finish_if_ended
from deepshield.persistence.repositories import audit, rechecks
from deepshield.persistence.workbench import Recheck
from deepshield.rechecks.asking import prepare
from deepshield.rechecks.starting import start_waiting
from deepshield.resources import Resources

_AT_ONCE = 200  # jobs that a request ends by itself; the scheduler ends the rest
_RECHECKS = 20  # of each state that have their turn at a time
_COUNTED = 50  # rechecks whose items are counted again at a time
_LATELY = timedelta(minutes=15)  # three times COUNT_SECONDS
_READ_ELSEWHERE = timedelta(
    days=1
)  # while releases change, another one may read a query that this one does not
COUNT_SECONDS = 300.0
"""How often `count_again` is to be called."""

_log = logging.getLogger(__name__)


def find_recheck(resources: Resources, owner: Owner, recheck_id: str) -> Recheck:
    """Return a recheck; raises `DeepShieldError` NOT_FOUND when the workspace has none with this id."""
    with resources.database.read() as session:
        recheck = rechecks.find(session, recheck_id, owner.workspace_id)
    if recheck is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such recheck in this workspace.")
    return recheck


def pause(resources: Resources, owner: Owner, recheck_id: str) -> None:
    """Make no more jobs of a recheck; those that there are go on.

    Raises as `find_recheck`, ROLE_MISSING for another's recheck, CONFLICT when it does not run.
    """
    _move(resources, owner, recheck_id, RecheckState.RUNNING, RecheckState.PAUSED, "paused")


def resume(resources: Resources, owner: Owner, recheck_id: str) -> None:
    """Go on with a paused recheck; raises as `pause`."""
    _move(resources, owner, recheck_id, RecheckState.PAUSED, RecheckState.RUNNING, "resumed")


def stop(resources: Resources, owner: Owner, recheck_id: str) -> None:
    """End a recheck: what waits stays as it was, and what is being analysed is cancelled; results stay.

    Raises as `find_recheck`, ROLE_MISSING for another's recheck, CONFLICT when it has ended.
    """
    _own(resources, owner, recheck_id)
    now = resources.clock()
    with resources.database.write() as session:
        recheck = _locked(session, recheck_id)
        if recheck.finished_at is not None or recheck.state == RecheckState.STOPPED:
            raise DeepShieldError(Code.CONFLICT, "The recheck has ended.")
        _stop(session, recheck, now, owner.id)
    _cancel_jobs(resources, recheck_id)


def keep_up(resources: Resources) -> int:
    """Prepare, start and end what is to be; forget what is old. Return how many jobs were made.

    Several processes may do this at once. Rechecks of all workspaces have their turns alike.
    """
    with resources.database.read() as session:
        ended = rechecks.ended_unfinished(session, _RECHECKS)
        uncounted = rechecks.uncounted(session, _RECHECKS)
    started = 0
    for recheck in _next(resources, RecheckState.PREPARING):
        with _others_go_on():
            _prepare(resources, recheck)
    for recheck in _next(resources, RecheckState.STOPPED):
        _cancel_jobs(resources, recheck.id)
    for recheck in _next(resources, RecheckState.RUNNING):
        with _others_go_on():
            started += start_waiting(resources, recheck.id)
    for recheck_id in ended:
        # What was left of it was forgotten with its file.
        with resources.database.write() as session:
            finish_if_ended(session, recheck_id, resources.clock())
    for recheck_id in uncounted:
        _count(resources, recheck_id)
    _expire(resources)
    return started


def count_again(resources: Resources) -> None:
    """Count the items of rechecks that run or finished lately, of which earlier releases keep no counts."""
    with resources.database.read() as session:
        changing = rechecks.to_count_again(session, resources.clock() - _LATELY, _COUNTED)
    for recheck_id in changing:
        _count(resources, recheck_id)


def _next(resources: Resources, state: RecheckState) -> Sequence[Recheck]:
    """Return the rechecks of a state whose turn it is; the next turn is that of others, if there are any."""
    with resources.database.read() as session:
        found = rechecks.in_state(session, state, _RECHECKS)
    if len(found) == _RECHECKS:
        for recheck in found:  # each in a transaction of its own, so that none waits for another one's lock
            with resources.database.write() as session:
                rechecks.note_turn(session, recheck.id, resources.clock())
    return found


def _prepare(resources: Resources, recheck: Recheck) -> None:
    """Go on preparing a recheck; stop it when its query has not been read for a day."""
    try:
        prepare(resources, recheck.id)
    except DeepShieldError as error:
        now = resources.clock()
        if error.code is Code.QUERY_INVALID and now - recheck.created_at > _READ_ELSEWHERE:
            with resources.database.write() as session:
                row = rechecks.locked(session, recheck.id)
                if row is not None and row.state == RecheckState.PREPARING:
                    _stop(session, row, now, None)
        raise


def _stop(session: Session, recheck: Recheck, now: datetime, by: str | None) -> None:
    """Let nothing that waits become a job; for who holds the recheck's lock."""
    recheck.state, recheck.updated_at = RecheckState.STOPPED, now
    rechecks.stop_waiting(session, recheck)
    audit.record(session, "recheck.stopped", now, actor=by, subject=recheck.id)
    session.flush()
    finish_if_ended(session, recheck.id, now)


def _count(resources: Resources, recheck_id: str) -> None:
    with resources.database.write() as session:
        recheck = rechecks.locked(session, recheck_id)
        if recheck is not None:
            rechecks.begin_counts(recheck, rechecks.counted(session, [recheck_id])[recheck_id])


@contextlib.contextmanager
def _others_go_on() -> Iterator[None]:
    """Log what one recheck is refused, such as a query that a newer release does not read any more."""
    try:
        yield
    except DeepShieldError as error:
        _log.warning("a recheck cannot go on: %s", error.code.value)


def _move(
    resources: Resources,
    owner: Owner,
    recheck_id: str,
    before: RecheckState,
    after: RecheckState,
    said: str,
) -> None:
    _own(resources, owner, recheck_id)
    now = resources.clock()
    with resources.database.write() as session:
        recheck = _locked(session, recheck_id)
        if recheck.state != before:
            words = f"It is {recheck.state.lower()}. Only a recheck that is {before.lower()} can be {said}."
            raise DeepShieldError(Code.CONFLICT, words)
        recheck.state, recheck.updated_at = after, now
        audit.record(session, f"recheck.{said}", now, actor=owner.id, subject=recheck_id)


def _own(resources: Resources, owner: Owner, recheck_id: str) -> None:
    recheck = find_recheck(resources, owner, recheck_id)
    owner.need(May.ANALYSE if recheck.asked_by == owner.id else May.DELETE)


def _locked(session: Session, recheck_id: str) -> Recheck:
    recheck = rechecks.locked(session, recheck_id)
    if recheck is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such recheck in this workspace.")
    return recheck


def _cancel_jobs(resources: Resources, recheck_id: str) -> None:
    with resources.database.read() as session:
        active = rechecks.active_jobs(session, recheck_id, _AT_ONCE)
    for job_id in active:  # each in a transaction of its own, so that no worker waits for all of them
        cancel(resources, job_id)


def _expire(resources: Resources) -> None:
    periods, now = resources.settings.retention, resources.clock()
    with resources.database.read() as session:
        old = rechecks.finished_before(session, retention.rows_end_before(now, periods), _RECHECKS)
    for recheck_id in old:
        with resources.database.write() as session:
            rechecks.remove(session, recheck_id)
