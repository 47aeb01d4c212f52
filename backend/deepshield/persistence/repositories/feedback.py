"""What readers answered to "Was this right?": at most one row per reader and analysis."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deepshield.domain.feedback import Answer
from deepshield.persistence.tables import Job
from deepshield.persistence.upsert import insert
from deepshield.persistence.workbench import Feedback, Medium


def put(
    session: Session, job: Job, given_by: str, answer: Answer, text: str | None, now: datetime
) -> Feedback:
    """Record a reader's answer in place of an earlier one, whose review it keeps."""
    values = {"answer": answer.value, "text": text, "at": now, "media_id": _medium(session, job)}
    row = insert(session, Feedback).values(id=str(uuid.uuid4()), job_id=job.id, given_by=given_by, **values)
    session.execute(
        row.on_conflict_do_update(index_elements=[Feedback.job_id, Feedback.given_by], set_=values)
    )
    kept = of_reader(session, job.id, given_by)
    assert kept is not None, "it was written in this transaction"
    return kept


def of_reader(session: Session, job_id: str, given_by: str) -> Feedback | None:
    """Return a reader's answer about an analysis."""
    query = select(Feedback).where(Feedback.job_id == job_id, Feedback.given_by == given_by)
    return session.scalar(query.execution_options(populate_existing=True))


def _medium(session: Session, job: Job) -> str | None:
    """Return the medium of a job; None until the library has made one of it."""
    if job.media_id is not None:
        return job.media_id
    same = (Medium.workspace_id == job.workspace_id, Medium.sha256 == job.sha256)
    return session.scalar(select(Medium.id).where(*same))
