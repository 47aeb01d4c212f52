"""Results, their artifacts, and the bundles that made them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from deepshield.domain.facts import BundleFacts, StoredArtifact
from deepshield.persistence.tables import Artifact, ModelBundle, Result
from deepshield.persistence.upsert import insert
from deepshield.result import AnalysisResult

_THUMBNAIL = "moment-1-crop.png"


def add(
    session: Session, job_id: str, result: AnalysisResult, bundle: BundleFacts | None, now: datetime
) -> None:
    """Record the outcome of a completed job."""
    session.add(
        Result(
            job_id=job_id,
            created_at=now,
            verdict=result.verdict.value,
            final_score=result.final_score,
            raw_logit=result.raw_logit,
            bundle_id=bundle.sha256 if bundle else None,
            document=result.model_dump(mode="json"),
        )
    )


def get(session: Session, job_id: str) -> Result | None:
    """Return a job's result."""
    return session.get(Result, job_id)


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """What a list of jobs shows of a result."""

    verdict: str
    final_score: float | None
    thumbnail: str | None  # name of the artifact


def summaries(session: Session, job_ids: Collection[str]) -> dict[str, ResultSummary]:
    """Return the summary of each job that has a result, in one query."""
    picture = and_(Artifact.job_id == Result.job_id, Artifact.name == _THUMBNAIL)
    query = (
        select(Result.job_id, Result.verdict, Result.final_score, Artifact.name)
        .outerjoin(Artifact, picture)
        .where(Result.job_id.in_(list(job_ids)))
    )
    rows = session.execute(query)
    return {job_id: ResultSummary(verdict, score, name) for job_id, verdict, score, name in rows}


def add_artifacts(session: Session, job_id: str, artifacts: Iterable[StoredArtifact]) -> None:
    """Record the files that an analysis made."""
    session.add_all(
        Artifact(
            job_id=job_id,
            name=one.name,
            key=one.key,
            content_type=one.content_type,
            size_bytes=one.size_bytes,
            sha256=one.sha256,
        )
        for one in artifacts
    )


def artifacts(session: Session, job_id: str) -> Sequence[Artifact]:
    """Return a job's files, by name."""
    return session.scalars(select(Artifact).where(Artifact.job_id == job_id).order_by(Artifact.name)).all()


def remove_artifacts(session: Session, job_id: str) -> list[str]:
    """Delete the rows of a job's files; return the keys of what is left in storage."""
    gone = delete(Artifact).where(Artifact.job_id == job_id).returning(Artifact.key)
    return list(session.scalars(gone))


def add_bundle(session: Session, bundle: BundleFacts, now: datetime) -> None:
    """Record a bundle, unless it is recorded already."""
    values = {"sha256": bundle.sha256, "name": bundle.name, "version": bundle.version, "first_seen_at": now}
    session.execute(insert(session, ModelBundle).values(**values).on_conflict_do_nothing())
