"""Turning rows into answers about jobs."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from deepshield.api.schemas.custody import FileSource
from deepshield.api.schemas.failures import JobError
from deepshield.api.schemas.jobs import (
    Accepted,
    ArtifactLink,
    Counts,
    JobCounts,
    JobEvent,
    JobSummary,
    Listed,
    Metadata,
    Record,
    ResultAnswer,
    Standing,
    StoredFile,
)
from deepshield.api.schemas.near import NearCopies, NearCopy, SharedFrames
from deepshield.domain.jobs import State, Verdict
from deepshield.domain.retention import Periods, expires_at
from deepshield.jobs.lookup import JobView, shared_workspace
from deepshield.jobs.near import Near
from deepshield.jobs.near import NearCopy as Copy
from deepshield.jobs.ownership import needs_secret
from deepshield.persistence.repositories.listing import Tally
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job
from deepshield.result import Address, AnalysisResult
from deepshield.result_provenance import AiUse, CredentialState

SHARED = "shared"  # in place of the id of a shared job


def accepted(job: Job) -> Accepted:
    """Return the answer to an accepted file."""
    return Accepted.model_validate(job)


def result_answer(view: JobView, waiting_before: int | None = None) -> ResultAnswer:
    """Return all that is known of a job, with its place in the queue."""
    answer = _result_answer(view, lambda name: artifact_url(view.job, name))
    return answer.model_copy(update={"waiting_before": waiting_before})


def shared_answer(view: JobView) -> ResultAnswer:
    """Return the same for readers of a link.

    It lacks the id, which may give access to the job itself, the source, whose address may do so to more, and
    the sender.
    """
    nothing = dict.fromkeys(("marked_from", "media_id", "source", "sent_by"))
    hidden = {**nothing, "job_id": SHARED, "upload_kept": False}
    return _result_answer(view, shared_url).model_copy(update=hidden)


def _result_answer(view: JobView, address: Address) -> ResultAnswer:
    job = view.job
    return ResultAnswer(
        **dict(Record.model_validate(job)),
        progress=Counts.model_validate(job),
        waiting_before=None,
        upload_kept=job.upload_key is not None,
        media_id=job.media_id,
        marked_from=job.parent_id if job.mark is not None else None,
        expires_at=None if view.held else _expiry(job, view.periods),
        files_deleted=job.purged_at is not None,
        needs_owner_secret=needs_secret(job),
        metadata=Metadata.model_validate(job),
        artifacts=[
            ArtifactLink(**dict(StoredFile.model_validate(artifact)), url=address(artifact.name))
            for artifact in view.artifacts
        ],
        sent_by=view.sent_by,
        source=None if view.source is None else FileSource.model_validate(view.source),
        error=_error(job),
        result=_result(view, address),
    )


def summary(
    job: Job,
    found: ResultSummary | None,
    periods: Periods,
    sent_by: str | None = None,
    *,
    withheld: bool = False,
) -> JobSummary:
    """Return a job as a list shows it; ``withheld`` from who reads its file blind."""
    listed = {**dict(Listed.model_validate(job)), "expires_at": _expiry(job, periods)}
    listed |= {"marked": job.mark is not None, "sent_by": sent_by, "withheld": withheld}
    if found is None or withheld:
        return JobSummary(**listed, verdict=None, final_score=None, thumbnail_url=None)
    return JobSummary(
        **listed,
        verdict=Verdict(found.verdict),
        final_score=found.final_score,
        interval=found.interval,
        decision_threshold=found.threshold,
        persons=found.persons,
        reasons=list(found.reasons),
        bundle=found.bundle,
        bundle_version=found.version,
        signed_record=None if found.signed_record is None else CredentialState(found.signed_record),
        signed_ai=None if found.signed_ai is None else AiUse(found.signed_ai),
        trace=found.trace,
        thumbnail_url=artifact_url(job, found.thumbnail) if found.thumbnail else None,
    )


def near_answer(found: Near) -> NearCopies:
    """Return the near copies of a file as they are answered."""
    return NearCopies(compared=found.compared, copies=[_near_copy(one) for one in found.copies])


def _near_copy(one: Copy) -> NearCopy:
    return NearCopy(
        job_id=one.job.id,
        media_id=one.job.media_id,
        original_filename=one.job.original_filename,
        media_type=one.job.media_type,
        created_at=one.job.created_at,
        same_file=one.match is None,
        shared=None if one.match is None else SharedFrames.model_validate(one.match, from_attributes=True),
        verdict=one.outcome.verdict if one.outcome else None,
        final_score=one.outcome.final_score if one.outcome else None,
        withheld=one.withheld,
    )


def job_counts(tally: Tally) -> JobCounts:
    """Return how many jobs of each kind a list has."""
    return JobCounts(
        all=tally.all,
        active=tally.active,
        failed=tally.of_state(State.FAILED),
        **{verdict.value: tally.of_verdict(verdict) for verdict in Verdict},
    )


def event(job: Job, waiting_before: int | None) -> JobEvent:
    """Return the data of an event about a job and its place in the queue."""
    return JobEvent(
        **dict(Standing.model_validate(job)),
        progress=Counts.model_validate(job),
        waiting_before=waiting_before,
        revision=job.revision,
        updated_at=job.updated_at,
        error=_error(job),
    )


def artifact_url(job: Job, name: str) -> str:
    """Return where a file of a job is fetched, with a shared workspace: pictures send no headers."""
    workspace_id = shared_workspace(job)
    where = f"?workspace={workspace_id}" if workspace_id else ""
    return f"/api/artifacts/{quote(job.id, safe='')}/{quote(name, safe='')}{where}"


def shared_url(name: str) -> str:
    """Return where a file of a shared job is fetched."""
    return f"/api/shared/artifacts/{quote(name, safe='')}"


def _result(view: JobView, address: Address) -> AnalysisResult | None:
    if view.result is None or view.job.state != State.COMPLETED:
        return None
    return view.result.linked(address, {artifact.name for artifact in view.artifacts})


def _error(job: Job) -> JobError | None:
    return None if job.error_code is None else JobError.model_validate(job)


def _expiry(job: Job, periods: Periods) -> datetime | None:
    ended = job.processing_completed_at
    return None if ended is None else expires_at(ended, periods)
