"""What is known of a job's file: where it came from, its hashes, and the audit log's rows about the job."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deepshield.domain.custody import Source
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import find_job
from deepshield.persistence.repositories import audit, sources
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A row of the audit log with the hash that it is chained to."""

    position: int | None
    at: datetime
    actor: str | None
    action: str
    subject: str | None
    details: dict[str, Any] | None
    workspace: str | None
    previous: str | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class Custody:
    """All that is known; ``sha1`` and ``md5`` are None unless they were computed."""

    source: Source | None
    size_bytes: int
    sha256: str
    sha1: str | None
    md5: str | None
    log: Sequence[LogEntry]


def find_custody(
    resources: Resources, owner: Owner | None, job_id: str, *, exchange_hashes: bool = False
) -> Custody:
    """Return a job's custody; raises as `lookup.find_job`.

    ``exchange_hashes`` asks for the hashes by which others list files. They are computed of the stored file,
    and None once that has been deleted.
    """
    return custody_of(resources, find_job(resources, owner, job_id), exchange_hashes=exchange_hashes)


def custody_of(resources: Resources, job: Job, *, exchange_hashes: bool = False) -> Custody:
    """Return the custody of a job that has been found."""
    with resources.database.read() as session:
        source = sources.of_job(session, job)
        rows = audit.of_subject(session, job.id)
        before = audit.hashes_before(session, [row.position for row in rows if row.position is not None])
    sha1, md5 = _exchange_hashes(resources, job) if exchange_hashes else (None, None)
    log = [
        LogEntry(
            row.position, row.at, row.actor, row.action, row.subject, row.details, row.workspace_id,
            before.get(row.position or 0), row.hash,
        )
        for row in rows
    ]  # fmt: skip
    return Custody(source, job.stored_size_bytes, job.sha256, sha1, md5, log)


def _exchange_hashes(resources: Resources, job: Job) -> tuple[str | None, str | None]:
    if job.upload_key is None:
        return None, None
    # Neither protects anything here: SHA-256 does.
    sha1, md5 = (hashlib.new(name, usedforsecurity=False) for name in ("sha1", "md5"))
    try:
        for data in resources.store.read(job.upload_key):
            sha1.update(data)
            md5.update(data)
    except BlobNotFoundError:
        return None, None
    return sha1.hexdigest(), md5.hexdigest()
