"""The same change of many files: of those that a query finds, or of those that are named.

Few are changed at once; more become an action that goes on in the background (`background`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.deletion import delete_noted
from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.library import Action, ActionState, tag_of
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.library.many import NEEDED, at_once, change_many
from deepshield.library.reading import conditions, near_of
from deepshield.persistence.repositories import audit, bulk_actions, media, workspaces
from deepshield.persistence.workbench import BulkAction
from deepshield.resources import Resources
from deepshield.workspaces.standing import unknown_workspace

MOST = 100_000  # files of a request
FEW = 500  # files that a request waits for


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files, and what is to be done to them."""

    action: Action
    query: Query | None  # or ids
    ids: Sequence[str]
    expect_count: int
    tag: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """How many files were meant, changed, and left as they are."""

    matched: int
    changed: int  # the others were so already
    held: int  # and were not deleted
    refused: int  # since others have sent them, or worked on those that are to be forgotten


def act(
    resources: Resources,
    owner: Owner,
    wanted: Wanted,
    within: Callable[[Session, Done | BulkAction], None] | None = None,
) -> Done | BulkAction:
    """Do something to many files, at once or, more than `FEW`, in the background; twice is as once.

    ``within`` is called in the transaction that accepts an action, or in one of its own after the last that
    changes files. Raises `DeepShieldError` ROLE_MISSING, VALIDATION_ERROR for more than `MOST`,
    QUERY_INVALID, COUNT_DIFFERS with the true ``count``, before anything is changed.
    """
    owner.need(NEEDED[wanted.action])
    tag = _tag(wanted)
    if wanted.expect_count > MOST:
        raise DeepShieldError(Code.VALIDATION_ERROR, f"At most {MOST} files at once. Narrow the search.")
    if wanted.expect_count > FEW:
        return _accepted(resources, owner, wanted, tag, within)
    ids = _selection(resources, owner, wanted)
    done = _few(resources, owner, wanted, tag, ids)
    if within is not None:
        with resources.database.write() as session:
            within(session, done)
    return done


def _few(resources: Resources, owner: Owner, wanted: Wanted, tag: str | None, ids: Sequence[str]) -> Done:
    changed = held = refused = 0
    size = at_once(wanted.action)
    for place in range(0, len(ids), size):
        with resources.database.write() as session:
            some, now = ids[place : place + size], resources.clock()
            step = change_many(session, owner, wanted.action, some, now, tag=tag, reason=wanted.reason)
        delete_noted(resources, step.keys)
        changed, held, refused = changed + step.changed, held + step.held, refused + step.refused
    return Done(len(ids), changed, held, refused)


def _selection(resources: Resources, owner: Owner, wanted: Wanted) -> Sequence[str]:
    near = {} if wanted.query is None else near_of(resources, owner, wanted.query)
    with resources.database.read() as session:
        if wanted.query is None:
            found = media.those(session, owner.workspace_id, wanted.ids)
        else:
            meeting = conditions(session, resources, owner, wanted.query, near)
            found = media.selected(session, owner.workspace_id, meeting, MOST)
    _refuse_other(len(found), wanted.expect_count)
    return found


def _accepted(
    resources: Resources,
    owner: Owner,
    wanted: Wanted,
    tag: str | None,
    within: Callable[[Session, Done | BulkAction], None] | None,
) -> BulkAction:
    near = {} if wanted.query is None else near_of(resources, owner, wanted.query)
    now = resources.clock()
    row = BulkAction(
        id=str(uuid.uuid4()),
        workspace_id=owner.workspace_id,
        asked_by=owner.id,
        action=wanted.action.value,
        tag=tag,
        reason=wanted.reason,
        state=ActionState.RUNNING.value,
        matched=wanted.expect_count,
        place="",
        created_at=now,
        updated_at=now,
        **dict.fromkeys(("done", "changed", "held", "refused"), 0),
    )
    with resources.database.write() as session:
        if not workspaces.keep(session, owner.workspace_id):
            raise unknown_workspace()
        bulk_actions.add(session, row)
        if wanted.query is None:
            ids = media.those(session, owner.workspace_id, wanted.ids)
            bulk_actions.add_named(session, row, ids)
            found = len(ids)
        else:
            meeting = conditions(session, resources, owner, wanted.query, near)
            found = bulk_actions.add_found(session, row, meeting, MOST + 1)
        _refuse_other(found, wanted.expect_count)
        details = {
            "action": row.action,
            "files": found,
            "query": Erasable(str(wanted.query)) if wanted.query and wanted.query.items else None,
        }
        audit.record(session, "media.many_asked", now, actor=owner.id, subject=row.id, details=details)
        if within is not None:
            within(session, row)
    return row


def _refuse_other(found: int, expected: int) -> None:
    if found != expected:
        message = f"There are {found} files, and {expected} were expected. Look at the list again."
        raise DeepShieldError(Code.COUNT_DIFFERS, message, count=found)


def _tag(wanted: Wanted) -> str | None:
    if wanted.action not in (Action.TAG, Action.UNTAG):
        return None
    if wanted.tag is None:
        raise DeepShieldError(Code.VALIDATION_ERROR, "Name the tag in the field tag.", field="tag")
    return tag_of(wanted.tag)
