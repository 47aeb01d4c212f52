"""Making a job of a received file, or deleting the file."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from deepshield.deletion import delete_unused
from deepshield.domain.custody import Sender, Source, SourceKind
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.intake.receive import Received
from deepshield.jobs.ownership import hashed
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.tables import Job
from deepshield.resources import Resources


def accept(
    resources: Resources,
    owner: Owner | None,
    upload: Received,
    *,
    request_id: str | None,
    reuse: bool = True,
    owner_secret: str | None = None,
    within: Callable[[Session, tuple[Job, bool]], None] | None = None,
) -> tuple[Job, bool]:
    """Submit an upload; return its job, and whether that is an earlier one of the same bytes.

    The upload is deleted when it is refused or not needed. It is kept when the database fails, because the
    job may have been recorded all the same and must not lose its file; `deepshield doctor` finds files
    without a row. Raises as `submit`.
    """
    source = Source(
        kind=SourceKind.UPLOAD,
        sender=Sender.VISITOR if owner is None else Sender.ACCOUNT,
        received_at=resources.clock(),
        name=upload.filename,
        content_type=upload.content_type,
        declared_bytes=upload.declared_bytes,
    )
    submission = Submission(
        kind=upload.format.kind,
        filename=upload.filename,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        upload_key=upload.upload_key,
        request_id=request_id,
        owner_secret_sha256=None if owner_secret is None else hashed(owner_secret),
        source=source,
    )
    try:
        job, reused = submit(resources, owner, submission, reuse=reuse, within=within)
    except DeepShieldError:
        discard(resources, upload)
        raise
    if reused:
        discard(resources, upload)
    return job, reused


def discard(resources: Resources, upload: Received) -> None:
    """Delete a stored upload that no job needs."""
    delete_unused(resources, upload.upload_key, resources.clock())
