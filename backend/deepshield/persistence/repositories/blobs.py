"""Files that are to be deleted from storage, noted in the transaction that takes their rows away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, literal, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from deepshield.persistence.tables import Artifact, DoomedBlob, Job, Moment


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as the database knows it."""

    key: str
    size_bytes: int
    sha256: str


def doom(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Note files for deletion."""
    rows = [{"key": key, "since": now} for key in keys]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(DoomedBlob).values(rows).on_conflict_do_nothing())


def doom_all(session: Session, owner_id: str, now: datetime) -> list[str]:
    """Note all uploads and artifacts of an account for deletion and return their keys."""
    since = literal(now, Moment())
    uploads = select(Job.upload_key, since).where(Job.owner_id == owner_id, Job.upload_key.is_not(None))
    artifacts = (
        select(Artifact.key, since).join(Job, Job.id == Artifact.job_id).where(Job.owner_id == owner_id)
    )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    noted = dialect.insert(DoomedBlob).from_select(["key", "since"], union_all(uploads, artifacts))
    return list(session.scalars(noted.on_conflict_do_nothing().returning(DoomedBlob.key)))


def doomed(session: Session, limit: int) -> Sequence[str]:
    """Return files noted for deletion, the longest waiting first."""
    return session.scalars(select(DoomedBlob.key).order_by(DoomedBlob.since).limit(limit)).all()


def buried(session: Session, keys: Iterable[str]) -> None:
    """Forget files that have been deleted."""
    session.execute(delete(DoomedBlob).where(DoomedBlob.key.in_(list(keys))))


def known(session: Session, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that a job, an artifact or a pending deletion still speaks of."""
    queries = (
        select(Job.upload_key).where(Job.upload_key.in_(keys)),
        select(Artifact.key).where(Artifact.key.in_(keys)),
        select(DoomedBlob.key).where(DoomedBlob.key.in_(keys)),
    )
    return {key for query in queries for key in session.scalars(query) if key is not None}


def recorded(session: Session, after: str = "", limit: int = 500) -> list[Recorded]:
    """Return uploads and artifacts that should be in storage, by key, from beyond ``after``."""
    uploads = select(Job.upload_key.label("key"), Job.stored_size_bytes.label("size"), Job.sha256).where(
        Job.upload_key > after
    )
    artifacts = select(Artifact.key, Artifact.size_bytes, Artifact.sha256).where(Artifact.key > after)
    both = union_all(uploads, artifacts).subquery()
    query = select(both.c.key, both.c.size, both.c.sha256).order_by(both.c.key).limit(limit)
    return [Recorded(key, size, sha256) for key, size, sha256 in session.execute(query)]


def is_recorded(session: Session, key: str) -> bool:
    """Tell whether a file should be in storage."""
    queries = (select(Job.id).where(Job.upload_key == key), select(Artifact.key).where(Artifact.key == key))
    return any(session.scalar(query) is not None for query in queries)
