"""Faces that a reader marks in the file of a completed job: each is a job of its own, over a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.marks import Mark, require_markable
from deepshield.domain.owner import Owner, workspace_of
from deepshield.jobs.copying import deleted_if_refused, submission_over
from deepshield.jobs.lookup import find_job, view_of
from deepshield.jobs.ownership import find_own
from deepshield.jobs.submit import submit
from deepshield.persistence.repositories import jobs, results
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job
from deepshield.resources import Resources

_MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class MarkedFace:
    """A job about a marked face, and its outcome once it has completed."""

    job: Job
    mark: Mark
    outcome: ResultSummary | None


def mark_face(
    resources: Resources,
    owner: Owner | None,
    job_id: str,
    mark: Mark,
    *,
    owner_secret: str | None = None,
    request_id: str | None = None,
    within: Callable[[Session, Job], None] | None = None,
) -> Job:
    """Submit the analysis of one face in a job's file, which is charged like any other, and return its job.

    ``within`` is called with it before the transaction commits; what it raises rolls everything back.
    Raises `DeepShieldError` as `ownership.find_own`, CONFLICT where there is no result of a whole
    file, MARK_OUTSIDE or MARK_TOO_SMALL, EXPIRED when the upload has been deleted, and as `submit.submit`.
    """
    job = find_own(resources, owner, job_id, owner_secret)
    view = view_of(resources, job, with_places=False)
    if view.result is None or job.mark is not None:
        raise DeepShieldError(Code.CONFLICT, "Mark the face in the completed analysis of a whole file.")
    media = view.result.media
    require_markable(mark, media.width, media.height, media.duration_ms, media.frame_count)
    submission = submission_over(resources, job, request_id, mark)

    def made(session: Session, submitted: tuple[Job, bool]) -> None:
        if within is not None:
            within(session, submitted[0])

    with deleted_if_refused(resources, submission):
        marked, _ = submit(resources, owner, submission, reuse=False, within=made)
    return marked


def marked_faces(resources: Resources, owner: Owner | None, job_id: str) -> Sequence[MarkedFace]:
    """Return the faces that were marked in a job's file, newest first; raises as `find_job`."""
    job = find_job(resources, owner, job_id)
    with resources.database.read() as session:
        found = jobs.marks_of(session, job.id, workspace_of(owner), _MOST_LISTED)
        outcomes = results.summaries(session, [one.id for one in found])
    return [MarkedFace(one, Mark.of_row(one.mark or {}), outcomes.get(one.id)) for one in found]
