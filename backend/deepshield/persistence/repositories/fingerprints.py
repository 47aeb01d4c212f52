"""Fingerprints of files, and the index in which near copies are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from deepshield.domain.fingerprints import FramePrint, kept_keys
from deepshield.domain.jobs import PREVIEWS, State
from deepshield.persistence.repositories.jobs import by_ids, kept_in
from deepshield.persistence.tables import Fingerprint, FingerprintPiece, Job

_TOGETHER = 5_000  # keys of a query: longer ones exceed what databases read as one
_FILES = 200  # of which fingerprints are read at once
_MOST_EQUAL = 500  # files of the same bytes
_MOST_FOUND = 20_000  # pieces of a query, where a workspace has one picture very often


def home_of(job: Job) -> str | None:
    """Return the workspace that a job is kept in; None for a visitor's."""
    return job.workspace_id or job.owner_id


def add(session: Session, job: Job, prints: Sequence[FramePrint]) -> None:
    """Record a file's fingerprint; it can be found again in the job's workspace."""
    row = Fingerprint(
        job_id=job.id,
        frames=[[one.timestamp_ms, one.quality, one.hash] for one in prints],
        forms=[one.hashes for one in prints],
    )
    session.add(row)
    session.flush()
    home = home_of(job)
    if home is not None and prints:
        pieces = [{"key": key, "fingerprint_id": row.id} for key in sorted(kept_keys(home, prints))]
        session.execute(insert(FingerprintPiece), pieces)


def of_job(session: Session, job_id: str) -> list[FramePrint]:
    """Return a job's fingerprint; empty for a job of an earlier release and for what is too flat."""
    row = session.scalar(select(Fingerprint).where(Fingerprint.job_id == job_id))
    if row is None:
        return []
    return _prints(row.frames, row.forms)


def of_media(session: Session, media_ids: Sequence[str]) -> Iterator[tuple[str, list[FramePrint]]]:
    """Yield files with the fingerprint of their newest analysis that has one; nothing for those without."""
    for start in range(0, len(media_ids), _FILES):
        newest = (
            select(Job.media_id, func.max(Fingerprint.id).label("id"))
            .join(Fingerprint, Fingerprint.job_id == Job.id)
            .where(Job.media_id.in_(list(media_ids[start : start + _FILES])), Job.state == State.COMPLETED)
            .group_by(Job.media_id)
            .subquery()
        )
        query = select(newest.c.media_id, Fingerprint.frames, Fingerprint.forms)
        for media_id, frames, forms in session.execute(query.join(newest, newest.c.id == Fingerprint.id)):
            yield media_id, _prints(frames, forms)


def candidates(session: Session, keys: Iterable[int], besides: Job, limit: int) -> list[str]:
    """Return the completed analyses in the workspace of ``besides`` that are found under most of the keys.

    Only whole files have a fingerprint.
    """
    found: Counter[int] = Counter()
    # Counted here: grouped by the database, SQLite would go through the whole index in the order of files.
    query = select(FingerprintPiece.fingerprint_id).where(
        # Numbers of our own making: they cannot be anything but numbers, and so many parameters are slow.
        FingerprintPiece.key.in_(bindparam("keys", expanding=True, literal_execute=True))
    )
    for some in _pieces(keys):
        found.update(session.scalars(query.limit(_MOST_FOUND), {"keys": some}))
    likely = [one for one, _ in found.most_common(limit + 1)]  # one is the file itself
    named = select(Fingerprint.id, Fingerprint.job_id).where(Fingerprint.id.in_(likely))
    job_ids = {row.id: row.job_id for row in session.execute(named)}
    # Chosen here: asked for their state as well, SQLite would begin with all completed jobs.
    owned = {job.id for job in by_ids(session, job_ids.values()) if _is_of(job, besides)}
    return [job_ids[one] for one in likely if job_ids.get(one) in owned][:limit]


def hashes(session: Session, job_ids: Collection[str]) -> dict[str, list[int]]:
    """Return the hashes of each job's frames as they are."""
    query = select(Fingerprint.job_id, Fingerprint.frames).where(Fingerprint.job_id.in_(list(job_ids)))
    return {job_id: [int(one[2], 16) for one in frames] for job_id, frames in session.execute(query)}


def same_file(session: Session, besides: Job, limit: int) -> Sequence[Job]:
    """Return the newest completed analyses in the workspace of ``besides`` of the very same bytes."""
    home = home_of(besides)
    if home is None:
        return []
    query = select(Job).where(
        kept_in(home),
        Job.sha256 == besides.sha256,
        Job.id != besides.id,
        Job.state == State.COMPLETED,
        Job.mark.is_(None),
        Job.queue != PREVIEWS,
    )
    # Put in order here: asked for the newest, SQLite would go through all jobs of the workspace.
    found = session.scalars(query.limit(_MOST_EQUAL)).all()
    return sorted(found, key=lambda job: job.created_at, reverse=True)[:limit]


def _prints(frames: Sequence[Sequence[Any]], forms: Sequence[str]) -> list[FramePrint]:
    return [
        FramePrint(timestamp, quality, hashes)
        for (timestamp, quality, _), hashes in zip(frames, forms, strict=True)
    ]


def _is_of(job: Job, besides: Job) -> bool:
    return job.id != besides.id and home_of(job) == home_of(besides) and job.state == State.COMPLETED


def _pieces(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(sorted(keys))
    while some := list(islice(rest, _TOGETHER)):
        yield some
