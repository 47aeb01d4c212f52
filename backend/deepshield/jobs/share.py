"""Links by which others may read one job: who has the token may read it and do nothing else."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain import retention
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import FINAL
from deepshield.domain.owner import Owner
from deepshield.domain.retention import Periods
from deepshield.jobs.lookup import JobView, artifact_of, periods_of, view_of
from deepshield.jobs.ownership import find_sent
from deepshield.persistence.repositories import audit, shares
from deepshield.persistence.tables import Artifact, Job
from deepshield.resources import Resources
from deepshield.reviews import asking
from deepshield.workspaces.blindness import refuse_blind

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Share:
    """A link that is valid."""

    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewShare(Share):
    """A link with its token, which is shown once and not stored."""

    token: str


def create(
    resources: Resources,
    owner: Owner | None,
    job_id: str,
    owner_secret: str | None = None,
    *,
    within: Callable[[Session, NewShare], None] | None = None,
) -> NewShare:
    """Make the job's link; an earlier one is replaced. It expires with the job: `domain.retention`.

    ``within`` is called with it before the transaction commits.

    Raises as `ownership.find_sent`, `DeepShieldError` CONFLICT while the job is under way, EXPIRED, and
    READING_BLIND: who has the link can read the result.
    """
    job, now = find_sent(resources, owner, job_id, owner_secret), resources.clock()
    expires_at = _expiry(job, _periods(resources, job))
    if expires_at <= now:
        raise DeepShieldError(Code.EXPIRED)
    made = NewShare(now, expires_at, secrets.token_urlsafe(_TOKEN_BYTES))
    with resources.database.write() as session:
        refuse_blind(session, owner, job.media_id)
        if not shares.put(session, job_id, _hash(made.token), now, expires_at):
            raise _under_way()
        asking.of_link(session, job, owner.id if owner else None, now)
        audit.record(session, "share.created", now, actor=owner.id if owner else None, subject=job_id)
        if within is not None:
            within(session, made)
    return made


def find(
    resources: Resources, owner: Owner | None, job_id: str, owner_secret: str | None = None
) -> Share | None:
    """Return the job's link; raises as `ownership.find_sent`."""
    job = find_sent(resources, owner, job_id, owner_secret)
    with resources.database.read() as session:
        link = shares.of_job(session, job.id, resources.clock())
    if link is None or _has_expired(resources, job):
        return None
    return Share(link.created_at, link.expires_at)


def revoke(resources: Resources, owner: Owner | None, job_id: str, owner_secret: str | None = None) -> None:
    """End the job's link, if it has one; raises as `ownership.find_sent`."""
    job = find_sent(resources, owner, job_id, owner_secret)
    with resources.database.write() as session:
        if shares.remove(session, job.id):
            actor = owner.id if owner else None
            audit.record(session, "share.revoked", resources.clock(), actor=actor, subject=job.id)


def shared_job(resources: Resources, token: str) -> Job:
    """Return the job that a link opens.

    Raises `DeepShieldError` NOT_FOUND, with the same message for an unknown, revoked or expired token.
    """
    with resources.database.read() as session:
        job = shares.find_job(session, _hash(token), resources.clock())
    if job is None or _has_expired(resources, job):
        raise DeepShieldError(Code.NOT_FOUND)
    return job


def shared_view(resources: Resources, token: str) -> JobView:
    """Return the job that a link opens with its outcome; raises as `shared_job`.

    What the file says of places and persons is left out.
    """
    return view_of(resources, shared_job(resources, token), with_places=False)


def shared_artifact(resources: Resources, token: str, name: str) -> Artifact:
    """Return a file of the job that a link opens; raises `DeepShieldError` NOT_FOUND."""
    job = shared_job(resources, token)
    with resources.database.read() as session:
        return artifact_of(session, job.id, name)


def _expiry(job: Job, periods: Periods) -> datetime:
    if job.state not in FINAL or job.processing_completed_at is None:
        raise _under_way()
    return retention.expires_at(job.processing_completed_at, periods)


def _has_expired(resources: Resources, job: Job) -> bool:
    """Return whether the job expired before its link, because the retention has been shortened."""
    ended_at = job.processing_completed_at
    if ended_at is None:
        return False
    return retention.expires_at(ended_at, _periods(resources, job)) <= resources.clock()


def _periods(resources: Resources, job: Job) -> Periods:
    with resources.database.read() as session:
        return periods_of(session, resources, job.workspace_id or job.owner_id)


def _under_way() -> DeepShieldError:
    return DeepShieldError(Code.CONFLICT, "The analysis is still under way. Share it when it has ended.")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
