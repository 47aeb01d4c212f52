"""Actions on many files that go on in the background: in steps, each of them one transaction.

An action is leased, so that processes do not work on the same one. A step writes how far the action is in the
transaction that changes the files, by compare-and-set: a process that is killed, or whose lease has passed to
another, has done a step wholly or not at all.
"""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from deepshield.deletion import delete_noted
from deepshield.domain import retention
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.library import Action, ActionState
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.library.many import NEEDED, Counts, at_once, change_many
from deepshield.persistence.repositories import audit, bulk_actions
from deepshield.persistence.workbench import BulkAction
from deepshield.resources import Resources
from deepshield.workspaces.standing import standing_of

_LEASE = timedelta(seconds=60)  # much longer than a step
_PAUSE_SECONDS = 1.0
_TURN = 40  # steps of an action before another one has its turn
_EXPIRED_AT_ONCE = 100

_log = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Somebody else has gone on with the action; the transaction is to be rolled back."""


def find_action(resources: Resources, owner: Owner, action_id: str) -> BulkAction:
    """Return an action of the workspace; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        row = bulk_actions.find(session, owner.workspace_id, action_id)
    if row is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such action in this workspace.")
    return row


def run(resources: Resources, stopping: threading.Event) -> None:
    """Go on with actions until ``stopping`` is set; several processes may do so at the same time."""
    while not stopping.is_set():
        try:
            worked = go_on(resources, stopping)
        except Exception as error:  # noqa: BLE001 - the next round may succeed
            # The message of a database's error contains the statement with its data.
            _log.warning(
                "an action on many files waits: %s", type(error).__name__,
                exc_info=not isinstance(error, SQLAlchemyError),
            )  # fmt: skip
            worked = False
        if not worked:
            stopping.wait(_PAUSE_SECONDS)


def go_on(resources: Resources, stopping: threading.Event | None = None) -> bool:
    """Do some steps of the action that has waited longest; False when there was none to do.

    It ends after the last file, after `_TURN` steps, or when ``stopping`` is set.
    """
    token, now = str(uuid.uuid4()), resources.clock()
    with resources.database.read() as session:
        if not bulk_actions.is_free(session, now):
            return False
    with resources.database.write() as session:
        row = bulk_actions.claim(session, token, now, now + _LEASE)
    if row is None:
        return False
    try:
        for _ in range(_TURN):
            is_stopping = stopping is not None and stopping.is_set()
            if is_stopping or not step(resources, row.workspace_id, row.id, token):
                break
    except LeaseLostError:
        return True
    with resources.database.write() as session:
        bulk_actions.release(session, token)
    return True


def expire(resources: Resources) -> None:
    """Delete actions that have ended long ago, as the rows of jobs."""
    before = retention.rows_end_before(resources.clock(), resources.settings.retention)
    with resources.database.write() as session:
        bulk_actions.remove(session, bulk_actions.finished_before(session, before, _EXPIRED_AT_ONCE))


def step(resources: Resources, workspace_id: str, action_id: str, token: str) -> bool:
    """Change the next files of a leased action; False when it has ended. Raises `LeaseLostError`."""
    now = resources.clock()
    with resources.database.write() as session:
        row = bulk_actions.find(session, workspace_id, action_id)
        if row is None or row.state != ActionState.RUNNING:
            return False
        action = Action(row.action)
        owner = standing_of(session, row.asked_by, workspace_id)
        if owner is None or not owner.may(NEEDED[action]):
            _end(session, row, token, ActionState.STOPPED, now)
            return False
        ids = bulk_actions.next_files(session, row, at_once(action))
        if not ids:
            _end(session, row, token, ActionState.DONE, now)
            return False
        done = change_many(session, owner, action, ids, now, tag=row.tag, reason=row.reason)
        session.flush()
        moved = {"place": ids[-1], "updated_at": now, "lease_expires_at": now + _LEASE}
        if not bulk_actions.move(session, row, token, **moved, **_sums(row, len(ids), done)):
            raise LeaseLostError
    delete_noted(resources, done.keys)
    return True


def _sums(row: BulkAction, files: int, done: Counts) -> dict[str, int]:
    return {
        "done": row.done + files,
        "changed": row.changed + done.changed,
        "held": row.held + done.held,
        "refused": row.refused + done.refused,
    }


def _end(session: Session, row: BulkAction, token: str, state: ActionState, now: datetime) -> None:
    ended = {"state": state.value, "updated_at": now, "finished_at": now, "reason": None}
    if not bulk_actions.move(session, row, token, **ended):
        raise LeaseLostError
    bulk_actions.forget_files(session, row.id)
    details = {"changed": row.changed, "held": row.held, "refused": row.refused, "state": state.value}
    audit.record(session, "media.many_ended", now, actor=row.asked_by, subject=row.id, details=details)
