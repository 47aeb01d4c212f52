"""Reading jobs. The workspace is part of the query: unknown and foreign jobs have the same answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from deepshield.domain.custody import Source
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import FINAL, PREVIEW_NAMES, MediaKind, Order, State
from deepshield.domain.owner import Owner, workspace_of
from deepshield.domain.retention import Periods, shortened
from deepshield.domain.roles import May
from deepshield.persistence.repositories import jobs, listing, media, results, sources, users, workspaces
from deepshield.persistence.repositories.listing import Filter, Tally
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Artifact, Job
from deepshield.resources import Resources
from deepshield.result import AnalysisResult
from deepshield.result_reader import read_result
from deepshield.workspaces.blindness import read_blind, refuse_blind

__all__ = [
    "Filter",
    "JobView",
    "Page",
    "artifact_of",
    "find_artifact",
    "find_job",
    "find_view",
    "list_jobs",
    "periods_of",
    "revisions",
    "shared_workspace",
    "shows_places",
    "view_of",
]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with its outcome, for how long it is kept, and who sent it in a shared workspace."""

    job: Job
    result: AnalysisResult | None
    artifacts: Sequence[Artifact]
    periods: Periods
    source: Source | None = None
    sent_by: str | None = None  # an e-mail address
    held: bool = False  # its files do not expire
    shows_places: bool = False  # whether the result has what the file says of places and persons


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a workspace's jobs, how many match in all, and how many there are of each kind."""

    jobs: Sequence[Job]
    total: int
    tally: Tally
    periods: Periods
    senders: Mapping[str, str] = field(default_factory=dict)  # addresses by account, in a shared workspace
    summaries: Mapping[str, ResultSummary] = field(default_factory=dict)  # of the completed ones, by id
    hidden: Collection[str] = ()  # media of whose analyses nothing is told


def find_job(resources: Resources, owner: Owner | None, job_id: str, *, tells: bool = True) -> Job:
    """Return a job; raises `DeepShieldError` NOT_FOUND when there is none that ``owner`` may see.

    Where what follows ``tells`` of the result, raises READING_BLIND for one that the caller reads blind.
    """
    with resources.database.read() as session:
        job = job_in(session, resources, owner, job_id)
        if tells and job.state == State.COMPLETED:
            refuse_blind(session, owner, job.media_id)
        return job


def job_in(session: Session, resources: Resources, owner: Owner | None, job_id: str) -> Job:
    """Return a job, read in an open session, whatever ``owner`` may be told; raises NOT_FOUND likewise."""
    return owned(jobs.find(session, job_id, workspace_of(owner), _strict(resources)))


def find_view(resources: Resources, owner: Owner | None, job_id: str) -> JobView:
    """Return a job with its outcome, as ``owner`` may see it (`shows_places`); raises as `find_job`."""
    job = find_job(resources, owner, job_id)
    return view_of(resources, job, with_places=shows_places(resources, owner, job))


def shows_places(resources: Resources, owner: Owner | None, job: Job) -> bool:
    """Return whether who has found a job is shown what its file says of places and persons.

    In a shared workspace these are who sent the file, and who may do to others' files what their senders may:
    leads and admins, who hand over what the senders who are gone have left. Who marks a face in a file, or
    has it checked again, has not sent it: the job has the sender of the one that the file came with, and once
    that is deleted the one who sent the file first. Elsewhere whoever finds the job is its sender.
    """
    if shared_workspace(job) is None:
        return True
    if owner is None:
        return False
    if owner.may(May.DELETE):
        return True
    if job.parent_id is None:
        return job.owner_id == owner.id
    with resources.database.read() as session:
        sent = jobs.sent_with(session, job)
        sender = media.sender(session, job.media_id) if sent is None else sent.owner_id
    return sender == owner.id


def view_of(resources: Resources, job: Job, *, with_places: bool) -> JobView:
    """Return a job that has been found with its outcome.

    Unless it is ``with_places``, what the file says of places and persons is left out of the result.
    """
    is_shared = shared_workspace(job) is not None
    if job.state not in FINAL and not is_shared:
        # Polled often, and it has neither result nor artifacts.
        return JobView(job, None, (), resources.settings.retention)
    with resources.database.read() as session:
        periods = periods_of(session, resources, job.workspace_id or job.owner_id)
        sent_by = users.emails(session, [job.owner_id]).get(job.owner_id or "") if is_shared else None
        source, held = sources.of_job(session, job), media.is_held(session, job.media_id)
        if job.state != State.COMPLETED:
            came = source if job.state in FINAL else None
            return JobView(job, None, (), periods, came, sent_by, held, with_places)
        row = results.get(session, job.id)
        artifacts = results.artifacts(session, job.id)
    result = _with_preview(read_result(row.document), artifacts) if row else None
    if result is not None and not with_places:
        result = result.impersonal()
    return JobView(job, result, artifacts, periods, source, sent_by, held, with_places)


def periods_of(session: Session, resources: Resources, workspace_id: str | None) -> Periods:
    """Return for how long a workspace keeps things; without one, the operator's periods."""
    operators = resources.settings.retention
    return shortened(operators, workspaces.retention_hours(session, workspace_id) if workspace_id else None)


def shared_workspace(job: Job) -> str | None:
    """Return the id of the shared workspace that a job is kept in; None for others."""
    return None if job.workspace_id == job.owner_id else job.workspace_id


def _with_preview(result: AnalysisResult, artifacts: Sequence[Artifact]) -> AnalysisResult:
    """Return a video's result with the preview that was made after it; what is stored stays as it was."""
    if result.preview_url is not None or result.media.type is not MediaKind.VIDEO or result.marked:
        return result
    made = [one.name for one in artifacts if one.name in PREVIEW_NAMES]
    if not made:
        return result
    return result.model_copy(update={"preview_url": made[0], "preview_sound": PREVIEW_NAMES[made[0]]})


def find_artifact(resources: Resources, owner: Owner | None, job_id: str, name: str) -> Artifact:
    """Return a file of a job; raises as `find_job`, and NOT_FOUND for one that it does not have."""
    with resources.database.read() as session:
        job = owned(jobs.find(session, job_id, workspace_of(owner), _strict(resources)))
        refuse_blind(session, owner, job.media_id)
        return artifact_of(session, job.id, name)


def artifact_of(session: Session, job_id: str, name: str) -> Artifact:
    """Return a file of a job that has been found; raises `DeepShieldError` NOT_FOUND."""
    artifacts = results.artifacts(session, job_id)
    for artifact in artifacts:  # compared here because a database refuses some characters
        if artifact.name == name:
            return artifact
    raise DeepShieldError(Code.NOT_FOUND, "There is no such file.")


def list_jobs(
    resources: Resources,
    owner: Owner | None,
    wanted: Filter,
    order: Order = Order.NEWEST,
    *,
    limit: int = 50,
    offset: int = 0,
) -> Page:
    """Return the jobs of the account's present workspace; without an account the list is empty."""
    if owner is None:
        return Page((), 0, Tally(()), resources.settings.retention)
    workspace_id = owner.workspace_id
    with resources.database.read() as session:
        periods = periods_of(session, resources, workspace_id)
        hidden = read_blind(session, owner)
        tally = listing.tally(session, workspace_id, wanted, hidden)
        found = listing.page(session, workspace_id, wanted, order, limit, offset, hidden)
        summaries = results.summaries(session, [job.id for job in found if job.media_id not in hidden])
        senders = {} if owner.is_at_home else users.emails(session, {job.owner_id for job in found})
    return Page(found, tally.chosen(wanted), tally, periods, senders, summaries, hidden)


def revisions(resources: Resources, ids: Collection[str]) -> dict[str, Job]:
    """Return the present rows of jobs by id, in one query; a deleted job is absent."""
    with resources.database.read() as session:
        return {job.id: job for job in jobs.by_ids(session, ids)}


def owned(job: Job | None) -> Job:
    """Return the job, or raise `DeepShieldError` NOT_FOUND."""
    if job is None:
        raise DeepShieldError(Code.NOT_FOUND)
    return job


def _strict(resources: Resources) -> bool:
    """Return whether a job without an owner, from before accounts were required, is not found."""
    return resources.settings.saas.require_auth
