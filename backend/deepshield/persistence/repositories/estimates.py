"""What analyses estimated, with as much of their evidence as another rule's verdict depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from deepshield.domain.calibration import calibrated
from deepshield.persistence.repositories import results
from deepshield.persistence.tables import Job, Result
from deepshield.persistence.workbench import Medium

_AT_ONCE = 100  # results
# Of somebody who may decide about the file, the evidence is strong enough for an estimate.
_CARRIED = (
    '$.tracks[*] ? (@.final_score != null && !exists(@.reasons[*] ? (@.code == "seen_too_little")))',
    "EXISTS (SELECT 1 FROM json_each(results.document, '$.tracks') AS person "
    "WHERE json_extract(person.value, '$.final_score') IS NOT NULL AND NOT EXISTS ("
    "SELECT 1 FROM json_each(person.value, '$.reasons') AS reason "
    "WHERE json_extract(reason.value, '$.code') = 'seen_too_little'))",
)
# Of the person whom the verdict follows it is not.
_WEAK = (
    "$.tracks[*] ? (@.person == $.deciding_person && @.final_score == null)",
    "EXISTS (SELECT 1 FROM json_each(results.document, '$.tracks') AS person "
    "WHERE json_extract(person.value, '$.person') = json_extract(results.document, '$.deciding_person') "
    "AND json_extract(person.value, '$.final_score') IS NULL)",
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A verdict, and what would give another one.

    ``probability`` is None where no face was scored, so that no rule changes the verdict. ``weak`` and
    ``carried`` are those of `detector.ruling.ruled`.
    """

    sha256: str
    verdict: str
    probability: float | None
    weak: bool
    carried: bool
    policy_id: str | None
    job_id: str


def evidence(session: Session, job_ids: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield by job what its result has of its persons, in bounded memory.

    That is ``type`` of the file, ``tracks`` and ``steps``; each null where the result has none.
    """
    columns = (
        Result.job_id,
        Result.document["media", "type"].label("type"),
        Result.document["tracks"].label("tracks"),
        Result.document["aggregation_steps"].label("steps"),
    )
    for start in range(0, len(job_ids), _AT_ONCE):
        some = select(*columns).where(Result.job_id.in_(job_ids[start : start + _AT_ONCE]))
        for row in session.execute(some):
            yield row.job_id, {"type": row.type, "tracks": row.tracks, "steps": row.steps}


def of_files(session: Session, media: Mapping[str, str], bundle_sha256: str) -> dict[str, Estimate]:
    """Return that of each file's newest analysis by a model, by hash; ``media`` are by hash.

    Analyses of one marked face are none of the file.
    """
    columns = _columns(session, Job.policy_id)
    rows = results.of_files(session, columns, media, bundle_sha256)
    return {row.sha256: _estimate(row) for row in rows}


def newest_of_workspace(
    session: Session, workspace_id: str, bundle_sha256: str, limit: int, *, hidden: Collection[str] = ()
) -> Sequence[Estimate]:
    """Return those of the files that were seen last, each file's newest analysis where it is by a model.

    Media of ``hidden`` are left out.
    """
    query = (
        _columns(session, Medium.sha256, Medium.policy_id)
        .join(Medium, Medium.job_id == Result.job_id)
        .where(
            Medium.workspace_id == workspace_id,
            Medium.bundle_sha256 == bundle_sha256,
            Medium.deleted_at.is_(None),
            Medium.id.not_in(list(hidden)),
        )
        .order_by(Medium.seen_at.desc(), Medium.id)
        .limit(limit)
    )
    return [_estimate(row) for row in session.execute(query)]


def _columns(session: Session, *columns: Any) -> Select[Any]:
    binary = session.get_bind().dialect.name == "postgresql"

    def holds(ways: tuple[str, str]) -> ColumnElement[bool]:
        if binary:
            return func.jsonb_path_exists(Result.document, cast(ways[0], JSONPATH))
        return literal_column(ways[1])

    return select(
        *columns,
        Result.job_id,
        Result.verdict,
        Result.final_score,
        Result.raw_logit,
        Result.document["model", "calibration"].label("calibration"),
        holds(_WEAK).label("weak"),
        holds(_CARRIED).label("carried"),
    ).select_from(Result)


def _estimate(row: Any) -> Estimate:
    return Estimate(
        sha256=row.sha256,
        verdict=row.verdict,
        probability=row.final_score if row.final_score is not None else _calibrated(row),
        weak=bool(row.weak),
        carried=bool(row.carried),
        policy_id=row.policy_id,
        job_id=row.job_id,
    )


def _calibrated(row: Any) -> float | None:
    """Return the estimate that was withheld, by the result's own scale."""
    if row.raw_logit is None or row.calibration is None:
        return None
    return calibrated(row.raw_logit, row.calibration)
