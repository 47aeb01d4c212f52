"""Reviews: the queue, claimed tasks and their answers, disputes, agreement; for people, not for keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import AwareDatetime

from deepshield.api.auth import PersonIn
from deepshield.api.deps import ResourcesOf, refuse_cross_site
from deepshield.api.documented import ANY_ROUTE, SIGNED_IN, failures
from deepshield.api.file_answers import FILE_ANSWERS, WantedPart, file_answer
from deepshield.api.schemas.reviews import (
    AgreementReport,
    AskRequest,
    ClaimedTask,
    EstimateReport,
    HandRequest,
    LeaseKept,
    LeaseRequest,
    MyReviews,
    NextRequest,
    NextTask,
    ReviewGiven,
    Task,
    TaskAnswerRequest,
    TaskGivenBack,
    TaskList,
    TaskTold,
)
from deepshield.domain.failures import Code
from deepshield.domain.reviews import Reason, TaskState
from deepshield.jobs.access import note_access
from deepshield.reviews import answering, estimating, listing, queue

_READING = (
    *ANY_ROUTE,
    Code.UNAUTHORIZED,
    Code.KEY_NOT_ACCEPTED,
    Code.ROLE_MISSING,
    Code.NOT_FOUND,
    Code.VALIDATION_ERROR,
)
_CHANGED = failures(*SIGNED_IN, Code.ROLE_MISSING, Code.TASK_LOST)
_DECIDED = failures(*SIGNED_IN, Code.ROLE_MISSING, Code.CONFLICT)

router = APIRouter(
    prefix="/review",
    tags=["review"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_READING),
)

_Id = Path(max_length=36, pattern="^[0-9a-f-]*$")
TaskId = Annotated[str, _Id]
ReviewId = Annotated[str, _Id]
Cursor = Annotated[
    str | None, Query(max_length=36, pattern="^[0-9a-f-]*$", description="`next` of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/tasks", summary="The queue of reviews")
def get_review_tasks(
    person: PersonIn,
    resources: ResourcesOf,
    state: Annotated[list[TaskState], Query(description="Without one, tasks in every state.")] = [],  # noqa: B006
    reason: Reason | None = None,
    who: Annotated[
        str | None,
        Query(
            max_length=36,
            pattern="^[0-9a-f-]*$",
            description="An account that reads, is to read or has read it.",
        ),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TaskList:
    """Return tasks of the workspace in the order in which they are taken; for leads."""
    page = listing.list_tasks(
        resources, person, states=state, reason=reason, who=who, cursor=cursor, limit=limit
    )
    return TaskList.of(page)


@router.post(
    "/tasks",
    summary="Ask for a review",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.CONFLICT, Code.EXPIRED),
)
def ask_for_review(wanted: AskRequest, person: PersonIn, resources: ResourcesOf) -> Task:
    """Put a file up for review, for anybody or one colleague, with a note that is shown after the answer.

    Where somebody has asked already and readers have not done, that task is the answer.
    """
    made = listing.ask_by_hand(
        resources,
        person,
        wanted.media_id,
        colleague=wanted.colleague,
        note=wanted.note,
        readers=wanted.readers,
    )
    return Task.of(made.task, made.medium, made.people)


@router.post("/tasks/next", summary="Take the next review", responses=_CHANGED)
def take_next_review(wanted: NextRequest, person: PersonIn, resources: ResourcesOf) -> NextTask:
    """Claim the task that comes first for 15 minutes, or return the one that the reader has.

    Of a blind one it has the file and who is seen in it, and nothing of what the machine or colleagues said:
    no reason, no verdict, no job. A reader gets no file that they have sent while somebody else may read it.
    """
    found = queue.take_next(resources, person, wanted.reason, wanted.without)
    task = None if found.work is None else ClaimedTask.of(found.work)
    return NextTask(task=task, waiting=found.waiting)


@router.get(
    "/tasks/{task_id}",
    summary="A review that has been answered",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.CONFLICT, Code.READING_BLIND),
)
def get_review_task(task_id: TaskId, person: PersonIn, resources: ResourcesOf) -> TaskTold:
    """Return all that is known of a task, for who has answered it, and for leads once all readers have."""
    return TaskTold.of(answering.find_told(resources, person, task_id))


@router.post("/tasks/{task_id}/keep", summary="Keep a review", responses=_CHANGED)
def keep_review(task_id: TaskId, claim: LeaseRequest, person: PersonIn, resources: ResourcesOf) -> LeaseKept:
    """Let a claim last for 15 minutes from now."""
    return LeaseKept(lease_expires_at=queue.keep(resources, person, task_id, claim.lease))


@router.post("/tasks/{task_id}/release", summary="Give a review back", responses=_CHANGED)
def release_review(
    task_id: TaskId, claim: LeaseRequest, person: PersonIn, resources: ResourcesOf
) -> TaskGivenBack:
    """End a claim without an answer; the task waits for somebody else, or for the same reader later."""
    queue.release(resources, person, task_id, claim.lease)
    return TaskGivenBack(id=task_id)


@router.post(
    "/tasks/{task_id}/hand",
    summary="Hand a review to a colleague",
    responses=failures(*SIGNED_IN, Code.ROLE_MISSING, Code.TASK_LOST, Code.CONFLICT),
)
def hand_review(
    task_id: TaskId, wanted: HandRequest, person: PersonIn, resources: ResourcesOf
) -> TaskGivenBack:
    """Let a colleague be the one who reads it: by its reader, or by a lead while nobody has claimed it."""
    queue.hand(resources, person, task_id, wanted.to, wanted.lease, wanted.note)
    return TaskGivenBack(id=task_id)


@router.post("/tasks/{task_id}/answer", summary="Answer a review", responses=_CHANGED)
def answer_review(
    task_id: TaskId, given: TaskAnswerRequest, person: PersonIn, resources: ResourcesOf
) -> TaskTold:
    """Record the answer, and return what the machine and colleagues said and what comes of it.

    Sent again with the same lease it is recorded once. 409 when the claim has ended.
    """
    return TaskTold.of(answering.answer(resources, person, task_id, given.lease, given.given()))


@router.post("/tasks/{task_id}/adjudicate", summary="Decide a dispute", responses=_DECIDED)
def adjudicate_review(
    task_id: TaskId, given: ReviewGiven, person: PersonIn, resources: ResourcesOf
) -> TaskTold:
    """Decide where readers differ, or where no second one comes; for leads who are none of the readers."""
    return TaskTold.of(answering.adjudicate(resources, person, task_id, given.given()))


@router.get(
    "/tasks/{task_id}/preview",
    summary="What can be shown of a review's file",
    response_class=StreamingResponse,
    responses={**FILE_ANSWERS, **failures(*SIGNED_IN, Code.ROLE_MISSING, Code.TASK_LOST)},
)
def get_review_preview(
    task_id: TaskId, person: PersonIn, resources: ResourcesOf, wanted: WantedPart
) -> Response:
    """Return the preview, with nothing drawn on it, for the task's reader and who has done with it."""
    preview = queue.find_file(resources, person, task_id, original=False)
    answer = file_answer(resources.store, preview, wanted)
    note_access(resources, preview.job_id, "artifact.read", person)
    return answer


@router.get(
    "/tasks/{task_id}/file",
    summary="A review's file",
    response_class=StreamingResponse,
    responses={**FILE_ANSWERS, **failures(*SIGNED_IN, Code.ROLE_MISSING, Code.TASK_LOST)},
)
def get_review_file(
    task_id: TaskId, person: PersonIn, resources: ResourcesOf, wanted: WantedPart
) -> Response:
    """Return the file itself while it is kept, for the task's reader and who has done with it."""
    file = queue.find_file(resources, person, task_id, original=True)
    answer = file_answer(resources.store, file, wanted)
    note_access(resources, file.job_id, "file.read", person)
    return answer


@router.post("/reviews/{review_id}/corrections", summary="Correct a review", responses=_DECIDED)
def correct_review(
    review_id: ReviewId, given: ReviewGiven, person: PersonIn, resources: ResourcesOf
) -> TaskTold:
    """Add a review in place of one's own, which stays readable; what it decided is decided anew."""
    return TaskTold.of(answering.correct(resources, person, review_id, given.given()))


@router.get("/mine", summary="My reviews")
def get_my_reviews(
    person: PersonIn,
    resources: ResourcesOf,
    media_id: Annotated[
        str | None, Query(max_length=36, pattern="^[0-9a-f-]*$", description="Only those of this file.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MyReviews:
    """Return what the reader has answered, has claimed, and could claim."""
    return MyReviews.of(listing.list_mine(resources, person, media_id=media_id, cursor=cursor, limit=limit))


@router.get("/agreement", summary="How far readers agree")
def get_agreement(
    person: PersonIn,
    resources: ResourcesOf,
    since: Annotated[AwareDatetime | None, Query(description="Without it, of the last year.")] = None,
) -> AgreementReport:
    """Return raw agreement and Cohen's kappa with intervals, by month, question and reader; for leads."""
    return AgreementReport.of(listing.agreements(resources, person, since))


@router.get("/estimates", summary="Error rates on the workspace's own files")
def get_estimates(
    person: PersonIn,
    resources: ResourcesOf,
    since: Annotated[
        AwareDatetime | None, Query(description="Files first analysed since then; without it 90 days.")
    ] = None,
) -> EstimateReport:
    """Return false-alarm and miss rates with intervals, by drawn files; for leads and researchers.

    Null with what is missing while too few of the drawn files are read.
    """
    return EstimateReport.of(estimating.find_estimates(resources, person, since))
