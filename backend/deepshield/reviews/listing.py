"""Tasks and reviews as lists, and how far readers agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from deepshield.domain.agreement import Agreement, agreement
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.labels import POSITIVE, Value
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import Reason, TaskState
from deepshield.domain.roles import May
from deepshield.persistence.repositories import jobs, labels, media, review_tasks, reviews, users
from deepshield.persistence.workbench import Medium, Review, ReviewTask
from deepshield.resources import Resources
from deepshield.reviews import asking
from deepshield.reviews.seen import may_correct
from deepshield.workspaces.blindness import read_blind, refuse_blind

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks in the order of the queue, and how many there are of each state."""

    tasks: Sequence[ReviewTask]
    media: Mapping[str, Medium]
    people: Mapping[str, str]  # addresses by account
    numbers: Mapping[TaskState, int]
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A task that somebody has asked for by hand."""

    task: ReviewTask
    medium: Medium
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mine:
    """A reader's reviews, the newest first, what the reader has claimed, and how much waits."""

    reviews: Sequence[tuple[Review, ReviewTask | None]]
    media: Mapping[str, Medium]
    people: Mapping[str, str]
    held: str | None
    waiting: int
    reasons: Mapping[Reason, int] | None
    """Of those that wait; None for who is no lead, since a reader who knew them would be less blind."""
    next: str | None
    correctable: frozenset[str]
    """The reviews that the reader may correct."""
    hidden: frozenset[str]
    """Media that the reader reads blind now: of their earlier tasks nothing is told."""


class Question(StrEnum):
    """What two readers may agree on."""

    ANSWER = "answer"
    """Which of the four answers."""
    POSITIVE = "positive"
    """Whether manipulated or generated, of files on which both gave an answer."""
    KIND = "kind"
    """Of files that both hold to be manipulated or generated, the kind that comes first."""
    PERSONS = "persons"
    """Of persons for whom both gave an answer, which."""


@dataclass(frozen=True, slots=True)
class Agreements:
    """Agreement by question: in all, by month ("2026-11", UTC), and of each reader with the others."""

    since: datetime
    """Of the second readings that are counted."""
    overall: Mapping[Question, Agreement]
    months: Mapping[str, Mapping[Question, Agreement]]
    readers: Mapping[str, Mapping[Question, Agreement]]
    people: Mapping[str, str]


def list_tasks(
    resources: Resources,
    owner: Owner,
    *,
    states: Collection[TaskState] = (),
    reason: Reason | None = None,
    who: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> TaskPage:
    """Return tasks of the workspace, for leads; raises `DeepShieldError` ROLE_MISSING.

    Without those about a file that the lead reads blind: why it is in the queue would tell of it.
    """
    owner.need(May.ADJUDICATE)
    with resources.database.read() as session:
        found = review_tasks.page(
            session,
            owner.workspace_id,
            states=states,
            reason=reason,
            who=who,
            hidden=read_blind(session, owner),
            cursor=cursor,
            limit=limit + 1,
        )
        shown = found[:limit]
        people = users.emails(
            session, {one for task in shown for one in (task.claimed_by, task.meant_for, task.asked_by)}
        )
        return TaskPage(
            shown,
            labels.media(session, {task.media_id for task in shown}),
            people,
            review_tasks.numbers(session, owner.workspace_id),
            shown[-1].id if len(found) > limit else None,
        )


def ask_by_hand(
    resources: Resources,
    owner: Owner,
    media_id: str,
    *,
    colleague: str | None = None,
    note: str | None = None,
    readers: int = 1,
) -> Asked:
    """Put a file up for review because somebody asks; the task that waits for that already, if there is one.

    ``note`` is shown after the answer. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT when the
    colleague takes no reviews or has read it, EXPIRED when the file's analyses are gone, READING_BLIND for
    who reads it blind.
    """
    owner.need(May.COMMENT)
    now = resources.clock()
    with resources.database.write() as session:
        medium = media.lock(session, owner.workspace_id, media_id)  # it is not forgotten meanwhile
        if medium is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such file in this workspace.")
        refuse_blind(session, owner, medium.id)  # the task that waits already has notes of who read it
        job = None if medium.job_id is None else jobs.get(session, medium.job_id)
        if job is None or job.purged_at is not None or medium.deleted_at is not None:
            raise DeepShieldError(Code.EXPIRED, "The file is gone, or has not been analysed. Send it again.")
        if colleague is not None and colleague not in review_tasks.readers(session, owner.workspace_id):
            message = "This colleague takes no reviews here. Choose a member who is reviewer or lead."
            raise DeepShieldError(Code.CONFLICT, message)
        if colleague is not None and reviews.has_read(session, colleague, medium.id, medium.job_id):
            raise DeepShieldError(Code.CONFLICT, "This colleague has read it already. Choose another.")
        task_id = asking.ask(
            session,
            media_id,
            Reason.ASKED,
            now,
            asked_by=owner.id,
            meant_for=colleague,
            note=note,
            needed=readers,
        )
        task = review_tasks.find(session, owner.workspace_id, task_id or "")
        assert task is not None, "it was asked for in this transaction"
        return Asked(task, medium, users.emails(session, [task.asked_by, task.meant_for, task.claimed_by]))


def list_mine(
    resources: Resources,
    owner: Owner,
    *,
    media_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Mine:
    """Return a reader's own reviews, of one file where ``media_id`` names one.

    Raises `DeepShieldError` ROLE_MISSING.
    """
    owner.need(May.REVIEW)
    space, now = owner.workspace_id, resources.clock()
    with resources.database.read() as session:
        found = reviews.by_reader(session, space, owner.id, cursor, limit + 1, media_id)
        shown = found[:limit]
        hidden = read_blind(session, owner)
        held = review_tasks.held_by(session, space, owner.id)
        if held is not None and (held.lease_expires_at is None or held.lease_expires_at <= now):
            held = None
        alone = list(review_tasks.readers(session, space)) == [owner.id]
        return Mine(
            shown,
            labels.media(session, {review.media_id for review, _ in shown}),
            users.emails(session, [owner.id]),
            None if held is None else held.id,
            review_tasks.waiting_for(session, space, owner.id, may_read_own=alone),
            review_tasks.waiting_by_reason(session, space, owner.id, may_read_own=alone, hidden=hidden)
            if owner.may(May.ADJUDICATE)
            else None,
            shown[-1][0].id if len(found) > limit else None,
            may_correct(session, owner, [review for review, _ in shown if review.media_id not in hidden]),
            hidden,
        )


def agreements(resources: Resources, owner: Owner, since: datetime | None = None) -> Agreements:
    """Return how far first and second readers agree, for leads, in the last year unless ``since`` is given.

    Raises `DeepShieldError` ROLE_MISSING.
    """
    owner.need(May.ADJUDICATE)
    since = since or resources.clock() - _YEAR
    with resources.database.read() as session:
        pairs = reviews.pairs(session, owner.workspace_id, since)
        people = users.emails(session, {one.reader for pair in pairs for one in pair})
    months: defaultdict[str, list[tuple[Review, Review]]] = defaultdict(list)
    readers: defaultdict[str, list[tuple[Review, Review]]] = defaultdict(list)
    for first, second in pairs:
        months[f"{second.submitted_at:%Y-%m}"].append((first, second))
        readers[first.reader].append((first, second))
        readers[second.reader].append((second, first))
    return Agreements(
        since,
        _by_question(pairs),
        {month: _by_question(of) for month, of in sorted(months.items())},
        {reader: _by_question(of) for reader, of in sorted(readers.items())},
        people,
    )


def _by_question(pairs: Sequence[tuple[Review, Review]]) -> dict[Question, Agreement]:
    return {question: agreement(_answers(question, pairs)) for question in Question}


def _answers(question: Question, pairs: Sequence[tuple[Review, Review]]) -> list[tuple[Hashable, Hashable]]:
    given = [(first, second, Value(first.answer), Value(second.answer)) for first, second in pairs]
    if question is Question.ANSWER:
        return [(one, other) for _, _, one, other in given]
    if question is Question.POSITIVE:
        known = [(one, other) for _, _, one, other in given if Value.UNKNOWN not in (one, other)]
        return [(one in POSITIVE, other in POSITIVE) for one, other in known]
    if question is Question.KIND:
        both = [(first, second) for first, second, one, other in given if {one, other} <= POSITIVE]
        return [(first.kinds[0], second.kinds[0]) for first, second in both if first.kinds and second.kinds]
    return [
        (answer, second.per_person[letter])
        for first, second, *_ in given
        for letter, answer in first.per_person.items()
        if letter in second.per_person
    ]
