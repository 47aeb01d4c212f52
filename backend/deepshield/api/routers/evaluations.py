"""Evaluations: how well the model in use does on a frozen version of a data set."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from deepshield.api.auth import ReadingMember, WorkingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import MAKING, failures
from deepshield.api.evaluation_answers import comparison_answer, details_answer, evaluation_answer
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.evaluations import (
    Evaluation,
    EvaluationComparison,
    EvaluationDetails,
    EvaluationList,
    EvaluationRequest,
)
from deepshield.datasets import evaluating
from deepshield.domain.failures import Code

router = APIRouter(prefix="/evaluations", tags=["datasets"])

_PATTERN = "^[0-9a-f-]{1,36}$"
EvaluationId = Annotated[str, Path(description="The evaluation's id.", pattern=_PATTERN)]


@router.get("", summary="The workspace's evaluations")
def list_evaluations(
    member: ReadingMember,
    resources: ResourcesOf,
    dataset_id: Annotated[
        str | None, Query(description="Only those of a data set.", pattern=_PATTERN)
    ] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of a page.", pattern=_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EvaluationList:
    """Return evaluations without their reports, the newest first."""
    found = evaluating.list_evaluations(resources, member, dataset_id, cursor, limit)
    return EvaluationList(
        evaluations=[evaluation_answer(one) for one in found],
        next_cursor=found[-1].row.id if len(found) == limit else None,
    )


@router.post(
    "", summary="Measure the model", responses=failures(*MAKING, Code.CONFLICT, Code.MODEL_NOT_AVAILABLE)
)
def post_evaluation(
    wanted: EvaluationRequest, member: WorkingMember, resources: ResourcesOf, once: OncePerKey
) -> Evaluation:
    """Measure the model in use, at the threshold in use, on a version or one split of it.

    Analyses that there are count; `missing` says how many files the model has not analysed. With `recheck`
    the first thousand of them are analysed before, and nobody is charged. A worker computes the report. 409
    when the model has analysed none of the files and is not to.
    """
    return once.make(
        Evaluation,
        [wanted.model_dump(mode="json")],
        lambda within: evaluating.ask(
            resources,
            member,
            wanted.dataset_id,
            wanted.number,
            wanted.split,
            recheck=wanted.recheck,
            within=within,
        ),
        evaluation_answer,
    )


@router.get("/compare", summary="Two evaluations compared", responses=failures(Code.CONFLICT))
def compare_evaluations(
    member: ReadingMember,
    resources: ResourcesOf,
    a: Annotated[str, Query(description="An evaluation's id.", pattern=_PATTERN)],
    b: Annotated[str, Query(description="Another one's.", pattern=_PATTERN)],
) -> EvaluationComparison:
    """Return verdicts that differ, McNemar's exact test, and the difference of both AUCs with its interval.

    Compared are the files that both have; 409 for an evaluation that is not done.
    """
    return comparison_answer(*evaluating.compare(resources, member, a, b))


@router.get("/{evaluation_id}", summary="An evaluation and its report")
def get_evaluation(
    evaluation_id: EvaluationId, member: ReadingMember, resources: ResourcesOf
) -> EvaluationDetails:
    """Return an evaluation, with every figure once it is done."""
    return details_answer(evaluating.find_evaluation(resources, member, evaluation_id))
