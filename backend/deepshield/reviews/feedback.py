"""What readers answer to "Was this right?": of a workspace's completed analyses, once per reader.

A reader is an account, or whoever comes by one share link, since the service cannot tell those apart.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepshield.domain.custody import Sender
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.feedback import Answer
from deepshield.domain.jobs import State
from deepshield.domain.owner import Owner
from deepshield.persistence.repositories import audit, feedback
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Feedback
from deepshield.resources import Resources
from deepshield.reviews import asking

_ONCE_IN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who answers; ``owner`` is None for a share link."""

    given_by: str
    owner: Owner | None = None

    @classmethod
    def account(cls, owner: Owner) -> Reader:
        """Return an account as a reader."""
        return cls(owner.id, owner)

    @classmethod
    def link(cls, token: str) -> Reader:
        """Return whoever has a share link's ``token`` as a reader; the token itself is not kept."""
        return cls(f"link:{hashlib.sha256(token.encode('utf-8', 'surrogatepass')).hexdigest()}")


@dataclass(frozen=True, slots=True)
class Given:
    """A reader's answer, if there is one, and whether the question is asked of this analysis."""

    asked: bool
    answer: Answer | None = None
    text: str | None = None
    at: datetime | None = None


def is_asked(job: Job) -> bool:
    """Return whether somebody reads the answers: the analysis is completed and kept in a workspace."""
    return job.state == State.COMPLETED and (job.workspace_id or job.owner_id) is not None


def find(resources: Resources, job: Job, reader: Reader | None) -> Given:
    """Return a reader's answer about a job that has been found; a visitor is asked nothing."""
    if reader is None or not is_asked(job):
        return Given(asked=False)
    with resources.database.read() as session:
        return _given(feedback.of_reader(session, job.id, reader.given_by))


def give(resources: Resources, job: Job, reader: Reader | None, answer: Answer, text: str | None) -> Given:
    """Record a reader's answer about a job that has been found, in place of an earlier one.

    One that calls it wrong puts the file up for review, where the workspace asks for reviews.

    Raises `DeepShieldError` CONFLICT where the question is not asked.
    """
    if reader is None or not is_asked(job):
        raise DeepShieldError(
            Code.CONFLICT,
            "An answer is taken once an analysis has ended with a result and belongs to an account.",
        )
    now = resources.clock()
    actor = None if reader.owner is None else reader.owner.id
    sender = Sender.LINK if reader.owner is None else Sender.ACCOUNT
    with resources.database.write() as session:
        audit.record_once(
            session, "feedback.given", now, within=_ONCE_IN, actor=actor, subject=job.id,
            details={"by": sender.value, "answer": answer.value},
        )  # fmt: skip
        row = feedback.put(session, job, reader.given_by, answer, (text or "").strip() or None, now)
        asking.of_feedback(session, row, now)
        return _given(row)


def _given(row: Feedback | None) -> Given:
    if row is None:
        return Given(asked=True)
    return Given(True, Answer(row.answer), row.text, row.at)
