"""Submitting work over the file of a job that has ended, as a job of its own with a copy of the file."""

from __future__ import annotations

import secrets

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

    The caller deletes the copy if it is not submitted. Raises `DeepShieldError` EXPIRED when the upload has
    been deleted, and StorageError.
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
