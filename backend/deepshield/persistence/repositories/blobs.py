"""Recorded files, and files noted for deletion in the transaction that removes their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, literal, select, union_all
from sqlalchemy.orm import Session

from deepshield.persistence.measurement import ProposedBundle
from deepshield.persistence.repositories import batches
from deepshield.persistence.repositories.jobs import kept_in
from deepshield.persistence.tables import (
    Artifact,
    Batch,
    BatchItem,
    Job,
    PendingDeletion,
    UploadPart,
    UtcTime,
)
from deepshield.persistence.upsert import insert


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as it is recorded."""

    key: str
    size_bytes: int
    sha256: str


def note_deletion(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Note files for deletion."""
    rows = [{"key": key, "since": now} for key in keys]
    if rows:
        session.execute(insert(session, PendingDeletion).values(rows).on_conflict_do_nothing())


def note_deletion_of_all(session: Session, workspace_id: str, now: datetime) -> list[str]:
    """Note all uploads and artifacts of a workspace for deletion and return their keys."""
    since = literal(now, UtcTime())
    uploads = select(Job.upload_key, since).where(kept_in(workspace_id), Job.upload_key.is_not(None))
    artifacts = select(Artifact.key, since).join(Job, Job.id == Artifact.job_id).where(kept_in(workspace_id))
    kept = (
        select(BatchItem.upload_key, since)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(batches.kept_in(workspace_id), BatchItem.upload_key.is_not(None))
    )
    noted = insert(session, PendingDeletion).from_select(
        ["key", "since"], union_all(uploads, artifacts, kept)
    )
    return list(session.scalars(noted.on_conflict_do_nothing().returning(PendingDeletion.key)))


def pending_deletions(session: Session, limit: int) -> Sequence[str]:
    """Return files noted for deletion, the longest waiting first."""
    return session.scalars(select(PendingDeletion.key).order_by(PendingDeletion.since).limit(limit)).all()


def remove_notes(session: Session, keys: Iterable[str]) -> None:
    """Delete the notes of files that have been deleted."""
    session.execute(delete(PendingDeletion).where(PendingDeletion.key.in_(list(keys))))


def known(session: Session, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that a job, an artifact, an item, a part, a bundle or a note refers to."""
    queries = (
        select(Job.upload_key).where(Job.upload_key.in_(keys)),
        select(Artifact.key).where(Artifact.key.in_(keys)),
        select(BatchItem.upload_key).where(BatchItem.upload_key.in_(keys)),
        select(UploadPart.key).where(UploadPart.key.in_(keys)),
        select(ProposedBundle.key).where(ProposedBundle.key.in_(keys)),
        select(PendingDeletion.key).where(PendingDeletion.key.in_(keys)),
    )
    return {key for query in queries for key in session.scalars(query) if key is not None}


def recorded(session: Session, after: str = "", limit: int = 500) -> list[Recorded]:
    """Return uploads, artifacts and bundles that should be in storage, by key, from beyond ``after``."""
    uploads = select(Job.upload_key.label("key"), Job.stored_size_bytes.label("size"), Job.sha256).where(
        Job.upload_key > after
    )
    artifacts = select(Artifact.key, Artifact.size_bytes, Artifact.sha256).where(Artifact.key > after)
    kept = select(BatchItem.upload_key, BatchItem.size_bytes, BatchItem.sha256).where(
        BatchItem.upload_key > after
    )
    made = select(ProposedBundle.key, ProposedBundle.size_bytes, ProposedBundle.archive_sha256).where(
        ProposedBundle.key > after
    )
    every = union_all(uploads, artifacts, kept, made).subquery()
    query = select(every.c.key, every.c.size, every.c.sha256).order_by(every.c.key).limit(limit)
    return [Recorded(key, size, sha256) for key, size, sha256 in session.execute(query)]


def is_recorded(session: Session, key: str) -> bool:
    """Return whether a file should be in storage."""
    queries = (
        select(Job.id).where(Job.upload_key == key),
        select(Artifact.key).where(Artifact.key == key),
        select(BatchItem.batch_id).where(BatchItem.upload_key == key),
        select(ProposedBundle.id).where(ProposedBundle.key == key),
    )
    return any(session.scalar(query) is not None for query in queries)
