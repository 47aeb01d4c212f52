"""What a reader sees of a task: before the answer the file alone, after it also what others say of it.

`Work` has no field that could tell anything of the machine's verdict or of colleagues, unless the workspace
lets its readers know them: then ``told`` is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.custody import Source
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import PREVIEW_NAMES, MediaKind, Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import ADJUDICATION, TaskState
from deepshield.domain.roles import May
from deepshield.persistence.repositories import jobs, labels, results, reviews, sources, users
from deepshield.persistence.tables import Artifact, Job
from deepshield.persistence.workbench import Label, Medium, Review, ReviewTask
from deepshield.result import AnalysisResult
from deepshield.result_reader import read_result

PHOTO = "photo.jpg"
"""The name of a still's clean copy as a file of its job."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """A person's face in one frame that was looked at."""

    timestamp_ms: float
    frame_index: int
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """Somebody in the file; lettered in the order in which they are seen, from the left."""

    person: str
    faces: Sequence[Appearance]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it was received and decoded."""

    kind: MediaKind
    name: str
    sha256: str
    content_type: str | None
    size_bytes: int
    width: int | None
    height: int | None
    duration_ms: float | None
    frame_count: int | None
    source: Source | None
    preview: Artifact | None
    preview_sound: bool
    original: bool
    """Whether the file itself is kept."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the analysis said that a task is about."""

    job_id: str
    verdict: Verdict
    final_score: float | None
    interval: tuple[float, float] | None
    threshold: float
    reasons: Sequence[str]
    persons: Mapping[str, Verdict | None]
    bundle: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader learns after the answer, and leads where readers differ."""

    task: ReviewTask
    medium: Medium
    machine: Machine | None
    """None when the analysis is gone."""
    reviews: Sequence[Review]
    """All of the task, in the order in which they came."""
    label: Label | None
    """The file's present one."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Addresses of accounts by their ids; who is gone is absent."""
    correctable: frozenset[str] = frozenset()
    """The reviews that who is told may correct."""


@dataclass(frozen=True, slots=True)
class Work:
    """A task as its reader has it."""

    task_id: str
    lease: str
    lease_expires_at: datetime
    blind: bool
    file: SeenFile
    persons: Sequence[SeenPerson]
    told: Told | None


def work_of(session: Session, task: ReviewTask, owner: Owner) -> Work | None:
    """Return a claimed task as its reader has it; None when its file has just been forgotten."""
    assert task.lease_token is not None, "a claimed task has a lease"
    assert task.lease_expires_at is not None, "a claimed task has a lease"
    medium = labels.medium(session, task.media_id)
    if medium is None:
        return None
    job, result = _analysis(session, task)
    blind = task.blind is not False
    return Work(
        task.id,
        task.lease_token,
        task.lease_expires_at,
        blind,
        _file(session, medium, job, result),
        _persons(result),
        None if blind else told_of(session, task, owner),
    )


def told_of(session: Session, task: ReviewTask, owner: Owner) -> Told:
    """Return all that is known of a task, for a member who may know it.

    Raises `DeepShieldError` NOT_FOUND when its file has just been forgotten, and the task with it.
    """
    medium = labels.medium(session, task.media_id)
    if medium is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such review in this workspace.")
    job, result = _analysis(session, task)
    read = reviews.of_task(session, task.id)
    newest = next(iter(labels.history(session, medium.id, 1)), None)
    ids = {task.asked_by, task.meant_for, task.claimed_by, *(one.reader for one in read)}
    people = users.emails(session, ids)
    correctable = may_correct(session, owner, read)
    return Told(task, medium, _machine(job, result), read, newest, people, correctable)


def may_correct(session: Session, owner: Owner, found: Sequence[Review]) -> frozenset[str]:
    """Return which of some reviews a member may correct: own ones of tasks that were not corrected yet.

    A lead's decision is corrected by a lead alone.
    """
    own = [one for one in found if one.reader == owner.id and one.task_id is not None]
    own = [one for one in own if owner.may(May.ADJUDICATE if one.round >= ADJUDICATION else May.REVIEW)]
    return frozenset(one.id for one in own) - reviews.replaced(session, [one.id for one in own])


def may_be_told(session: Session, task: ReviewTask, reader: str, *, is_lead: bool) -> bool:
    """Return whether a member may know all of a task: who has answered it, and leads once all have."""
    if is_lead and task.state in (TaskState.DISPUTED, TaskState.CLOSED):
        return True
    return reviews.read_by(session, task.id, reader)


def file_of(session: Session, task: ReviewTask, *, original: bool) -> Artifact | None:
    """Return the preview of a task's file, or the file itself, to be served; None when it is gone."""
    medium = labels.medium(session, task.media_id)
    job, result = _analysis(session, task)
    if medium is None or job is None:
        return None
    if not original:
        return _file(session, medium, job, result).preview
    if job.upload_key is None:
        return None
    kind = job.original_content_type or "application/octet-stream"
    return Artifact(
        job_id=job.id,
        name=job.original_filename,
        key=job.upload_key,
        content_type=kind,
        size_bytes=job.stored_size_bytes,
        sha256=job.sha256,
    )


def _analysis(session: Session, task: ReviewTask) -> tuple[Job | None, AnalysisResult | None]:
    if task.job_id is None:
        return None, None
    row = results.get(session, task.job_id)
    return jobs.get(session, task.job_id), None if row is None else read_result(row.document)


def _file(session: Session, medium: Medium, job: Job | None, result: AnalysisResult | None) -> SeenFile:
    made = {} if job is None else {one.name: one for one in results.artifacts(session, job.id)}
    name = next((one for one in (*PREVIEW_NAMES, PHOTO) if one in made), None)
    shown = None if result is None else result.media
    return SeenFile(
        kind=MediaKind(medium.kind),
        name=medium.name,
        sha256=medium.sha256,
        content_type=medium.content_type,
        size_bytes=medium.size_bytes,
        width=None if shown is None else shown.width,
        height=None if shown is None else shown.height,
        duration_ms=None if shown is None else shown.duration_ms,
        frame_count=None if shown is None else shown.frame_count,
        source=None if job is None else sources.of_job(session, job),
        preview=made.get(name or ""),
        preview_sound=PREVIEW_NAMES.get(name or "", False),
        original=job is not None and job.upload_key is not None,
    )


def _persons(result: AnalysisResult | None) -> list[SeenPerson]:
    """Return who is seen, in the order of their letters: a result has the most suspicious first."""
    tracks = () if result is None else sorted(result.tracks, key=lambda one: (len(one.person), one.person))
    return [
        SeenPerson(
            one.person, [Appearance(face.timestamp_ms, face.frame_index, face.bbox) for face in one.faces]
        )
        for one in tracks
    ]


def _machine(job: Job | None, result: AnalysisResult | None) -> Machine | None:
    if job is None or result is None:
        return None
    return Machine(
        job.id,
        result.verdict,
        result.final_score,
        result.interval,
        result.decision_threshold,
        [one.code.value for one in result.reasons],
        {one.person: one.verdict for one in result.tracks},
        result.model.bundle,
        result.model.version,
    )
