"""The same change of many files: of those that a query finds, or of those that are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.chain import erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.library import Action, Sensitivity, tag_of
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.domain.roles import May
from deepshield.library.changing import end_hold, lock_to_hold, put_hold
from deepshield.library.reading import conditions, near_of
from deepshield.library.removal import delete_one
from deepshield.persistence.repositories import audit, media
from deepshield.persistence.workbench import Medium
from deepshield.resources import Resources

MOST = 10_000  # files of a request
_AT_ONCE = 200  # files of a transaction

_NEEDED = {
    Action.TAG: May.COMMENT,
    Action.UNTAG: May.COMMENT,
    Action.SENSITIVE: May.COMMENT,
    Action.NOT_SENSITIVE: May.COMMENT,
    Action.HOLD: May.HOLD,
    Action.RELEASE: May.HOLD,
    Action.DELETE: May.ANALYSE,  # of each file it is asked again
}


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
    refused: int  # since others have sent them


def act(
    resources: Resources,
    owner: Owner,
    wanted: Wanted,
    within: Callable[[Session, Done], None] | None = None,
) -> Done:
    """Do something to many files, in transactions of some hundreds; what is done twice is as done once.

    ``within`` is called in a transaction of its own after the last. Raises `DeepShieldError` ROLE_MISSING,
    VALIDATION_ERROR, QUERY_INVALID, COUNT_DIFFERS with the true ``count``, before anything is changed.
    """
    owner.need(_NEEDED[wanted.action])
    tag = _tag(wanted)
    ids = selection(resources, owner, wanted.query, wanted.ids, wanted.expect_count)
    if wanted.action is Action.DELETE:
        done = _delete(resources, owner, ids)
    else:
        changed = sum(
            _change(resources, owner, wanted, tag, ids[place : place + _AT_ONCE])
            for place in range(0, len(ids), _AT_ONCE)
        )
        done = Done(len(ids), changed, 0, 0)
    if within is not None:
        with resources.database.write() as session:
            within(session, done)
    return done


def selection(
    resources: Resources, owner: Owner, query: Query | None, ids: Sequence[str], expect_count: int
) -> Sequence[str]:
    """Return the ids of the files that a query finds, or of those of ``ids`` that the workspace has.

    Raises `DeepShieldError` COUNT_DIFFERS with the true ``count`` when that is not ``expect_count``,
    VALIDATION_ERROR for more than `MOST`.
    """
    near = near_of(resources, owner, query) if query is not None else {}
    with resources.database.read() as session:
        if query is None:
            found = media.those(session, owner.workspace_id, ids)
        else:
            wanted = conditions(session, resources, owner, query, near)
            found = media.selected(session, owner.workspace_id, wanted, MOST + 1)
    if len(found) > MOST:
        raise DeepShieldError(Code.VALIDATION_ERROR, f"At most {MOST} files at once. Narrow the search.")
    if len(found) != expect_count:
        message = f"There are {len(found)} files, and {expect_count} were expected. Look at the list again."
        raise DeepShieldError(Code.COUNT_DIFFERS, message, count=len(found))
    return found


def _tag(wanted: Wanted) -> str:
    if wanted.action not in (Action.TAG, Action.UNTAG):
        return ""
    if wanted.tag is None:
        raise DeepShieldError(Code.VALIDATION_ERROR, "Name the tag in the field tag.", field="tag")
    return tag_of(wanted.tag)


def _change(resources: Resources, owner: Owner, wanted: Wanted, tag: str, ids: Sequence[str]) -> int:
    now = resources.clock()
    with resources.database.write() as session:
        if wanted.action is Action.HOLD:
            rows = lock_to_hold(session, owner.workspace_id, ids)
        else:
            rows = media.lock_some(session, owner.workspace_id, ids)
        return sum(_changed(session, row, owner, wanted, tag, now) for row in rows)


def _changed(session: Session, row: Medium, owner: Owner, wanted: Wanted, tag: str, now: datetime) -> bool:
    """Change one locked file; False when it is so already."""
    action = wanted.action
    details: dict[str, Any]
    if action is Action.HOLD:
        if row.held_at is not None or row.deleted_at is not None:
            return False
        put_hold(session, row, owner.id, wanted.reason, now)
        return True
    if action is Action.RELEASE:
        if row.held_at is None:
            return False
        end_hold(session, row, owner.id, now)
        return True
    if action is Action.TAG:
        details = {"tagged": erasable(media.put_tags(session, row, [tag], owner.id, now))}
    elif action is Action.UNTAG:
        details = {"untagged": erasable(media.remove_tags(session, row, [tag]))}
    else:
        value = Sensitivity.SENSITIVE.value if action is Action.SENSITIVE else None
        details = {"sensitivity": [value or "none"] if row.sensitivity != value else []}
        row.sensitivity = value
    if not any(details.values()):
        return False
    row.revision += 1
    audit.record(session, "media.changed", now, actor=owner.id, subject=row.id, details=details)
    return True


def _delete(resources: Resources, owner: Owner, ids: Sequence[str]) -> Done:
    """Delete each file in a transaction of its own, so that no worker waits for all of them."""
    held = refused = deleted = 0
    for media_id in ids:
        try:
            delete_one(resources, owner, media_id)
        except DeepShieldError as error:
            held += error.code is Code.HELD
            refused += error.code is Code.ROLE_MISSING
        else:
            deleted += 1
    return Done(len(ids), deleted, held, refused)
