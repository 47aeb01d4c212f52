"""Links by which others may read a job: at most one per job; only the hash of its token is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deepshield.domain.jobs import FINAL
from deepshield.persistence.tables import Job, ShareLink
from deepshield.persistence.upsert import insert

_FINAL = tuple(state.value for state in FINAL)


def put(session: Session, job_id: str, token_sha256: str, now: datetime, expires_at: datetime) -> bool:
    """Record a job's link in place of an earlier one; False when the job is gone or under way."""
    ended = select(Job.id).where(Job.id == job_id, Job.state.in_(_FINAL))
    # Locked, so that the job cannot be deleted between this check and the insert.
    if session.scalar(ended.with_for_update(read=True, key_share=True)) is None:
        return False
    values = {"token_sha256": token_sha256, "created_at": now, "expires_at": expires_at}
    link = insert(session, ShareLink).values(job_id=job_id, **values)
    session.execute(link.on_conflict_do_update(index_elements=[ShareLink.job_id], set_=values))
    return True


def of_job(session: Session, job_id: str, now: datetime) -> ShareLink | None:
    """Return the valid link of a job."""
    return session.scalar(select(ShareLink).where(ShareLink.job_id == job_id, ShareLink.expires_at > now))


def of_medium(session: Session, media_id: str, now: datetime) -> Sequence[str]:
    """Return the analyses of a file that valid links share."""
    query = select(ShareLink.job_id).join(Job, Job.id == ShareLink.job_id)
    return session.scalars(query.where(Job.media_id == media_id, ShareLink.expires_at > now)).all()


def find_job(session: Session, token_sha256: str, now: datetime) -> Job | None:
    """Return the ended job that a link opens, while the link is valid."""
    query = (
        select(Job)
        .join(ShareLink, ShareLink.job_id == Job.id)
        .where(ShareLink.token_sha256 == token_sha256, ShareLink.expires_at > now, Job.state.in_(_FINAL))
    )
    return session.scalar(query)


def remove(session: Session, job_id: str) -> bool:
    """Delete a job's link; False when it had none."""
    gone = delete(ShareLink).where(ShareLink.job_id == job_id).returning(ShareLink.job_id)
    return session.scalar(gone) is not None
