"""Jobs whose file is still at an address: accepted, fetched under a lease, then queued for a worker.

They wait in a queue of their own, which no worker consumes and no message announces.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.custody import Hop, Resolution, Sender, Source, SourceKind
from deepshield.domain.jobs import MediaKind, Stage
from deepshield.domain.owner import Owner
from deepshield.intake.formats import EXTENSIONS
from deepshield.intake.receive import Received
from deepshield.intake.urls import Target
from deepshield.jobs.announce import announce
from deepshield.jobs.outcome import end_failed, refund
from deepshield.jobs.ownership import hashed
from deepshield.jobs.served_bundle import served_bundle
from deepshield.jobs.submit import Submission, insert_job
from deepshield.persistence.repositories import attempts, audit, jobs, media, sources
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

_VIDEO_ENDINGS = tuple(EXTENSIONS[MediaKind.VIDEO])


@dataclass(frozen=True, slots=True)
class FetchLease:
    """The right to fetch a job's file, until it expires or is taken away."""

    job_id: str
    token: str
    url: str


def submit_address(
    resources: Resources,
    owner: Owner | None,
    url: str,
    target: Target,
    *,
    request_id: str | None,
    owner_secret: str | None,
    patience: timedelta = timedelta(),
    within: Callable[[Session, tuple[Job, bool]], None] | None = None,
) -> tuple[Job, bool]:
    """Accept an address whose ``target`` may be fetched; return its job, which is always a new one.

    Its name and kind are those that the address suggests, its hash is empty, until the file has come.
    Charges, calls ``within`` and raises as `submit`.
    """
    served_bundle(resources)
    secret = None if owner_secret is None else hashed(owner_secret)
    submission = address_submission(resources, owner, url, target, request_id, secret, patience)
    with resources.database.write() as session:
        job = insert_job(session, resources, owner, submission)
        if within is not None:
            within(session, (job, False))
    return job, False


def address_submission(
    resources: Resources,
    owner: Owner | None,
    url: str,
    target: Target,
    request_id: str | None,
    owner_secret_sha256: str | None,
    patience: timedelta,
) -> Submission:
    """Describe a file that is still at an address; its name and kind are those that the address suggests."""
    path = target.path.partition("?")[0]
    name = (path.rpartition("/")[2] or target.host)[: resources.settings.file.max_name_length]
    kind = MediaKind.VIDEO if path.lower().endswith(_VIDEO_ENDINGS) else MediaKind.IMAGE
    sender = Sender.VISITOR if owner is None else Sender.ACCOUNT
    return Submission(
        kind=kind,
        filename=name,
        content_type=None,
        size_bytes=0,
        sha256="",
        upload_key=None,
        request_id=request_id,
        owner_secret_sha256=owner_secret_sha256,
        source=Source(SourceKind.ADDRESS, sender, resources.clock(), name, None, url=url),
        patience=patience,
    )


def claim(resources: Resources, worker: str) -> FetchLease | None:
    """Claim the job whose turn it is to get its file (`jobs.next_to_fetch`); None when there is none."""
    now = resources.clock()
    with resources.database.read() as session:
        waiting = jobs.next_to_fetch(session, now)
    if waiting is None:
        return None
    token, expires_at = str(uuid.uuid4()), now + timedelta(seconds=resources.settings.job.lease_seconds)
    with resources.database.write() as session:
        job = jobs.claim(session, waiting, worker, token, now, expires_at, Stage.FETCHING)
        if job is None:
            return None
        attempts.begin(session, job, token, worker, now)
        source = sources.of_job(session, job)
        assert source is not None, "a job whose file is at an address has that address"
        assert source.url is not None, "a job whose file is at an address has that address"
        return FetchLease(job.id, token, source.url)


def heartbeat(resources: Resources, lease: FetchLease, share: float | None) -> bool:
    """Record that the file is still coming, and which share of it has come; False when the lease is lost."""
    progress = None if share is None else {"stage": Stage.FETCHING, "progress_percent": int(share * 99)}
    with resources.database.write() as session:
        return jobs.heartbeat(session, lease.job_id, lease.token, resources.clock(), progress)


def fetched(
    resources: Resources, lease: FetchLease, upload: Received, resolution: Resolution | None = None
) -> bool:
    """Queue the job for a worker with its file; False when the lease is lost: the file is to be deleted."""
    now, kind = resources.clock(), upload.format.kind
    values: dict[str, Any] = {
        "media_type": kind.value,
        "queue": kind.queue,
        "stage": Stage.VALIDATING,
        "progress_percent": 0,
        "attempts": 0,
        "sent_at": now,
        "original_filename": upload.filename,
        "original_content_type": upload.content_type,
        "original_size_bytes": upload.size_bytes,
        "stored_size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
        "upload_key": upload.upload_key,
    }
    with resources.database.write() as session:
        job = jobs.requeue(session, lease.job_id, lease.token, now, values)
        if job is None:
            return False
        attempts.end(session, lease.token, "fetched", now)
        sources.complete(
            session,
            job.id,
            upload.hops,
            upload.filename,
            upload.content_type,
            upload.declared_bytes,
            resolution,
        )
        media.receive(session, job, sources.of_job(session, job))
        audit.record(session, "file.fetched", now, subject=job.id)
    announce(resources, [(job.id, job.queue)])
    return True


def failed(
    resources: Resources,
    lease: FetchLease,
    code: str,
    message: str,
    details: dict[str, Any] | None = None,
    *,
    hops: Sequence[Hop] = (),
    resolution: Resolution | None = None,
    retriable: bool = False,
) -> None:
    """Record that the file could not be fetched, and its requests; nothing was analysed or is charged.

    After a retriable failure the job waits again while attempts are left.
    """
    now = resources.clock()
    with resources.database.write() as session:
        job = jobs.get(session, lease.job_id)
        left = job is not None and job.attempts < resources.settings.job.max_attempts
        if retriable and left:
            held = jobs.requeue(session, lease.job_id, lease.token, now)
        else:
            held = end_failed(session, lease.job_id, lease.token, now, code, message, details)
            if held is not None:
                refund(session, held)
        if held is not None:
            sources.reached(session, held.id, hops, resolution)
        attempts.end(session, lease.token, code, now)


def release(resources: Resources, lease: FetchLease) -> None:
    """Let another process fetch the file, because this one stops; the attempt is not counted."""
    now = resources.clock()
    with resources.database.write() as session:
        jobs.requeue(session, lease.job_id, lease.token, now, {"attempts": Job.attempts - 1})
        attempts.end(session, lease.token, "released", now)
