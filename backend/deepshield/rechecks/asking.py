"""Asking for a recheck: what it would be about, its row, and then its items, some hundreds at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.rechecks import RecheckState, Tally, seconds_expected
from deepshield.domain.roles import May
from deepshield.jobs.recheck_ends import finish_if_ended
from deepshield.jobs.rule_in_use import rule_in_use
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.persistence.repositories import audit, rechecks, workers, workspaces
from deepshield.persistence.repositories.rechecks import Counted
from deepshield.persistence.workbench import Recheck
from deepshield.rechecks.choosing import Conditions, chosen_by_hand, chosen_by_query
from deepshield.resources import Resources

MOST_BY_HAND = 1000  # files; more are asked for by a query
_AT_ONCE = 500  # items per transaction
_IN_REQUEST = 20  # transactions of which a request waits for the end; the scheduler adds the rest
_RECENTLY = timedelta(days=7)
_NEWEST = 500  # analyses


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files by a query of the library, or by their ids."""

    query: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a recheck would be about, and how many seconds the analyses would take; None where unknown."""

    counted: Counted
    seconds: float | None


def forecast(resources: Resources, owner: Owner, wanted: Wanted) -> Forecast:
    """Count without asking for anything.

    Raises `DeepShieldError` ROLE_MISSING, MODEL_NOT_AVAILABLE, and as `choosing.chosen_by_query`.
    """
    owner.need(May.ANALYSE)
    bundle = served_bundle(resources)
    chosen = _chosen(resources, owner.workspace_id, owner.id, wanted, resources.clock())
    with resources.database.read() as session:
        counted = _counted(session, bundle, owner.workspace_id, chosen)
        return Forecast(counted, expected(session, resources, counted.wanted))


def ask(
    resources: Resources,
    owner: Owner,
    wanted: Wanted,
    *,
    reason: str | None = None,
    expect_count: int | None = None,
    within: Callable[[Session, Recheck], None] | None = None,
) -> Recheck:
    """Ask for a recheck of files, which charges nobody, and return it.

    ``within`` is called with it before the transaction commits. Raises as `forecast`, and COUNT_DIFFERS when
    the number of files is not the one that was shown, NOT_FOUND when the workspace has just been deleted.
    """
    owner.need(May.ANALYSE)
    now, bundle = resources.clock(), served_bundle(resources)
    recheck = Recheck(
        id=str(uuid.uuid4()),
        workspace_id=owner.workspace_id,
        asked_by=owner.id,
        reason=reason,
        query=wanted.query,
        state=RecheckState.PREPARING,
        bundle_sha256=bundle.facts.sha256,
        created_at=now,
        updated_at=now,
        finished_at=None,
        counts=None,
    )
    rechecks.begin_counts(recheck, Tally())
    chosen = _chosen(resources, owner.workspace_id, owner.id, wanted, now)
    with resources.database.write() as session:
        _enter(session, owner, now)
        files = _counted(session, bundle, owner.workspace_id, chosen).files
        if expect_count is not None and files != expect_count:
            raise DeepShieldError(Code.COUNT_DIFFERS, count=files)
        session.add(recheck)
        session.flush()
        if wanted.query is None:  # the ids are nowhere but in this request
            _add(session, bundle, recheck, chosen, MOST_BY_HAND + 1)
        details = {"query": Erasable(wanted.query) if wanted.query else wanted.query, "files": files}
        audit.record(session, "recheck.asked", now, actor=owner.id, subject=recheck.id, details=details)
        if within is not None:
            within(session, recheck)
    for _ in range(_IN_REQUEST):
        if not prepare(resources, recheck.id):
            break
    return recheck


def prepare(resources: Resources, recheck_id: str) -> bool:
    """Add some hundred items of a recheck that is being prepared; False when it has all of them.

    Several processes may do this at once, and any of them may die: the items say how far it has come.
    """
    now = resources.clock()
    with resources.database.read() as session:
        asked = rechecks.get(session, recheck_id)
    if asked is None or asked.state != RecheckState.PREPARING:
        return False
    bundle = served_bundle(resources)
    chosen = _chosen(
        resources, asked.workspace_id, asked.asked_by, Wanted(query=asked.query), asked.created_at
    )
    with resources.database.write() as session:
        recheck = rechecks.locked(session, recheck_id)
        if recheck is None or recheck.state != RecheckState.PREPARING:
            return False
        if recheck.query is not None and _add(session, bundle, recheck, chosen, _AT_ONCE) == _AT_ONCE:
            return True
        recheck.state, recheck.updated_at = RecheckState.RUNNING, now
        session.flush()
        finish_if_ended(session, recheck_id, now)
    return False


def expected(session: Session, resources: Resources, files: dict[str, int]) -> float | None:
    """Return how many seconds files of each kind take at recent rates; None where one has none."""
    now = resources.clock()
    seconds = rechecks.recent_seconds(session, now - _RECENTLY, _NEWEST)
    seen_since = now - timedelta(seconds=resources.settings.job.heartbeat_timeout_seconds)
    queues = [worker.queue for worker in workers.seen_since(session, seen_since)]
    return seconds_expected(files, seconds, {kind: queues.count(f"{kind}s") for kind in files})


def _chosen(
    resources: Resources, workspace_id: str, asker: str | None, wanted: Wanted, now: datetime
) -> Conditions:
    if wanted.query is None:
        return chosen_by_hand(workspace_id, wanted.ids, now)
    return chosen_by_query(resources, workspace_id, wanted.query, asker, now)


def _counted(session: Session, bundle: ServedBundle, workspace_id: str, chosen: Conditions) -> Counted:
    return rechecks.count(session, chosen, rule_in_use(session, bundle, workspace_id).yardstick)


def _add(session: Session, bundle: ServedBundle, recheck: Recheck, chosen: Conditions, limit: int) -> int:
    yardstick = rule_in_use(session, bundle, recheck.workspace_id).yardstick
    return rechecks.add_items(session, recheck, chosen, yardstick, limit)


def _enter(session: Session, owner: Owner, now: datetime) -> None:
    """Let the workspace stay until the transaction ends."""
    if owner.is_at_home:
        workspaces.ensure_personal(session, owner.id, now)
    elif not workspaces.keep(session, owner.workspace_id):
        raise DeepShieldError(Code.NOT_FOUND, "There is no such workspace.")
