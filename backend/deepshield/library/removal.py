"""Deleting a file with its analyses, and forgetting it altogether."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.deletion import delete_noted
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.jobs.cancel import remove_jobs
from deepshield.library.changing import locked
from deepshield.library.reading import MediumView, find_medium
from deepshield.persistence.repositories import audit, jobs, media
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium
from deepshield.resources import Resources

_DELETED_AT_ONCE = 200  # files; the sweep deletes the rest


def delete_medium(resources: Resources, owner: Owner, media_id: str, revision: int | None) -> MediumView:
    """Delete a file's bytes, analyses, results and artifacts; its row, hash, labels and reviews stay.

    An analysis under way is ended. Who may not delete what others have sent may delete a file that nobody
    else has sent. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, HELD, REVISION_MISMATCH.
    """
    now = resources.clock()
    with resources.database.write() as session:
        row, keys = _without_analyses(session, owner, media_id, revision, now)
        media.mark_deleted(session, row, owner.id, now)
        audit.record(session, "media.deleted", now, actor=owner.id, subject=row.id)
    delete_noted(resources, keys[:_DELETED_AT_ONCE])
    return find_medium(resources, owner, media_id)


def forget_medium(resources: Resources, owner: Owner, media_id: str, revision: int | None) -> None:
    """Delete a file with its row and all that was written on it: tags, comments, tasks, reviews and labels.

    The audit log keeps its entries about it. Who may not delete what others have sent may forget a file that
    nobody else has sent or worked on. Raises as `delete_medium`, and OTHERS_WORKED_ON_IT.
    """
    now = resources.clock()
    with resources.database.write() as session:
        row, keys = _without_analyses(session, owner, media_id, revision, now)
        _refuse_work_of_others(session, owner, row)
        media.remove(session, row)
        audit.record(
            session, "media.forgotten", now, actor=owner.id, subject=row.id, workspace_id=row.workspace_id
        )
    delete_noted(resources, keys[:_DELETED_AT_ONCE])


def _without_analyses(
    session: Session, owner: Owner, media_id: str, revision: int | None, now: datetime
) -> tuple[Medium, list[str]]:
    made = jobs.lock_of_medium(session, media_id)
    row = locked(session, owner, media_id, revision)
    owner.need(May.ANALYSE if is_own(owner, row, made) else May.DELETE)
    if row.held_at is not None:
        raise DeepShieldError(Code.HELD)
    return row, remove_jobs(session, made, owner.id, now)


def is_own(owner: Owner, row: Medium, made: Sequence[Job]) -> bool:
    """Return whether nobody but an account has sent a file; ``made`` are its jobs."""
    return row.sent_by == owner.id and all(job.owner_id == owner.id for job in made)


def _refuse_work_of_others(session: Session, owner: Owner, row: Medium) -> None:
    if owner.may(May.DELETE):
        return
    others = media.work_of_others(session, row.id, owner.id)
    if others:
        raise DeepShieldError(Code.OTHERS_WORKED_ON_IT, work=others)
