"""Deleting files from storage: noted in the transaction that removes their rows, done after its commit.

When a process dies between the two, the note remains, and the next sweep deletes the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.persistence.repositories import blobs, results, review_tasks
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.storage import StorageError


def note_files(session: Session, job: Job, now: datetime) -> list[str]:
    """Note all of a job's files for deletion and return their keys; reviews that wait for them are closed."""
    keys = results.remove_artifacts(session, job.id)
    if job.upload_key is not None:
        keys.append(job.upload_key)
        job.upload_key = None
    job.purged_at = now
    review_tasks.files_gone(session, job.id, now)
    blobs.note_deletion(session, keys, now)
    return keys


def delete_unused(resources: Resources, key: str, now: datetime) -> None:
    """Delete a file that no row names: at once, or at a later sweep."""
    with resources.database.write() as session:
        blobs.note_deletion(session, [key], now)
    delete_noted(resources, [key])


def delete_noted(resources: Resources, keys: Iterable[str]) -> int:
    """Delete files that are noted for deletion; return how many of them storage could delete now."""
    deleted = []
    for key in keys:
        try:
            resources.store.delete(key)
        except StorageError:
            continue
        deleted.append(key)
    if deleted:
        with resources.database.write() as session:
            blobs.remove_notes(session, deleted)
    return len(deleted)
