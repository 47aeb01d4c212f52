"""Resumable uploads and their parts. Each change of a place in a file is one compare-and-set statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from deepshield.domain.owner import Owner
from deepshield.persistence import turns
from deepshield.persistence.repositories import blobs
from deepshield.persistence.tables import ResumableUpload, UploadPart


def find(session: Session, upload_id: str, owner: Owner | None) -> ResumableUpload | None:
    """Return an account's upload to its workspace; for a visitor (None) one that belongs to no account."""
    return session.scalar(select(ResumableUpload).where(ResumableUpload.id == upload_id, _of(owner)))


def one_at_a_time(session: Session, sender: str) -> None:
    """Let other transactions that begin a sender's files wait until this one ends."""
    turns.one_at_a_time(session, f"uploads {sender}")


def unfinished(session: Session, sender: str, now: datetime) -> int:
    """Return how many files of a sender have arrived in part."""
    query = select(func.count()).where(
        ResumableUpload.sender == sender, ResumableUpload.job_id.is_(None), ResumableUpload.expires_at > now
    )
    return session.scalar(query) or 0


def take_over(
    session: Session, upload_id: str, owner: Owner | None, offset: int, writer: str, now: datetime
) -> ResumableUpload | None:
    """Let ``writer`` alone add parts from ``offset`` on; None when the file is at another place or over."""
    changed = (
        update(ResumableUpload)
        .where(
            ResumableUpload.id == upload_id,
            _of(owner),
            ResumableUpload.offset == offset,
            ResumableUpload.job_id.is_(None),
            ResumableUpload.expires_at > now,
        )
        .values(writer=writer)
        .returning(ResumableUpload)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(changed)


def advance(
    session: Session, upload_id: str, writer: str, parts: Sequence[UploadPart], expires_at: datetime
) -> bool:
    """Record parts that follow one another from the upload's place on; False when ``writer`` may not."""
    start, size = parts[0].start, sum(part.size_bytes for part in parts)
    moved = (
        update(ResumableUpload)
        .where(
            ResumableUpload.id == upload_id,
            ResumableUpload.writer == writer,
            ResumableUpload.offset == start,
            ResumableUpload.job_id.is_(None),
        )
        .values(offset=start + size, expires_at=expires_at)
        .returning(ResumableUpload.id)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(moved) is None:
        return False
    session.add_all(parts)
    session.flush()
    return True


def finish(session: Session, upload_id: str, offset: int, job_id: str, expires_at: datetime) -> bool:
    """Record the job of a whole file whose last recorded byte was at ``offset``; False when it is over."""
    ended = (
        update(ResumableUpload)
        .where(
            ResumableUpload.id == upload_id,
            ResumableUpload.offset == offset,
            ResumableUpload.job_id.is_(None),
        )
        .values(offset=ResumableUpload.length, job_id=job_id, writer=None, expires_at=expires_at)
        .returning(ResumableUpload.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(ended) is not None


def parts(session: Session, upload_id: str) -> Sequence[UploadPart]:
    """Return the parts of an upload in their order."""
    query = select(UploadPart).where(UploadPart.upload_id == upload_id).order_by(UploadPart.start)
    return session.scalars(query).all()


def count_parts(session: Session, upload_id: str) -> int:
    """Return how many parts an upload has."""
    return session.scalar(select(func.count()).where(UploadPart.upload_id == upload_id)) or 0


def remove_parts(session: Session, upload_ids: Iterable[str], now: datetime) -> list[str]:
    """Delete the rows of parts, note their files for deletion and return their keys."""
    gone = delete(UploadPart).where(UploadPart.upload_id.in_(list(upload_ids))).returning(UploadPart.key)
    keys = list(session.scalars(gone))
    blobs.note_deletion(session, keys, now)
    return keys


def expired(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Return uploads whose time is over."""
    query = select(ResumableUpload.id).where(ResumableUpload.expires_at <= now)
    return session.scalars(query.order_by(ResumableUpload.expires_at).limit(limit)).all()


def of_account(session: Session, owner_id: str) -> Sequence[str]:
    """Return the uploads of an account."""
    return session.scalars(select(ResumableUpload.id).where(ResumableUpload.owner_id == owner_id)).all()


def of_workspace(session: Session, workspace_id: str) -> Sequence[str]:
    """Return the uploads to a shared workspace, whoever has begun them."""
    query = select(ResumableUpload.id).where(ResumableUpload.workspace_id == workspace_id)
    return session.scalars(query).all()


def remove(session: Session, upload_ids: Iterable[str], now: datetime) -> list[str]:
    """Delete uploads and note their parts' files for deletion; return the files' keys."""
    ids = list(upload_ids)
    keys = remove_parts(session, ids, now)
    session.execute(delete(ResumableUpload).where(ResumableUpload.id.in_(ids)))
    return keys


def _of(owner: Owner | None) -> ColumnElement[bool]:
    if owner is None:
        return ResumableUpload.owner_id.is_(None)
    there = owner.shared_id
    kept = ResumableUpload.workspace_id
    return and_(ResumableUpload.owner_id == owner.id, kept.is_(None) if there is None else kept == there)
