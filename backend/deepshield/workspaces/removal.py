"""Deleting workspaces with their jobs and files, by their admin or with the account that is alone in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.deletion import delete_noted
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.persistence.repositories import (
    audit,
    batches,
    blobs,
    jobs,
    keys,
    media,
    resumable,
    webhooks,
    workspaces,
)
from deepshield.resources import Resources
from deepshield.workspaces.leaving import hand_over_webhooks
from deepshield.workspaces.standing import locked, require_shared

_HOLDS = "Files are held that would go too. Release them in the library, then try again."
_DELETED_AT_ONCE = 200  # files; the sweep deletes the rest


def delete_workspace(resources: Resources, owner: Owner, workspace_id: str) -> None:
    """Delete a shared workspace for all its members, with its jobs and files; a job under way is ended.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for a personal one.
    """
    now = resources.clock()
    with resources.database.write() as session:
        row, _ = locked(session, owner, workspace_id, May.MANAGE)
        require_shared(row, "A personal workspace goes with its account only.")
        jobs.lock_all(session, None, [workspace_id])
        noted = remove(session, workspace_id, now, actor=owner.id)
    delete_noted(resources, noted[:_DELETED_AT_ONCE])


def refuse_held(session: Session, workspace_ids: Sequence[str]) -> None:
    """Raise `DeepShieldError` HELD, with the number of files, where workspaces hold some."""
    number = media.held_in(session, workspace_ids)
    if number:
        raise DeepShieldError(Code.HELD, _HOLDS, held=number)


def remove(session: Session, workspace_id: str, now: datetime, actor: str | None = None) -> list[str]:
    """Delete a locked workspace whose jobs are locked; return the keys of its files, noted for deletion.

    Raises HELD while files of it are held.
    """
    workspaces.lock_to_remove(session, workspace_id)
    refuse_held(session, [workspace_id])
    noted = blobs.note_deletion_of_all(session, workspace_id, now)
    noted += resumable.remove(session, resumable.of_workspace(session, workspace_id), now)
    jobs.remove_all(session, workspace_id)
    batches.remove_all(session, workspace_id)
    keys.remove_of_workspace(session, workspace_id)
    webhooks.remove_of_workspace(session, workspace_id)
    workspaces.remove(session, workspace_id)
    audit.record(session, "workspace.deleted", now, actor=actor, subject=workspace_id)
    return noted


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of the shared workspaces of an account that is closed."""

    going: Sequence[str]
    """Those in which it is alone: they go with it."""


def prepare_to_leave(session: Session, user_id: str) -> Leaving:
    """Lock the shared workspaces of an account that is to be closed, and say which of them go with it.

    Raises `DeepShieldError` LAST_ADMIN, which names the workspaces, when others would be left without admin.
    """
    going, orphaned = [], []
    for workspace_id in workspaces.shared_of(session, user_id):
        row = workspaces.lock(session, workspace_id)
        if row is None:
            continue
        if len(workspaces.members(session, workspace_id)) == 1:
            going.append(workspace_id)
        elif list(workspaces.admins(session, workspace_id)) == [user_id]:
            orphaned.append({"id": row.id, "name": row.name})
    if orphaned:
        raise DeepShieldError(Code.LAST_ADMIN, workspaces=orphaned)
    return Leaving(going)


def leave_all(session: Session, user_id: str, leaving: Leaving, now: datetime) -> list[str]:
    """Delete the workspaces that go with an account, and leave the others their jobs and webhooks.

    Jobs stay without their sender, and webhooks are disabled. Returns the keys of files, noted for deletion.
    """
    noted = [key for one in leaving.going for key in remove(session, one, now, actor=user_id)]
    jobs.forget_sender(session, user_id, now)
    batches.forget_sender(session, user_id, Code.CANCELLED.value, Code.CANCELLED.words)
    theirs = webhooks.of_account(session, user_id)
    for workspace_id in sorted({one.workspace_id for one in theirs if one.workspace_id is not None}):
        hand_over_webhooks(session, workspace_id, user_id, now, actor=user_id)
    session.flush()
    return noted
