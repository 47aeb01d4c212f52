"""Where the files of jobs came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from deepshield.domain.custody import Hop, Resolution, Sender, Source, SourceKind
from deepshield.persistence.tables import FileSource, Job
from deepshield.persistence.upsert import insert


def put(session: Session, job_id: str, source: Source) -> None:
    """Record where a job's file came from, in place of what was recorded before."""
    values: dict[str, Any] = {
        **asdict(source),
        "hops": [_stored(hop) for hop in source.hops],
        "resolution": _noted(source.resolution),
    }
    row = insert(session, FileSource).values(job_id=job_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=[FileSource.job_id], set_=values))


def complete(
    session: Session,
    job_id: str,
    hops: Sequence[Hop],
    name: str,
    content_type: str | None,
    declared_bytes: int | None,
    resolution: Resolution | None,
) -> None:
    """Add what is known of a file at an address once it has been fetched."""
    values = {
        "name": name,
        "content_type": content_type,
        "declared_bytes": declared_bytes,
        "hops": [_stored(hop) for hop in hops],
        "resolution": _noted(resolution),
    }
    session.execute(update(FileSource).where(FileSource.job_id == job_id).values(**values))


def reached(session: Session, job_id: str, hops: Sequence[Hop], resolution: Resolution | None) -> None:
    """Record the requests of a fetch that failed, in place of those of an earlier one."""
    values = {"hops": [_stored(hop) for hop in hops], "resolution": _noted(resolution)}
    session.execute(update(FileSource).where(FileSource.job_id == job_id).values(**values))


def of_job(session: Session, job: Job) -> Source | None:
    """Return where a job's file came from, also for a copy of another job's file.

    None for jobs of releases that did not record it.
    """
    row = session.get(FileSource, job.parent_id or job.id)
    if row is None:
        return None
    return Source(
        kind=SourceKind(row.kind),
        sender=Sender(row.sender),
        received_at=row.received_at,
        name=row.name,
        content_type=row.content_type,
        declared_bytes=row.declared_bytes,
        url=row.url,
        hops=tuple(Hop(**{**hop, "at": datetime.fromisoformat(hop["at"])}) for hop in row.hops),
        resolution=_read(row.resolution),
    )


def _noted(resolution: Resolution | None) -> dict[str, Any] | None:
    return None if resolution is None else {**asdict(resolution), "at": resolution.at.isoformat()}


def _read(noted: dict[str, Any] | None) -> Resolution | None:
    return None if noted is None else Resolution(**{**noted, "at": datetime.fromisoformat(noted["at"])})


def _stored(hop: Hop) -> dict[str, Any]:
    return {**asdict(hop), "at": hop.at.isoformat()}
