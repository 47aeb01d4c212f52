"""Faces that a reader marks in the file of a completed job: each is a job of its own, over a copy."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.deletion import delete_unused
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.domain.marks import Mark, require_markable
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import find_job, find_view
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.repositories import jobs, results
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError

_MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class MarkedFace:
    """A job about a marked face, and its outcome once it has completed."""

    job: Job
    mark: Mark
    outcome: ResultSummary | None


def mark_face(
    resources: Resources,
    owner: Owner | None,
    job_id: str,
    mark: Mark,
    request_id: str | None = None,
    within: Callable[[Session, Job], None] | None = None,
) -> Job:
    """Submit the analysis of one face in a job's file, which is charged like any other, and return its job.

    ``within`` is called with it before the transaction commits; what it raises rolls everything back.
    Raises `DeepShieldError` NOT_FOUND as `lookup.find_job`, CONFLICT where there is no result of a whole
    file, MARK_OUTSIDE or MARK_TOO_SMALL, EXPIRED when the upload has been deleted, and as `submit.submit`.
    """
    view = find_view(resources, owner, job_id)
    job = view.job
    if view.result is None or job.mark is not None:
        raise DeepShieldError(Code.CONFLICT, "Mark the face in the completed analysis of a whole file.")
    media = view.result.media
    require_markable(mark, media.width, media.height, media.duration_ms, media.frame_count)
    key = _copied(resources, job)
    submission = Submission(
        kind=MediaKind(job.media_type),
        filename=job.original_filename,
        content_type=job.original_content_type,
        size_bytes=job.original_size_bytes,
        sha256=job.sha256,
        upload_key=key,
        request_id=request_id,
        owner_secret_sha256=job.owner_secret_sha256,  # who sent the file changes and shares this too
        parent_id=job.id,
        mark=mark,
    )

    def made(session: Session, submitted: tuple[Job, bool]) -> None:
        if within is not None:
            within(session, submitted[0])

    try:
        marked, _ = submit(resources, owner, submission, reuse=False, within=made)
    except DeepShieldError:
        delete_unused(resources, key, resources.clock())
        raise
    return marked


def marked_faces(resources: Resources, owner: Owner | None, job_id: str) -> Sequence[MarkedFace]:
    """Return the faces that ``owner`` has marked in a job's file, newest first; raises as `find_job`."""
    job = find_job(resources, owner, job_id)
    with resources.database.read() as session:
        found = jobs.marks_of(session, job.id, owner.id if owner else None, _MOST_LISTED)
        outcomes = results.summaries(session, [one.id for one in found])
    return [MarkedFace(one, Mark.of_row(one.mark or {}), outcomes.get(one.id)) for one in found]


def _copied(resources: Resources, job: Job) -> str:
    """Copy a job's upload, so that neither job's end takes the file from the other; return the new key."""
    if job.upload_key is None:
        raise DeepShieldError(Code.EXPIRED)
    key = f"uploads/{secrets.token_hex(16)}"
    try:
        with resources.store.writer(key) as writer:
            for data in resources.store.read(job.upload_key):
                writer.write(data)
            writer.commit()
    except BlobNotFoundError as error:
        raise DeepShieldError(Code.EXPIRED) from error
    return key
