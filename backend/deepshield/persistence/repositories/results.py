"""Results, their artifacts, and the bundles that made them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, select
from sqlalchemy.orm import Session

from deepshield.domain.facts import BundleFacts, StoredArtifact
from deepshield.domain.jobs import State
from deepshield.persistence.tables import Artifact, Job, ModelBundle, Result
from deepshield.persistence.upsert import insert
from deepshield.result import AnalysisResult
from deepshield.result_provenance import CredentialState

THUMBNAIL = "moment-1-crop.png"
_AT_ONCE = 500  # files of a statement


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


def of_files(
    session: Session, columns: Select[Any], media: Mapping[str, str], bundle_sha256: str
) -> Iterator[Row[Any]]:
    """Yield ``columns`` of results by a model of files, with ids and hashes, the newest of each file last.

    ``media`` are by hash. Analyses of one marked face are none of the file.
    """
    ids = list(media.values())
    for start in range(0, len(ids), _AT_ONCE):
        query = (
            columns.add_columns(Job.id, Job.sha256, Job.media_id)
            .join(Job, Job.id == Result.job_id)
            .where(
                Job.media_id.in_(ids[start : start + _AT_ONCE]),
                Job.state == State.COMPLETED,
                Job.mark.is_(None),
                Result.bundle_id == bundle_sha256,
            )
            .order_by(Job.processing_completed_at, Job.id)
        )
        for row in session.execute(query):
            if media.get(row.sha256) == row.media_id:
                yield row


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """What a list of jobs shows of a result."""

    verdict: str
    final_score: float | None
    thumbnail: str | None  # name of the artifact
    interval: tuple[float, float] | None
    threshold: float | None
    persons: int
    reasons: tuple[str, ...]  # codes
    bundle: str | None
    version: str | None
    signed_record: str | None = None  # its state; null in results of earlier releases
    signed_ai: str | None = None  # what a trusted record says that a generative model did
    trace: str | None = None  # the rule of the first trace of a generator or an editor
    faces: int | None = None
    bundle_sha256: str | None = None


def summaries(session: Session, job_ids: Collection[str]) -> dict[str, ResultSummary]:
    """Return the summary of each job that has a result, in one query, without reading whole documents."""
    picture = and_(Artifact.job_id == Result.job_id, Artifact.name == THUMBNAIL)
    document = Result.document
    binary = session.get_bind().dialect.name == "postgresql"  # JSON has functions of its own there
    length = func.jsonb_array_length if binary else func.json_array_length
    query = (
        select(
            Result.job_id,
            Result.verdict,
            Result.final_score,
            Artifact.name,
            document["interval"].label("interval"),
            document["decision_threshold"].label("threshold"),
            length(document["tracks"]).label("persons"),
            document["reasons"].label("reasons"),
            document["model"].label("model"),
            document["provenance", "credentials", "state"].label("signed_record"),
            document["provenance", "credentials", "ai"].label("ai"),
            document["provenance", "hints", 0, "rule"].label("trace"),
            document["faces"].label("faces"),
            Result.bundle_id,
        )
        .outerjoin(Artifact, picture)
        .where(Result.job_id.in_(list(job_ids)))
    )
    return {row.job_id: _summary(row) for row in session.execute(query)}


def thumbnails(session: Session, job_ids: Collection[str]) -> dict[str, str]:
    """Return by job the name of its picture of the most suspicious face, where that is kept."""
    wanted = (Artifact.job_id.in_(list(job_ids)), Artifact.name == THUMBNAIL)
    return {
        row.job_id: row.name for row in session.execute(select(Artifact.job_id, Artifact.name).where(*wanted))
    }


def _summary(row: Row[Any]) -> ResultSummary:
    model, ai = row.model or {}, row.ai or {}
    trusted = row.signed_record == CredentialState.TRUSTED == ai.get("state")
    return ResultSummary(
        verdict=row.verdict,
        final_score=row.final_score,
        thumbnail=row.name,
        interval=None if row.interval is None else (row.interval[0], row.interval[1]),
        threshold=row.threshold,
        persons=row.persons or 0,
        reasons=tuple(reason["code"] for reason in row.reasons or ()),
        bundle=model.get("bundle"),
        version=model.get("version"),
        signed_record=row.signed_record,
        signed_ai=ai.get("use") if trusted else None,
        trace=row.trace,
        faces=row.faces,
        bundle_sha256=row.bundle_id,
    )


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
