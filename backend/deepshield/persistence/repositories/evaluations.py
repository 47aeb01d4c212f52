"""Evaluations of the served model on versions of data sets; claimed by compare-and-set under a lease."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, defer

from deepshield.domain.evaluations import EvaluationState, recheck_reason
from deepshield.domain.policies import Yardstick
from deepshield.persistence.measurement import Dataset, DatasetVersion, Evaluation, Policy
from deepshield.persistence.repositories import results
from deepshield.persistence.repositories.paging import beyond, named_by_cursor
from deepshield.persistence.tables import Job, Result
from deepshield.persistence.workbench import Recheck

_HEAVY = (Evaluation.report, Evaluation.outcomes)

Row = tuple[Evaluation, Dataset, DatasetVersion, Policy | None]
"""An evaluation with what it is of, and the policy that its files were judged by."""


def add(session: Session, evaluation: Evaluation) -> None:
    """Insert an evaluation."""
    session.add(evaluation)
    session.flush()


def find(session: Session, workspace_id: str, evaluation_id: str) -> Row | None:
    """Return a workspace's evaluation with what it is of."""
    row = session.execute(
        _joined(workspace_id).where(Evaluation.id == evaluation_id).execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1], row[2], row[3])


def page(
    session: Session, workspace_id: str, dataset_id: str | None, cursor: str | None, limit: int
) -> Sequence[Row]:
    """Return a workspace's evaluations without their reports, the newest first, from beyond ``cursor``."""
    query = _joined(workspace_id).options(*(defer(column) for column in _HEAVY))
    if dataset_id is not None:
        query = query.where(Dataset.id == dataset_id)
    if cursor is not None:
        last = select(Evaluation.created_at).where(
            Evaluation.id == cursor, Evaluation.workspace_id == workspace_id
        )
        at = named_by_cursor(session.scalar(last))
        query = query.where(beyond(Evaluation.created_at, Evaluation.id, (at, cursor)))
    query = query.order_by(Evaluation.created_at.desc(), Evaluation.id).limit(limit)
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def ids_of(session: Session, dataset_id: str, number: int | None = None) -> Sequence[str]:
    """Return the ids of a data set's evaluations, or of those on one version."""
    query = select(Evaluation.id).join(DatasetVersion, DatasetVersion.id == Evaluation.version_id)
    query = query.where(DatasetVersion.dataset_id == dataset_id)
    return session.scalars(query if number is None else query.where(DatasetVersion.number == number)).all()


def rename_in_rechecks(session: Session, workspace_id: str, before: str, after: str) -> None:
    """Give a data set its other name in the reasons of its workspace's rechecks that measure on it.

    They are found by the reason, since an evaluation goes with its version, and its recheck stays.
    """
    begun, renamed = recheck_reason(before), recheck_reason(after)
    session.execute(
        update(Recheck)
        .where(Recheck.workspace_id == workspace_id, Recheck.reason.startswith(begun, autoescape=True))
        .values(reason=func.replace(Recheck.reason, begun, renamed))
        .execution_options(synchronize_session=False)
    )


def end_waiting(session: Session, ended: Collection[str], now: datetime) -> int:
    """Let evaluations be measured whose recheck is in one of some states, or is gone; return how many."""
    under_way = exists().where(Recheck.id == Evaluation.recheck_id, Recheck.state.not_in(list(ended)))
    waits = (Evaluation.state == EvaluationState.WAITING, ~under_way)
    if session.scalar(select(Evaluation.id).where(*waits).limit(1)) is None:
        return 0
    changed = update(Evaluation).where(*waits).values(state=EvaluationState.QUEUED.value, updated_at=now)
    changed = changed.execution_options(synchronize_session=False)
    return len(session.scalars(changed.returning(Evaluation.id)).all())


def claim(session: Session, token: str, now: datetime, until: datetime) -> str | None:
    """Claim the oldest evaluation that is to be measured, or whose measurer is lost; return its id."""
    lost = and_(Evaluation.state == EvaluationState.MEASURING, Evaluation.lease_expires_at < now)
    free = or_(Evaluation.state == EvaluationState.QUEUED, lost)
    oldest = select(Evaluation.id).where(free).order_by(Evaluation.created_at, Evaluation.id).limit(1)
    found = session.scalar(oldest.with_for_update(skip_locked=True))
    if found is None:
        return None
    claimed = (
        update(Evaluation)
        .where(Evaluation.id == found, free)
        .values(
            state=EvaluationState.MEASURING.value,
            lease_token=token,
            lease_expires_at=until,
            attempts=Evaluation.attempts + 1,
            updated_at=now,
        )
        .returning(Evaluation.id)
    )
    return session.scalar(claimed.execution_options(synchronize_session=False))


def end(session: Session, evaluation_id: str, token: str, **values: Any) -> bool:
    """Record an outcome; False for who does not hold the lease any more."""
    held = (
        Evaluation.id == evaluation_id,
        Evaluation.lease_token == token,
        Evaluation.state == EvaluationState.MEASURING,
    )
    ended = update(Evaluation).where(*held).values(lease_token=None, lease_expires_at=None, **values)
    return session.scalar(ended.returning(Evaluation.id)) is not None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a measurement needs of a file's newest analysis by a model."""

    job_id: str
    verdict: str
    logit: float | None
    threshold: float
    abstain_band: Sequence[float]
    calibration: Mapping[str, float] | None
    face_detector: str | None
    width: int
    height: int
    frames: int
    frames_with_face: int


def analyses(session: Session, media: Mapping[str, str], yardstick: Yardstick) -> dict[str, Analysis]:
    """Return the newest analysis of each file that meets the yardstick; ``media`` are by hash.

    Analyses of one marked face are none of the file.
    """
    document = Result.document
    columns = select(
        Job.policy_id,
        Result.verdict,
        Result.raw_logit,
        document["decision_threshold"].label("threshold"),
        document["abstain_band"].label("band"),
        document["model", "calibration"].label("calibration"),
        document["model", "face_detector"].label("face_detector"),
        document["media", "width"].label("width"),
        document["media", "height"].label("height"),
        document["frames_sampled"].label("frames"),
        document["frames_with_face"].label("with_face"),
    ).select_from(Result)
    return {
        row.sha256: Analysis(
            job_id=row.id,
            verdict=row.verdict,
            logit=row.raw_logit,
            threshold=row.threshold,
            abstain_band=row.band,
            calibration=row.calibration,
            face_detector=row.face_detector,
            width=row.width,
            height=row.height,
            frames=row.frames,
            frames_with_face=row.with_face,
        )
        for row in results.of_files(session, columns, media, yardstick.bundle_sha256)
        if yardstick.is_met(yardstick.bundle_sha256, row.threshold, row.policy_id)
    }


def _joined(workspace_id: str) -> Any:
    return (
        select(Evaluation, Dataset, DatasetVersion, Policy)
        .join(DatasetVersion, DatasetVersion.id == Evaluation.version_id)
        .join(Dataset, Dataset.id == DatasetVersion.dataset_id)
        .outerjoin(Policy, Policy.id == Evaluation.policy_id)
        .where(Evaluation.workspace_id == workspace_id)
    )
