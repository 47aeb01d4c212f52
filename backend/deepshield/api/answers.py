"""Rows as answers: what a client is told about a job."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from urllib.parse import quote

from deepshield.api.result_schema import AnalysisResult
from deepshield.api.schemas import (
    Accepted,
    ArtifactLink,
    Counts,
    JobCounts,
    JobError,
    JobEvent,
    JobSummary,
    Metadata,
    ResultAnswer,
)
from deepshield.domain.jobs import MediaKind, Stage, State, Verdict
from deepshield.domain.retention import expires_at
from deepshield.jobs.lookup import JobView
from deepshield.persistence.repositories.listing import Tally
from deepshield.persistence.repositories.results import Gist
from deepshield.persistence.tables import Job
from deepshield.settings import RetentionSettings

SHARED = "shared"  # in place of the id of a shared job
_LINK = "_url"  # fields of the stored document that end so hold an artifact's name

Address = Callable[[str], str]
"""Where a file of that name is fetched."""


def accepted(job: Job) -> Accepted:
    """Return the answer to a file that was taken in."""
    return Accepted(**_common(job), created_at=job.created_at)


def result_answer(view: JobView, retention: RetentionSettings) -> ResultAnswer:
    """Return all that is known of a job."""
    return _result_answer(view, retention, lambda name: artifact_url(view.job.id, name))


def shared_answer(view: JobView, retention: RetentionSettings) -> ResultAnswer:
    """Return the same for those who were given a link: without the id, which may open the job itself."""
    return _result_answer(view, retention, shared_url).model_copy(update={"job_id": SHARED})


def _result_answer(view: JobView, retention: RetentionSettings, address: Address) -> ResultAnswer:
    job = view.job
    return ResultAnswer(
        **_common(job),
        progress=_counts(job),
        revision=job.revision,
        attempts=job.attempts,
        created_at=job.created_at,
        updated_at=job.updated_at,
        processing_started_at=job.processing_started_at,
        processing_completed_at=job.processing_completed_at,
        expires_at=_expiry(job, retention),
        files_deleted=job.purged_at is not None,
        sha256=job.sha256,
        metadata=Metadata(
            original_filename=job.original_filename,
            original_content_type=job.original_content_type,
            original_size_bytes=job.original_size_bytes,
            stored_size_bytes=job.stored_size_bytes,
        ),
        artifacts=[
            ArtifactLink(
                name=artifact.name,
                url=address(artifact.name),
                content_type=artifact.content_type,
                size_bytes=artifact.size_bytes,
                sha256=artifact.sha256,
            )
            for artifact in view.artifacts
        ],
        error=_error(job),
        result=_result(view, address),
    )


def summary(job: Job, gist: Gist | None, retention: RetentionSettings) -> JobSummary:
    """Return a job as it stands in a list."""
    picture = gist.thumbnail if gist else None
    return JobSummary(
        **_common(job),
        created_at=job.created_at,
        processing_completed_at=job.processing_completed_at,
        expires_at=_expiry(job, retention),
        original_filename=job.original_filename,
        original_size_bytes=job.original_size_bytes,
        error_code=job.error_code,
        verdict=Verdict(gist.verdict) if gist else None,
        final_score=gist.final_score if gist else None,
        thumbnail_url=artifact_url(job.id, picture) if picture else None,
    )


def job_counts(tally: Tally) -> JobCounts:
    """Return how many jobs of each kind a list has."""
    return JobCounts(
        all=tally.all,
        active=tally.active,
        failed=tally.of_state(State.FAILED),
        **{verdict.value: tally.of_verdict(verdict) for verdict in Verdict},
    )


def event(job: Job) -> JobEvent:
    """Return the data of an event about a job."""
    return JobEvent(
        **_common(job),
        progress=_counts(job),
        revision=job.revision,
        updated_at=job.updated_at,
        error=_error(job),
    )


def artifact_url(job_id: str, name: str) -> str:
    """Return where a file of a job is fetched."""
    return f"/api/artifacts/{quote(job_id, safe='')}/{quote(name, safe='')}"


def shared_url(name: str) -> str:
    """Return where a file of a shared job is fetched."""
    return f"/api/shared/artifacts/{quote(name, safe='')}"


def linked(document: Any, address: Address, names: Collection[str]) -> Any:
    """Return the document with artifacts' names made addresses; null for a file that is gone."""
    if isinstance(document, list):
        return [linked(item, address, names) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        key: (address(value) if value in names else None)
        if key.endswith(_LINK) and isinstance(value, str)
        else linked(value, address, names)
        for key, value in document.items()
    }


def _result(view: JobView, address: Address) -> AnalysisResult | None:
    if view.result is None or view.job.state != State.COMPLETED:
        return None
    names = {artifact.name for artifact in view.artifacts}
    return AnalysisResult.model_validate(linked(view.result.document, address, names))


def _common(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "media_type": MediaKind(job.media_type),
        "state": State(job.state),
        "stage": Stage(job.stage),
        "progress_percent": 100 if job.state == State.COMPLETED else job.progress_percent,
    }


def _counts(job: Job) -> Counts:
    return Counts(
        frames_planned=job.frames_planned,
        frames_decoded=job.frames_decoded,
        faces_found=job.faces_found,
        faces_scored=job.faces_scored,
    )


def _error(job: Job) -> JobError | None:
    if job.error_code is None:
        return None
    return JobError(error_code=job.error_code, message=job.error_message or "", details=job.error_details)


def _expiry(job: Job, periods: RetentionSettings) -> datetime | None:
    ended = job.processing_completed_at
    return None if ended is None else expires_at(ended, periods)
