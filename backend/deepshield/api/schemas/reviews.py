"""Reviews: tasks as their readers have them, answers, labels, agreement."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from deepshield.api.schemas.base import JOB_ID, SHA256, Answer, Withheld
from deepshield.api.schemas.custody import FileSource
from deepshield.domain.agreement import Agreement
from deepshield.domain.estimates import Rate
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.labels import Grade, Kind, Value
from deepshield.domain.reviews import Basis, Given, Reason, TaskState
from deepshield.persistence.workbench import Label, Medium, Review, ReviewTask
from deepshield.result import Box, Interval
from deepshield.reviews.estimating import Estimates
from deepshield.reviews.listing import Agreements, Mine, Question, TaskPage
from deepshield.reviews.seen import Machine, SeenFile, Told, Work

TASK_ID = "5b1e9c2a-7f43-4f0e-9a57-2b8f6c1d3e11"
_MEDIA_ID = "c2b6f0de-3a15-4be0-9a0c-1f3c7e5a9d11"
_REVIEW_ID = "f4a0d7c6-52d3-4f5f-8a79-6e1b9c0d2a11"
_USER_ID = "6f1c1a3e-7b1d-4c56-9d0e-0a4d1b8f2f11"
_EMAIL = "ada@example.com"
_NO_NUL = r"^[^\x00]*$"

Id = Annotated[str, Field(max_length=36, pattern="^[0-9a-f-]*$")]
Note = Annotated[str, Field(max_length=4000, pattern=_NO_NUL)]
Lease = Annotated[
    str, Field(max_length=36, pattern="^[0-9a-f-]*$", description="What claiming answered with.")
]
Letter = Annotated[str, Field(max_length=8, pattern="^[A-Za-z0-9]+$")]


class Span(Answer):
    """A part of a film that the answer is about."""

    start: float = Field(
        ge=0, allow_inf_nan=False, description="Seconds from the first frame.", examples=[3.2]
    )
    end: float = Field(ge=0, allow_inf_nan=False, description="Seconds from the first frame.", examples=[4.7])
    note: Annotated[str, Field(max_length=500, pattern=_NO_NUL)] | None = None


class Region(Answer):
    """A part of a picture that the answer is about: the target of a W3C web annotation."""

    selector: str = Field(
        max_length=200,
        pattern=r"^(t=[0-9]+(\.[0-9]+)?&)?xywh=percent:[0-9]+(\.[0-9]+)?(,[0-9]+(\.[0-9]+)?){3}$",
        description="A media fragment: `xywh=percent:x,y,w,h` of the displayed picture; in a film with the "
        "time in seconds before it.",
        examples=["t=3.2&xywh=percent:40,12.5,20,30"],
    )
    note: Annotated[str, Field(max_length=500, pattern=_NO_NUL)] | None = None


LARGEST_BYTES = 60_000
"""Of an answer as JSON in ASCII, the longest of its usual forms: the proxy takes bodies of 64 KiB."""


class ReviewGiven(Answer):
    """What a reader answers, and what it stands on; 60,000 bytes at most, as JSON in ASCII."""

    answer: Value = Field(description="`unknown` says that the reader cannot tell.")
    kinds: list[Kind] = Field(default=[], max_length=len(Kind), description="How, the most important first.")
    per_person: dict[Letter, Value] = Field(
        default={}, max_length=100, description="By the person's letter, where persons differ."
    )
    spans: list[Span] = Field(default=[], max_length=100)
    regions: list[Region] = Field(default=[], max_length=100)
    basis: list[Basis] = Field(default=[], max_length=len(Basis))
    links: list[Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\x00\s]+$")]] = Field(
        default=[], max_length=20, description="Addresses of originals."
    )
    note: Note | None = None

    @field_validator("kinds", "basis")
    @classmethod
    def _once(cls, values: list[Any]) -> list[Any]:
        return list(dict.fromkeys(values))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what the proxy would; the largest field is the one to be shortened."""
        given = self.model_dump(mode="json")
        sizes = {name: len(json.dumps(value)) for name, value in given.items()}
        if len(json.dumps(given)) > LARGEST_BYTES:
            name = max(sizes, key=lambda one: sizes[one])
            error = PydanticCustomError(
                "answer_too_large",
                "This answer is larger than {most} bytes, {size} of them here. Shorten this field.",
                {"most": LARGEST_BYTES, "size": sizes[name]},
            )
            raise ValidationError.from_exception_data(
                type(self).__name__, [InitErrorDetails(type=error, loc=(name,), input=None)]
            )
        return self

    def given(self) -> Given:
        """Return it as the rules take it."""
        return Given(
            self.answer,
            tuple(self.kinds),
            dict(self.per_person),
            tuple(span.model_dump() for span in self.spans),
            tuple(region.model_dump() for region in self.regions),
            tuple(self.basis),
            tuple(self.links),
            self.note,
        )


class TaskAnswerRequest(ReviewGiven):
    """The answer to a claimed task."""

    lease: Lease


class LeaseRequest(Answer):
    """Which claim it is about."""

    lease: Lease


class NextRequest(Answer):
    """Which task is wanted; without anything the one that comes first."""

    reason: Reason | None = Field(default=None, description="For leads alone.")
    without: list[Id] = Field(default=[], max_length=200, description="Tasks that were skipped.")


class HandRequest(Answer):
    """To whom a task goes."""

    to: Id = Field(description="The colleague's account.", examples=[_USER_ID])
    lease: Lease | None = Field(default=None, description="Of its reader; leads hand on what nobody reads.")
    note: Note | None = Field(default=None, description="Shown after the answer.")


class AskRequest(Answer):
    """A review that somebody asks for."""

    media_id: Id = Field(examples=[_MEDIA_ID])
    colleague: Id | None = Field(default=None, description="Who is to read it; null for anybody.")
    note: Note | None = Field(default=None, description="Shown after the answer.")
    readers: Literal[1, 2] = 1


class ReviewFile(Answer):
    """A file as it was received and decoded."""

    kind: MediaKind
    name: str = Field(examples=["clip.mp4"])
    sha256: str = Field(examples=[SHA256])
    content_type: str | None
    size_bytes: int
    width: int | None = Field(description="Pixels, in display orientation.")
    height: int | None
    duration_ms: float | None = Field(description="0 for an image.")
    frame_count: int | None
    source: FileSource | None = Field(description="Where it came from.")
    preview_url: str | None = Field(description="What browsers can show of it, with nothing drawn on it.")
    preview_sound: bool
    original_url: str | None = Field(description="The file itself, while it is kept.")

    @classmethod
    def of(cls, task_id: str, file: SeenFile) -> ReviewFile:
        """Return a task's file with the addresses by which its reader plays it."""
        at = f"/api/review/tasks/{task_id}"
        return cls(
            kind=file.kind,
            name=file.name,
            sha256=file.sha256,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            width=file.width,
            height=file.height,
            duration_ms=file.duration_ms,
            frame_count=file.frame_count,
            source=None if file.source is None else FileSource.model_validate(file.source),
            preview_url=None if file.preview is None else f"{at}/preview",
            preview_sound=file.preview_sound,
            original_url=f"{at}/file" if file.original else None,
        )


class FaceAt(Answer):
    """A person's face in one frame that was looked at."""

    timestamp_ms: float
    frame_index: int
    bbox: Box = Field(description="x0, y0, x1, y1 in pixels of the displayed frame.")


class PersonSeen(Answer):
    """Somebody in the file, lettered in the order in which they are seen, from the left."""

    person: str = Field(examples=["A"])
    faces: list[FaceAt]


class MachineSaid(Answer):
    """What the analysis said that a task is about."""

    job_id: str = Field(examples=[JOB_ID])
    verdict: Verdict
    final_score: float | None
    interval: Interval | None
    threshold: float
    reasons: list[str]
    persons: dict[str, Verdict | None] = Field(description="By letter.")
    bundle: str | None
    version: str | None


class ReviewSeen(Answer):
    """A review as it was handed in."""

    id: str = Field(examples=[_REVIEW_ID])
    task_id: str | None
    reader: str | None = Field(description="The address; null once the account is gone.", examples=[_EMAIL])
    reader_id: str = Field(examples=[_USER_ID])
    round: int = Field(description="1 first, 2 second, 3 a lead's.")
    blind: bool = Field(description="Whether the reader knew neither the machine's verdict nor colleagues'.")
    answer: Value
    kinds: list[Kind]
    per_person: dict[str, Value]
    spans: list[Span]
    regions: list[Region]
    basis: list[Basis]
    links: list[str]
    note: str | None
    corrects: str | None = Field(description="The review that this one replaces.")
    can_correct: bool = Field(
        description="Whether who asks may correct it now: it is their own, and no other has replaced it. "
        "What a lead has decided stays decided."
    )
    started_at: AwareDatetime
    submitted_at: AwareDatetime

    @classmethod
    def of(cls, row: Review, people: Mapping[str, str], correctable: Collection[str]) -> ReviewSeen:
        """Return a stored review with its reader's address, for who may correct some."""
        names = set(cls.model_fields) - {"reader", "reader_id", "can_correct"}
        shown = {name: getattr(row, name) for name in names}
        return cls(
            **shown,
            reader=people.get(row.reader),
            reader_id=row.reader,
            can_correct=row.id in correctable,
        )


class LabelSeen(Answer):
    """What a file is held to be."""

    revision: int
    value: Value
    kind: Kind | None
    grade: Grade
    reviews: list[str] = Field(description="The reviews that it stands on.")
    decided_by: str | None = Field(description="An account's id.")
    at: AwareDatetime

    @classmethod
    def of(cls, row: Label | None) -> LabelSeen | None:
        """Return a stored label."""
        return None if row is None else cls.model_validate(row)


class Task(Answer):
    """A task of review."""

    id: str = Field(examples=[TASK_ID])
    media_id: str = Field(examples=[_MEDIA_ID])
    job_id: str | None = Field(description="The analysis that it is about.")
    name: str = Field(description="Of the file.", examples=["clip.mp4"])
    kind: MediaKind
    reason: Reason
    sampled_with: float | None = Field(description="The probability of being drawn; null where nothing was.")
    state: TaskState
    needed: int = Field(description="How many readers it needs.")
    answered: int
    claimed_by: str | None = Field(examples=[_EMAIL])
    lease_expires_at: AwareDatetime | None
    meant_for: str | None
    asked_by: str | None
    note: str | None
    created_at: AwareDatetime
    closed_at: AwareDatetime | None

    @classmethod
    def of(cls, row: ReviewTask, medium: Medium | None, people: Mapping[str, str]) -> Task:
        """Return a stored task with the name of its file and addresses of accounts."""
        names = set(cls.model_fields) - {"name", "kind", "claimed_by", "meant_for", "asked_by"}
        shown = {name: getattr(row, name) for name in names}
        return cls(
            **shown,
            name="" if medium is None else medium.name,
            kind=MediaKind(medium.kind) if medium is not None else MediaKind.IMAGE,
            claimed_by=people.get(row.claimed_by or ""),
            meant_for=people.get(row.meant_for or ""),
            asked_by=people.get(row.asked_by or ""),
        )


class TaskTold(Answer):
    """All that is known of a task: why it is one, what machine and readers said, and what came of it."""

    task: Task
    machine: MachineSaid | None = Field(description="Null when the analysis is gone.")
    reviews: list[ReviewSeen] = Field(description="In the order in which they came, with corrected ones.")
    label: LabelSeen | None = Field(description="The file's present one.")

    @classmethod
    def of(cls, told: Told) -> TaskTold:
        """Return all that is known of a task."""
        return cls(
            task=Task.of(told.task, told.medium, told.people),
            machine=_machine(told.machine),
            reviews=[ReviewSeen.of(one, told.people, told.correctable) for one in told.reviews],
            label=LabelSeen.of(told.label),
        )


class ClaimedTask(Answer):
    """A task as its reader has it: of a blind one the file alone, so that no client can show more."""

    id: str = Field(examples=[TASK_ID])
    lease: str = Field(description="Goes with the answer, whose id it will be.")
    lease_expires_at: AwareDatetime
    blind: bool
    file: ReviewFile
    persons: list[PersonSeen]
    told: TaskTold | None = Field(
        default=None, description="Only where the workspace's reviews are not blind."
    )

    @classmethod
    def of(cls, work: Work) -> ClaimedTask:
        """Return a claimed task."""
        return cls(
            id=work.task_id,
            lease=work.lease,
            lease_expires_at=work.lease_expires_at,
            blind=work.blind,
            file=ReviewFile.of(work.task_id, work.file),
            persons=[PersonSeen.model_validate(one) for one in work.persons],
            told=None if work.told is None else TaskTold.of(work.told),
        )


class NextTask(Answer):
    """The reader's task; null when nothing waits for this reader."""

    task: ClaimedTask | None
    waiting: int = Field(description="Others that the reader could claim, 1,000 at most.")


class LeaseKept(Answer):
    """The claim lasts."""

    lease_expires_at: AwareDatetime


class TaskGivenBack(Answer):
    """The task waits again."""

    id: str = Field(examples=[TASK_ID])
    status: Literal["waiting"] = "waiting"


class TaskList(Answer):
    """Tasks in the order of the queue, and how many there are of each state."""

    tasks: list[Task]
    counts: dict[TaskState, int] = Field(description="Of each state 10,000 at most.")
    next: str | None = Field(description="The `cursor` of the page that follows.")

    @classmethod
    def of(cls, page: TaskPage) -> TaskList:
        """Return a page of tasks."""
        return cls(
            tasks=[Task.of(one, page.media.get(one.media_id), page.people) for one in page.tasks],
            counts={state: page.numbers.get(state, 0) for state in TaskState},
            next=page.next,
        )


class MyReview(Answer):
    """One of the reader's reviews, with what has become of the task."""

    review: ReviewSeen
    name: str = Field(description="Of the file.")
    reason: Reason | None
    state: TaskState | None
    withheld: Withheld = False


class MyReviews(Answer):
    """The reader's own reviews, the newest first."""

    reviews: list[MyReview]
    claimed: str | None = Field(description="The task that the reader has, which `next` answers with.")
    waiting: int = Field(description="Tasks that the reader could claim, 1,000 at most.")
    waiting_by_reason: dict[Reason, int] | None = Field(
        None, description="For leads; others are not to know why files are in the queue."
    )
    next: str | None = Field(description="The `cursor` of the page that follows.")

    @classmethod
    def of(cls, mine: Mine) -> MyReviews:
        """Return a page of a reader's reviews."""
        return cls(
            reviews=[
                MyReview(
                    review=ReviewSeen.of(review, mine.people, mine.correctable),
                    name=mine.media[review.media_id].name if review.media_id in mine.media else "",
                    reason=None if told is None else Reason(told.reason),
                    state=None if told is None else TaskState(told.state),
                    withheld=withheld,
                )
                for review, task in mine.reviews
                for withheld in [review.media_id in mine.hidden]
                for told in [None if withheld else task]
            ],
            claimed=mine.held,
            waiting=mine.waiting,
            waiting_by_reason=mine.reasons,
            next=mine.next,
        )


class AgreementFigures(Answer):
    """How far two readers of the same files agree."""

    pairs: int
    agreed: int
    share: float | None = Field(description="Null without pairs.")
    share_interval: Interval | None = Field(description="95 %, Wilson's.")
    kappa: float | None = Field(description="Cohen's; null also where chance explains all agreement.")
    kappa_interval: Interval | None = Field(
        description="95 %, by the standard error of Fleiss, Cohen and Everitt (1969)."
    )


class MonthAgreement(Answer):
    """Agreement of second readings that came in one month, UTC."""

    month: str = Field(examples=["2026-11"])
    questions: dict[Question, AgreementFigures]


class ReaderAgreement(Answer):
    """Agreement of one reader with the others."""

    reader: str | None = Field(description="The address; null once the account is gone.", examples=[_EMAIL])
    reader_id: str = Field(examples=[_USER_ID])
    questions: dict[Question, AgreementFigures]


class AgreementReport(Answer):
    """How far first and second readers agree, of tasks that were read twice and blind."""

    since: AwareDatetime = Field(description="Second readings from then on are counted.")
    questions: dict[Question, AgreementFigures]
    months: list[MonthAgreement]
    readers: list[ReaderAgreement]

    @classmethod
    def of(cls, found: Agreements) -> AgreementReport:
        """Return the figures."""
        return cls(
            since=found.since,
            questions=_figures(found.overall),
            months=[MonthAgreement(month=one, questions=_figures(of)) for one, of in found.months.items()],
            readers=[
                ReaderAgreement(reader=found.people.get(one), reader_id=one, questions=_figures(of))
                for one, of in found.readers.items()
            ],
        )


class EstimatedShare(Answer):
    """A share of all files of a kind, estimated from those that were drawn and read."""

    value: float = Field(description="The estimate.", examples=[0.012])
    interval: Interval = Field(
        description="The true share lies within it with at least 95 %: chance alone is in it, no assumption."
    )


class StillNeeded(Answer):
    """What is to be done until enough files are read."""

    to_read: int = Field(description="Files that were drawn and wait for a reader.")
    to_analyse: int = Field(
        description="Further files with this verdict, about, of which enough will be drawn and read."
    )


class EstimatedStratum(Answer):
    """The files with one verdict that could be drawn for readers, and what was found in those that were."""

    files: int = Field(description="All of them in the period, each once however often it was handed in.")
    drawn: int = Field(description="Of the files, those drawn at random.")
    read: int = Field(description="Of the drawn ones, those that readers hold to be authentic or not.")
    wrong: int = Field(description="Of the read ones, those whose label contradicts the verdict.")
    undecided: int = Field(description="Of the drawn ones, those of which readers could not tell.")
    waiting: int = Field(description="Of the drawn ones, those that readers have not done with.")
    waiting_since: AwareDatetime | None = Field(description="When the first of those was drawn.")
    gone: int = Field(description="Of the drawn ones, those deleted before anybody had read them.")
    used: int = Field(
        description="Of the read ones, those that the estimate stands on. Files read sooner since there was "
        "a doubt too count no more often than the others were read."
    )
    least: int = Field(description="How many have to be used for an estimate.", examples=[60])
    missing: StillNeeded | None = Field(description="Null once there are enough.")
    wrong_share: EstimatedShare | None = Field(
        description="Share of the files whose verdict is wrong; null while too few are read."
    )


class EstimateReport(Answer):
    """How often the machine errs on the workspace's own files, estimated from those drawn for readers."""

    since: AwareDatetime = Field(
        description="The period begins here; in a personal workspace no earlier than results are kept."
    )
    until: AwareDatetime
    asks_for_reviews: bool = Field(description="Whether files are drawn at present.")
    files: dict[Verdict, int] = Field(
        description="All files first analysed in the period, by the verdict of that analysis. Rechecks, "
        "marked faces, evaluations and deleted files do not count."
    )
    not_drawable: int = Field(
        description="Files with a verdict that could not be drawn, and are not estimated: the workspace did "
        "not ask for reviews then, or they had a label before."
    )
    flagged: EstimatedStratum = Field(description="Verdict `manipulated`; wrong where it is authentic.")
    not_flagged: EstimatedStratum = Field(
        description="Verdict `no_signs`; wrong where it is manipulated or generated."
    )
    false_alarm_rate: EstimatedShare | None = Field(
        description="Share of authentic files that are flagged, of files with either verdict; null while "
        "too few of either are read, and without authentic files."
    )
    miss_rate: EstimatedShare | None = Field(
        description="Share of manipulated and generated files that are not flagged, likewise."
    )

    @classmethod
    def of(cls, found: Estimates) -> EstimateReport:
        """Return the estimates."""
        return cls(
            since=found.since,
            until=found.until,
            asks_for_reviews=found.asks_for_reviews,
            files=dict(found.files),
            not_drawable=found.not_drawable,
            flagged=EstimatedStratum.model_validate(found.flagged),
            not_flagged=EstimatedStratum.model_validate(found.passed),
            false_alarm_rate=_share(found.false_alarm_rate),
            miss_rate=_share(found.miss_rate),
        )


def _share(rate: Rate | None) -> EstimatedShare | None:
    return None if rate is None else EstimatedShare.model_validate(rate)


def _figures(of: Mapping[Question, Agreement]) -> dict[Question, AgreementFigures]:
    return {question: AgreementFigures.model_validate(one) for question, one in of.items()}


def _machine(said: Machine | None) -> MachineSaid | None:
    return None if said is None else MachineSaid.model_validate(said)
