"""The preview of a video that had none: made later, never charged; and the file itself in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.deletion import note_files
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import StoredArtifact
from deepshield.domain.jobs import PREVIEWS, MediaKind, State
from deepshield.domain.owner import Owner
from deepshield.jobs.copying import deleted_if_refused, forget, submission_over
from deepshield.jobs.lease import Lease
from deepshield.jobs.lookup import find_view, view_of
from deepshield.jobs.ownership import find_own
from deepshield.jobs.submit import new_job
from deepshield.persistence.repositories import attempts, blobs, jobs, media, results
from deepshield.persistence.tables import Artifact, Job
from deepshield.resources import Resources

_TYPES = {"mov": "video/mp4", "matroska": "video/webm"}  # by the content, whatever the sender declared
_PREVIEW_INSTEAD = (
    "The file itself says more than you are shown of it. Play its preview, or ask who sent it, a lead or an "
    "admin for it."
)


def request_preview(
    resources: Resources,
    owner: Owner | None,
    job_id: str,
    *,
    owner_secret: str | None = None,
    request_id: str | None = None,
    within: Callable[[Session, Job], None] | None = None,
) -> Job:
    """Queue the making of a video's preview, as a job of its own; return the one that is under way, if any.

    ``within`` is called with it before the transaction commits. Raises `DeepShieldError` as
    `ownership.find_own`, CONFLICT where there is a preview or cannot be one, EXPIRED when the upload has been
    deleted.
    """
    job = find_own(resources, owner, job_id, owner_secret)
    result = view_of(resources, job, with_places=False).result
    if result is None or result.media.type is not MediaKind.VIDEO or result.marked or result.preview_url:
        raise DeepShieldError(Code.CONFLICT, "Only an analysed video without a preview can be given one.")
    with resources.database.read() as session:
        earlier = jobs.preview_under_way(session, job.id)
    if earlier is not None:
        return earlier
    submission = submission_over(resources, job, request_id)
    queued = new_job(submission, job.owner_id, resources.clock(), None, job.workspace_id)
    queued.queue, queued.sent_at = PREVIEWS, None
    with deleted_if_refused(resources, submission), resources.database.write() as session:
        # Of requests at once the first makes the job; what was deleted does not live on in its copy.
        if not jobs.keeps_upload(session, job.id):
            raise DeepShieldError(Code.EXPIRED)
        earlier = jobs.preview_under_way(session, job.id)
        if earlier is None:
            session.add(queued)
            session.flush()
            media.receive(session, queued)
        if within is not None:
            within(session, earlier or queued)
    if earlier is not None:
        forget(resources, submission)
    return earlier or queued


def find_original(resources: Resources, owner: Owner | None, job_id: str) -> Artifact:
    """Return a video's upload as a file to be played.

    Its bytes say what it says of places and persons: where there is a preview, and of a marked face, which
    has its picture, it is only for who is shown that.

    Raises `DeepShieldError` NOT_FOUND as `lookup.find_job` and for what is no video, ROLE_MISSING for who is
    to play the preview, EXPIRED when it has been deleted.
    """
    view = find_view(resources, owner, job_id)
    job, result = view.job, view.result
    if result is None or result.media.type is not MediaKind.VIDEO:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such file.")
    if not view.shows_places and (result.preview_url or result.marked):
        raise DeepShieldError(Code.ROLE_MISSING, _PREVIEW_INSTEAD)
    if job.upload_key is None:
        raise DeepShieldError(Code.EXPIRED)
    return Artifact(
        job_id=job.id,
        name=job.original_filename,
        key=job.upload_key,
        content_type=_TYPES.get(result.media.format, "application/octet-stream"),
        size_bytes=job.stored_size_bytes,
        sha256=job.sha256,
    )


def finish_preview(resources: Resources, lease: Lease, preview: StoredArtifact) -> bool:
    """Give the analysed job its preview, and end the job that made it.

    False when the lease is lost, or the analysed job has no files any more: the preview is to be deleted.
    """
    now = resources.clock()
    with resources.database.write() as session:
        jobs.lock_with_parent(session, lease.job_id)
        job = jobs.end(session, lease.job_id, lease.token, State.COMPLETED, now, {"progress_percent": 100})
        if job is None:
            return False
        attempts.end(session, lease.token, "completed", now)
        note_files(session, job, now)
        return _give(session, job.parent_id, preview, now)


def _give(session: Session, parent_id: str | None, preview: StoredArtifact, now: datetime) -> bool:
    parent = jobs.locked(session, parent_id) if parent_id else None
    if parent is None or parent.purged_at is not None or blobs.is_recorded(session, preview.key):
        return False
    if any(one.name == preview.name for one in results.artifacts(session, parent.id)):
        return False
    results.add_artifacts(session, parent.id, [preview])
    parent.revision += 1
    parent.updated_at = now
    return True
