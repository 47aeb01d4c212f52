"""Pausing, resuming and stopping a recheck, and what is left to do of that when a process dies."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import timedelta

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
_RECHECKS = 20
_COUNTED = 50  # rechecks whose items are counted again at a time
_LATELY = timedelta(minutes=15)  # three times COUNT_SECONDS
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
        recheck.state, recheck.updated_at = RecheckState.STOPPED, now
        rechecks.stop_waiting(session, recheck)
        audit.record(session, "recheck.stopped", now, actor=owner.id, subject=recheck_id)
        session.flush()
        finish_if_ended(session, recheck_id, now)
    _cancel_jobs(resources, recheck_id)


def keep_up(resources: Resources) -> int:
    """Prepare, start and end what is to be; forget what is old. Return how many jobs were made.

    Several processes may do this at once.
    """
    with resources.database.read() as session:
        preparing = rechecks.in_state(session, RecheckState.PREPARING, _RECHECKS)
        running = rechecks.in_state(session, RecheckState.RUNNING, _RECHECKS)
        stopped = rechecks.in_state(session, RecheckState.STOPPED, _RECHECKS)
        ended = rechecks.ended_unfinished(session, _RECHECKS)
        uncounted = rechecks.uncounted(session, _RECHECKS)
    started = 0
    for recheck in preparing:
        with _others_go_on():
            prepare(resources, recheck.id)
    for recheck in stopped:
        _cancel_jobs(resources, recheck.id)
    for recheck in running:
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
