"""Fingerprints of files, and the index in which near copies are found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from deepshield.domain.fingerprints import FramePrint, kept_keys
from deepshield.domain.jobs import PREVIEWS, State
from deepshield.persistence.repositories.jobs import owned_by
from deepshield.persistence.tables import Fingerprint, FingerprintPiece, Job

_TOGETHER = 5_000  # keys of a query: longer ones exceed what databases read as one


def add(session: Session, job: Job, prints: Sequence[FramePrint]) -> None:
    """Record a file's fingerprint; it can be found again where the job has an account."""
    row = Fingerprint(
        job_id=job.id,
        frames=[[one.timestamp_ms, one.quality, one.hash] for one in prints],
        forms=[one.hashes for one in prints],
    )
    session.add(row)
    session.flush()
    if job.owner_id is not None and prints:
        pieces = [{"key": key, "fingerprint_id": row.id} for key in sorted(kept_keys(job.owner_id, prints))]
        session.execute(insert(FingerprintPiece), pieces)


def of_job(session: Session, job_id: str) -> list[FramePrint]:
    """Return a job's fingerprint; empty for a job of an earlier release and for what is too flat."""
    row = session.scalar(select(Fingerprint).where(Fingerprint.job_id == job_id))
    if row is None:
        return []
    return [
        FramePrint(timestamp, quality, hashes)
        for (timestamp, quality, _), hashes in zip(row.frames, row.forms, strict=True)
    ]


def candidates(session: Session, keys: Iterable[int], besides: Job, limit: int) -> list[str]:
    """Return the completed analyses by the owner of ``besides`` that are found under most of the keys."""
    found: dict[str, int] = {}
    count = func.count()
    query = (
        select(Fingerprint.job_id, count)
        .join(FingerprintPiece, FingerprintPiece.fingerprint_id == Fingerprint.id)
        .join(Job, Job.id == Fingerprint.job_id)
        # Numbers of our own making: they cannot be anything but numbers, and so many parameters are slow.
        .where(FingerprintPiece.key.in_(bindparam("keys", expanding=True, literal_execute=True)))
        .where(Job.id != besides.id, *_whole_files_of(besides))
        .group_by(Fingerprint.job_id)
        .order_by(count.desc(), Fingerprint.job_id)
        .limit(limit)
    )
    for some in _pieces(keys):
        for job_id, number in session.execute(query, {"keys": some}):
            found[job_id] = found.get(job_id, 0) + number
    return sorted(found, key=lambda job_id: (-found[job_id], job_id))[:limit]


def hashes(session: Session, job_ids: Collection[str]) -> dict[str, list[int]]:
    """Return the hashes of each job's frames as they are."""
    query = select(Fingerprint.job_id, Fingerprint.frames).where(Fingerprint.job_id.in_(list(job_ids)))
    return {job_id: [int(one[2], 16) for one in frames] for job_id, frames in session.execute(query)}


def same_file(session: Session, besides: Job, limit: int) -> Sequence[Job]:
    """Return the newest completed analyses that the owner of ``besides`` has of the very same bytes."""
    query = select(Job).where(Job.id != besides.id, Job.sha256 == besides.sha256, *_whole_files_of(besides))
    return session.scalars(query.order_by(Job.created_at.desc(), Job.id).limit(limit)).all()


def _whole_files_of(job: Job) -> tuple:  # type: ignore[type-arg]
    return owned_by(job.owner_id), Job.state == State.COMPLETED, Job.mark.is_(None), Job.queue != PREVIEWS


def _pieces(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(sorted(keys))
    while some := list(islice(rest, _TOGETHER)):
        yield some
