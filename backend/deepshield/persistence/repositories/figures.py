"""Counts over all jobs, for metrics of all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from deepshield.persistence.repositories import jobs
from deepshield.persistence.tables import Attempt, Job, Result, ResumableUpload

SCORE_EDGES = tuple(step / 10 for step in range(1, 11))


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts."""

    jobs: dict[tuple[str, str, str], int]  # media type, state, reason (an error's code or "")
    waiting: dict[str, tuple[int, datetime]]  # queue: how many, the first due since when
    attempts: dict[str, int]  # by outcome; "open" for those under way
    verdicts: dict[str, int]
    scores: list[int]  # how many results score at most each of `SCORE_EDGES`
    score_sum: float
    unfinished_uploads: int  # files that have arrived in part
    unfinished_bytes: int  # that have arrived of them


def count(session: Session) -> Figures:
    """Return the present counts."""
    outcome = func.coalesce(Attempt.outcome, "open")
    reason = func.coalesce(Job.error_code, "")
    by_state = select(Job.media_type, Job.state, reason, func.count()).group_by(
        Job.media_type, Job.state, reason
    )
    part_way = select(func.count(), func.coalesce(func.sum(ResumableUpload.offset), 0))
    unfinished, arrived = session.execute(part_way.where(ResumableUpload.job_id.is_(None))).one()
    return Figures(
        jobs={(media, state, why): number for media, state, why, number in session.execute(by_state)},
        waiting=jobs.waiting(session),
        attempts=_pairs(session, select(outcome, func.count()).group_by(outcome)),
        verdicts=_pairs(session, select(Result.verdict, func.count()).group_by(Result.verdict)),
        scores=_scores(session),
        score_sum=session.scalar(select(func.sum(Result.final_score))) or 0.0,
        unfinished_uploads=unfinished,
        unfinished_bytes=int(arrived),
    )


def _scores(session: Session) -> list[int]:
    up_to = [func.count().filter(Result.final_score <= edge) for edge in SCORE_EDGES]
    return [int(number) for number in session.execute(select(*up_to)).one()]


def _pairs(session: Session, query: Select[str, int]) -> dict[str, int]:
    # A result has keys(), so that dict() would take it for a mapping.
    return {name: number for name, number in session.execute(query)}  # noqa: C416
