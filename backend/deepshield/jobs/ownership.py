"""Who may change or share a job: members of its workspace, or who holds the secret of a visitor's job.

Whoever knows the id of a job without an account may read it. The secret is returned once, when the file is
accepted, and only its hash is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.jobs.lookup import find_job
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a secret for a job without an account: 43 URL-safe characters, which nobody can guess."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def hashed(secret: str) -> str:
    """Return what is stored of a secret; a single SHA-256, since a secret is random and long."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def needs_secret(job: Job) -> bool:
    """Return whether only the holder of a secret may change the job; False for jobs of earlier releases."""
    return job.owner_id is None and job.workspace_id is None and job.owner_secret_sha256 is not None


def find_own(resources: Resources, owner: Owner | None, job_id: str, secret: str | None) -> Job:
    """Return a job that the caller may see and, where it is a visitor's, holds the secret of.

    Raises `DeepShieldError` NOT_FOUND as `lookup.find_job`, OWNER_SECRET_REQUIRED when the job has another
    ``secret``. It may be one that the caller reads blind: what changes it tells nothing of its result.
    """
    job = find_job(resources, owner, job_id, tells=False)
    if needs_secret(job) and not _opens(job, secret):
        raise DeepShieldError(Code.OWNER_SECRET_REQUIRED)
    return job


def find_sent(resources: Resources, owner: Owner | None, job_id: str, secret: str | None) -> Job:
    """Return a job that the caller may cancel, delete and share: one's own, or any for who may delete.

    Raises as `find_own`, and ROLE_MISSING for a job that another member of the workspace has sent, and for
    one's own where one may only read by now.
    """
    job = find_own(resources, owner, job_id, secret)
    if owner is not None and is_in_workspace(job):
        owner.need(May.ANALYSE if job.owner_id == owner.id else May.DELETE)
    return job


def is_in_workspace(job: Job) -> bool:
    """Return whether a job is kept in a workspace; visitors' jobs are not."""
    return job.workspace_id is not None or job.owner_id is not None


def _opens(job: Job, secret: str | None) -> bool:
    return secret is not None and hmac.compare_digest(hashed(secret), job.owner_secret_sha256 or "")
