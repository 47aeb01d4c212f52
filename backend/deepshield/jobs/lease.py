"""A worker's operations on a job: claim, heartbeat, finish, fail, release.

A lease is a token. A stale token records nothing, so a worker that was considered lost changes nothing when
it comes back.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from deepshield import outbox
from deepshield.domain.canonical import digest
from deepshield.domain.errors import Code
from deepshield.domain.facts import BundleFacts, StoredArtifact
from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.jobs import PREVIEWS, MediaKind, Stage, State, percent
from deepshield.domain.marks import Mark
from deepshield.domain.policies import PolicyTask
from deepshield.domain.progress import Report
from deepshield.jobs.batch_ends import job_ended
from deepshield.jobs.outcome import end_failed
from deepshield.jobs.recheck_ends import recheck_ended
from deepshield.jobs.rule_in_use import task_of
from deepshield.persistence.repositories import attempts, audit, fingerprints, jobs, media, policies, results
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.result import AnalysisResult
from deepshield.reviews import asking

_DELIVERY_SECONDS = 3.0  # within which a message reaches an idle worker


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to record the outcome of a job, until it expires or is taken away."""

    job_id: str
    token: str
    number: int  # of the attempt, from 1
    kind: MediaKind
    upload_key: str
    filename: str
    sha256: str
    created_at: datetime  # of the job
    expires_at: datetime
    mark: Mark | None = None  # the face that is to be analysed alone
    preview_only: bool = False  # the file is analysed already, and wants a preview
    policies: tuple[PolicyTask, ...] = ()  # in force, one per bundle: the loaded one's is to judge the file


def unclaimed(resources: Resources, queue: str, limit: int) -> Sequence[str]:
    """Return jobs that are queued although their message should have been delivered, those due first."""
    sent_before = resources.clock() - timedelta(seconds=_DELIVERY_SECONDS)
    with resources.database.read() as session:
        return jobs.unclaimed(session, queue, sent_before, limit)


def claim_next(resources: Resources, queue: str, worker: str) -> Lease | None:
    """Claim the job of a queue that is due first; None when none waits.

    A message is a right to take one job, whichever is due when a worker comes to it: what somebody waits for
    passes a batch whose messages were sent before.
    """
    while True:
        with resources.database.read() as session:
            head = jobs.head_of(session, queue, 1)
        if not head:
            return None
        lease = claim(resources, head[0], worker)
        if lease is not None:
            return lease
        # Another worker was faster, or it was cancelled: the queue has another head now.


def claim(resources: Resources, job_id: str, worker: str) -> Lease | None:
    """Claim a queued job; None when it is not queued: it has ended, is deleted, or another worker has it."""
    now = resources.clock()
    token = str(uuid.uuid4())
    expires_at = now + timedelta(seconds=resources.settings.job.lease_seconds)
    with resources.database.write() as session:
        job = jobs.claim(session, job_id, worker, token, now, expires_at)
        if job is None:
            return None
        assert job.upload_key is not None, "a queued job has its upload"
        attempts.begin(session, job, token, worker, now)
        told = () if job.queue == PREVIEWS else _policies(session, job)
        return Lease(
            job.id,
            token,
            job.attempts,
            MediaKind(job.media_type),
            job.upload_key,
            job.original_filename,
            job.sha256,
            job.created_at,
            expires_at,
            None if job.mark is None else Mark.of_row(job.mark),
            job.queue == PREVIEWS,
            told,
        )


def _policies(session: Session, job: Job) -> tuple[PolicyTask, ...]:
    """Return the policies in force where a job is kept; one that is approved later changes nothing of it."""
    home = job.workspace_id or job.owner_id
    return () if home is None else tuple(task_of(one) for one in policies.all_active(session, home))


def _judged_by(lease: Lease, result: AnalysisResult) -> str | None:
    """Return the id of the policy that a result names."""
    named = result.policy
    return (
        None
        if named is None
        else next((one.id for one in lease.policies if one.number == named.number), None)
    )


def heartbeat(resources: Resources, lease: Lease, report: Report | None = None) -> bool:
    """Record that the worker is alive, and its progress if that has changed.

    False when the lease is lost (expired, cancelled, or another worker's); then the analysis has to stop.
    """
    progress = None if report is None else _progress(report)
    with resources.database.write() as session:
        return jobs.heartbeat(session, lease.job_id, lease.token, resources.clock(), progress)


def finish(
    resources: Resources,
    lease: Lease,
    result: AnalysisResult,
    artifacts: Sequence[StoredArtifact],
    bundle: BundleFacts | None,
    prints: Sequence[FramePrint] = (),
) -> bool:
    """Record the result in one transaction; False when the lease is lost: its files are to be deleted.

    ``prints`` are what near copies of the file are recognised by.
    """
    now = resources.clock()
    values = {
        "stage": Stage.SAVING_RESULTS,
        "progress_percent": 100,
        "frames_decoded": result.frames_sampled,
        "frames_planned": result.frames_sampled,
        "faces_scored": result.faces,
        "faces_found": result.faces,
    }
    with resources.database.write() as session:
        job = jobs.end(session, lease.job_id, lease.token, State.COMPLETED, now, values)
        if job is None:
            return False
        job.policy_id = _judged_by(lease, result)
        if bundle is not None:
            results.add_bundle(session, bundle, now)
        results.add(session, job.id, result, bundle, now)
        results.add_artifacts(session, job.id, artifacts)
        if prints:
            fingerprints.add(session, job, prints)
        made = {"result_sha256": digest(result.model_dump(mode="json"))}
        audit.record(
            session, "job.completed", now, subject=job.id, details=made, workspace_id=job.workspace_id
        )
        attempts.end(session, lease.token, "completed", now)
        media.analysed(session, job)
        asking.of_result(session, job, result, now)
        outbox.analysis_completed(session, job, result.verdict.value, result.final_score, now)
        job_ended(session, job.id, now)
        recheck_ended(session, job, now, result.verdict.value, result.final_score)
    return True


def fail(
    resources: Resources,
    lease: Lease,
    code: str,
    message: str,
    details: dict[str, Any] | None = None,
    *,
    retriable: bool = False,
) -> None:
    """Record a failure; after a retriable one the job is requeued while attempts are left."""
    with resources.database.write() as session:
        job = jobs.get(session, lease.job_id)
        left = job is not None and job.attempts < resources.settings.job.max_attempts
        if retriable and left:
            again = jobs.requeue(session, lease.job_id, lease.token, resources.clock())
        else:
            again = None
            end_failed(session, lease.job_id, lease.token, resources.clock(), code, message, details)
        attempts.end(session, lease.token, code, resources.clock())
    _announce(resources, again)


def crashed(resources: Resources, lease: Lease) -> None:
    """Record a crash of the analysing process on a job, which is requeued below JOB_MAX_CRASHES."""
    limit = resources.settings.job.max_crashes
    with resources.database.write() as session:
        job = jobs.get(session, lease.job_id)
        crashes = (job.crashes if job else 0) + 1
        if crashes < limit:
            again = jobs.requeue(session, lease.job_id, lease.token, resources.clock(), {"crashes": crashes})
        else:
            again = None
            code, details = Code.ANALYSIS_CRASHED, {"crashes": crashes}
            end_failed(session, lease.job_id, lease.token, resources.clock(), code, code.words, details)
        attempts.end(session, lease.token, Code.ANALYSIS_CRASHED, resources.clock())
    _announce(resources, again)


def release(resources: Resources, lease: Lease) -> None:
    """Requeue a job because its worker stops; the attempt is not counted."""
    with resources.database.write() as session:
        uncounted = {"attempts": Job.attempts - 1}
        again = jobs.requeue(session, lease.job_id, lease.token, resources.clock(), uncounted)
        attempts.end(session, lease.token, "released", resources.clock())
    _announce(resources, again)


def _progress(report: Report) -> dict[str, Any]:
    return {
        "stage": report.stage.value,
        "progress_percent": percent(report.stage, report.frames_decoded, report.frames_planned),
        "frames_decoded": report.frames_decoded,
        "frames_planned": report.frames_planned,
        "faces_found": report.faces_found,
        "faces_scored": report.faces_scored,
    }


def _announce(resources: Resources, job: Job | None) -> None:
    if job is not None and job.queue != PREVIEWS:
        resources.announcer.announce(job.id, job.queue)
