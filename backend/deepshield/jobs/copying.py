"""Submitting work over the file of a job that has ended, as a job of its own with a copy of the file."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from deepshield.deletion import delete_unused
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.domain.marks import Mark
from deepshield.jobs.submit import Submission
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError


def submission_over(
    resources: Resources, job: Job, request_id: str | None, mark: Mark | None = None
) -> Submission:
    """Copy a job's upload, so that neither job's end takes the file from the other, and describe the copy.

    The caller deletes the copy if it is not submitted (`deleted_if_refused`). Raises `DeepShieldError`
    EXPIRED when the upload has been deleted, and StorageError.
    """
    return Submission(
        kind=MediaKind(job.media_type),
        filename=job.original_filename,
        content_type=job.original_content_type,
        size_bytes=job.original_size_bytes,
        sha256=job.sha256,
        upload_key=_copied(resources, job.upload_key),
        request_id=request_id,
        owner_secret_sha256=job.owner_secret_sha256,  # who sent the file changes and shares this too
        parent_id=job.id,
        mark=mark,
    )


@contextmanager
def deleted_if_refused(resources: Resources, copy: Submission) -> Iterator[None]:
    """Delete the copy where submitting it is refused with a `DeepShieldError`.

    It is kept when the database fails, because its job may have been recorded all the same.
    """
    try:
        yield
    except DeepShieldError:
        forget(resources, copy)
        raise


def forget(resources: Resources, copy: Submission) -> None:
    """Delete a copy that was not submitted."""
    assert copy.upload_key is not None, "a copy is in storage"
    delete_unused(resources, copy.upload_key, resources.clock())


def _copied(resources: Resources, upload_key: str | None) -> str:
    if upload_key is None:
        raise DeepShieldError(Code.EXPIRED)
    key = f"uploads/{secrets.token_hex(16)}"
    try:
        with resources.store.writer(key) as writer:
            for data in resources.store.read(upload_key):
                writer.write(data)
            writer.commit()
    except BlobNotFoundError as error:
        raise DeepShieldError(Code.EXPIRED) from error
    return key
