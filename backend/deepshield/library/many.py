"""Changing some hundreds of files in one transaction, which takes its locks in the order that all follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.chain import erasable
from deepshield.domain.library import MOST_TAGS, Action, Sensitivity
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.jobs.cancel import remove_jobs
from deepshield.library.changing import end_hold, lock_to_hold, put_hold
from deepshield.library.removal import is_own
from deepshield.persistence.repositories import audit, jobs, media
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium

REMOVING = frozenset({Action.DELETE, Action.FORGET})

NEEDED = {
    Action.TAG: May.COMMENT,
    Action.UNTAG: May.COMMENT,
    Action.SENSITIVE: May.COMMENT,
    Action.NOT_SENSITIVE: May.COMMENT,
    Action.HOLD: May.HOLD,
    Action.RELEASE: May.HOLD,
    Action.DELETE: May.ANALYSE,  # of each file it is asked again
    Action.FORGET: May.ANALYSE,  # the same
}


def at_once(action: Action) -> int:
    """Return how many files are changed in a transaction; fewer are deleted, each with all its analyses."""
    return 25 if action in REMOVING else 200


@dataclass(frozen=True, slots=True)
class Counts:
    """How many files were changed, and how many left as they are: held, others' work, or full of tags.

    What is in none of these was so already.
    """

    changed: int = 0
    held: int = 0
    refused: int = 0
    keys: Sequence[str] = field(default=(), compare=False)  # of files in storage, noted for deletion


def change_many(
    session: Session,
    owner: Owner,
    action: Action,
    ids: Sequence[str],
    now: datetime,
    *,
    tag: str | None = None,
    reason: str | None = None,
) -> Counts:
    """Do something to files of a workspace; those that are gone meanwhile are left out."""
    if action in REMOVING:
        return _remove_many(session, owner, action, ids, now)
    if action is Action.HOLD:
        rows = lock_to_hold(session, owner.workspace_id, ids)
    else:
        rows = media.lock_some(session, owner.workspace_id, ids)
    full = _full(session, rows, tag or "") if action is Action.TAG else ()
    some = [row for row in rows if row.id not in full]
    changed = sum(_changed(session, row, owner, action, tag or "", reason, now) for row in some)
    return Counts(changed, refused=len(full))


def _full(session: Session, rows: Sequence[Medium], tag: str) -> Collection[str]:
    """Return the files that have as many tags as a file may have, and not this one."""
    known = media.tags_of(session, [row.id for row in rows])
    return {one for one, tags in known.items() if len(tags) >= MOST_TAGS and tag not in tags}


def _changed(
    session: Session, row: Medium, owner: Owner, action: Action, tag: str, reason: str | None, now: datetime
) -> bool:
    """Change one locked file; False when it is so already."""
    details: dict[str, Any]
    if action is Action.HOLD:
        if row.held_at is not None or row.deleted_at is not None:
            return False
        put_hold(session, row, owner.id, reason, now)
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
    audit.record(
        session, "media.changed", now, actor=owner.id, subject=row.id, details=details,
        workspace_id=row.workspace_id,
    )  # fmt: skip
    return True


def _remove_many(session: Session, owner: Owner, action: Action, ids: Sequence[str], now: datetime) -> Counts:
    made: defaultdict[str | None, list[Job]] = defaultdict(list)
    for job in jobs.lock_of_medium(session, *ids):
        made[job.media_id].append(job)
    held = refused = removed = 0
    keys: list[str] = []
    for row in media.lock_some(session, owner.workspace_id, ids):
        if row.held_at is not None:
            held += 1
        elif not _may_remove(session, owner, action, row, made[row.id]):
            refused += 1
        elif action is Action.FORGET or row.deleted_at is None or made[row.id]:
            keys += remove_jobs(session, made[row.id], owner.id, now)
            _end(session, owner, action, row, now)
            removed += 1
    return Counts(removed, held, refused, keys)


def _may_remove(session: Session, owner: Owner, action: Action, row: Medium, made: Sequence[Job]) -> bool:
    if owner.may(May.DELETE):
        return True
    if not is_own(owner, row, made) or not owner.may(May.ANALYSE):
        return False
    return action is Action.DELETE or not media.work_of_others(session, row.id, owner.id)


def _end(session: Session, owner: Owner, action: Action, row: Medium, now: datetime) -> None:
    if action is Action.DELETE:
        media.mark_deleted(session, row, owner.id, now)
    else:
        media.remove(session, row)
    what = "media.deleted" if action is Action.DELETE else "media.forgotten"
    audit.record(session, what, now, actor=owner.id, subject=row.id, workspace_id=row.workspace_id)
