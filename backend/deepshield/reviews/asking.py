"""How files are put up for review: by what was found in them, by what somebody says, or by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.feedback import Answer
from deepshield.domain.jobs import Origin, Verdict
from deepshield.domain.labels import POSITIVE, Grade
from deepshield.domain.reviews import SAMPLED_WITH, Reason, doubt, drawn, sample_of, traces_disagree
from deepshield.persistence.repositories import (
    audit,
    jobs,
    labels,
    results,
    review_tasks,
    screenings,
    workspaces,
)
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Feedback
from deepshield.result import AnalysisResult


def ask(
    session: Session,
    media_id: str,
    reason: Reason,
    now: datetime,
    *,
    job_id: str | None = None,
    asked_by: str | None = None,
    meant_for: str | None = None,
    note: str | None = None,
    needed: int = 1,
    sampled_with: float | None = None,
) -> str | None:
    """Put a file up for review, in the transaction of what is the reason; return the task's id.

    That of the task that there is already, for a reason for which readers or a lead have not done with the
    file. None where the file is gone, and in workspaces that do not ask for reviews, unless somebody asks by
    hand. The task is about the analysis ``job_id``, or without one about the newest.
    """
    medium = labels.medium(session, media_id)
    if medium is None or medium.deleted_at is not None:
        return None
    if reason is not Reason.ASKED and not _asks(session, medium.workspace_id):
        return None
    there = review_tasks.present(session, media_id, reason)
    if there is not None:
        return there
    made = review_tasks.add(
        session,
        medium,
        reason,
        now,
        job_id=job_id or medium.job_id,
        sampled_with=sampled_with,
        needed=needed,
        asked_by=asked_by,
        meant_for=meant_for,
        note=note,
    )
    if made is None:  # another transaction was faster
        return review_tasks.present(session, media_id, reason)
    details = {"media_id": media_id, "reason": reason.value}
    audit.record(session, "review.asked", now, actor=asked_by, subject=made, details=details)
    return made


def of_result(session: Session, job: Job, result: AnalysisResult, now: datetime) -> None:
    """Put up for review what a job has found, in the transaction that completes it.

    Only analyses of files that were handed in are considered, each reason once per file, and not of files
    that have a label. Drawn is once per file, at its first analysis, whether there is a doubt or not; the
    verdict is kept with the probability of being drawn, by which error rates are estimated.
    """
    if job.media_id is None or job.mark is not None or job.origin != Origin.FIRST:
        return
    medium = labels.medium(session, job.media_id)
    if medium is None:
        return
    asks = medium.label is None and _asks(session, medium.workspace_id)
    sample = sample_of(result.verdict) if asks else None
    if sample is not None and review_tasks.was_asked(session, medium.id, sample):  # by an earlier release
        sample = None
    probability = None if sample is None else SAMPLED_WITH[sample]
    is_first = screenings.screened(session, medium.id, result.verdict, probability, now)
    if not asks:
        return
    threshold, base_rate = result.decision_threshold, result.model.base_rate
    traces = [{one.trace: one.probability for one in person.traces} for person in result.tracks]
    codes = [reason.code.value for reason in result.reasons]
    found = doubt(result.verdict, codes, traces_disagree(traces, threshold, base_rate))
    if found is not None and not review_tasks.was_asked(session, medium.id, found):
        ask(session, medium.id, found, now, job_id=job.id)
    if is_first and sample is not None and probability is not None and drawn(job.id, sample, probability):
        ask(session, medium.id, sample, now, job_id=job.id, sampled_with=probability)


def of_feedback(session: Session, given: Feedback, now: datetime) -> None:
    """Put up for review what somebody has called wrong, in the transaction that keeps the answer.

    What no reader can look at any more is left.
    """
    job = jobs.get(session, given.job_id)
    if job is None or job.purged_at is not None:
        return
    if given.answer == Answer.WRONG and given.media_id is not None and given.task_id is None:
        given.task_id = ask(session, given.media_id, Reason.USER_FEEDBACK, now, job_id=given.job_id)


def of_link(session: Session, job: Job, actor: str | None, now: datetime) -> None:
    """Ask for a second reading of a positive that one reader has decided, in the transaction of its link.

    From then on somebody outside can see the result; the label stays until the second reader has answered.
    """
    medium = None if job.media_id is None else labels.medium(session, job.media_id)
    if medium is None or medium.label_grade != Grade.SINGLE or not _asks(session, medium.workspace_id):
        return
    result = results.get(session, job.id)
    flagged = result is not None and result.verdict == Verdict.MANIPULATED
    if not flagged and medium.label not in POSITIVE:
        return
    task_id = review_tasks.reopen_read_once(session, medium.id, job.id)
    if task_id is not None:
        details = {"media_id": medium.id, "why": "shared"}
        audit.record(session, "review.second_asked", now, actor=actor, subject=task_id, details=details)


def _asks(session: Session, workspace_id: str) -> bool:
    workspace = workspaces.get(session, workspace_id)
    return workspace is not None and workspace.asks_for_reviews
