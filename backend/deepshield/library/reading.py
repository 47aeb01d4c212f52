"""Reading the library. The workspace is part of every query: unknown and foreign files have one answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.fingerprints import Compared
from deepshield.domain.library import Keeps, MediaOrder
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.domain.retention import Periods, expires_at
from deepshield.domain.roles import May
from deepshield.jobs.lookup import periods_of
from deepshield.jobs.near import Near, near_copies_in
from deepshield.library.cursors import cursor_of, place_at
from deepshield.persistence.repositories import jobs, labels, media, media_listing, results, users
from deepshield.persistence.repositories.media_fields import (
    Asking,
    Condition,
    compiled,
    rare_texts,
    without,
)
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Label, Medium
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind, refuse_blind

EVERYTHING = Query()
_MOST_ANALYSES = 200


@dataclass(frozen=True, slots=True)
class MediumView:
    """A file of the library with what a list shows of it beside its row."""

    row: Medium
    tags: Sequence[str]
    job: Job | None  # of its newest analysis, while that is kept
    thumbnail: str | None  # the name of that job's picture of the most suspicious face
    expires_at: datetime | None  # when the files of that analysis are deleted; None while it is held
    sent_by: str | None  # an e-mail address
    held_by: str | None
    keeps: Keeps | None  # what its hold keeps; None while it is not held
    withheld: bool  # from who reads it blind


@dataclass(frozen=True, slots=True)
class MediaPage:
    """Some files of the library."""

    media: Sequence[MediumView]
    total: int  # that match, `media_listing.COUNTED` at most
    is_more: bool  # than that
    cursor: str | None  # of the next page, if there is one


def list_media(
    resources: Resources,
    owner: Owner,
    query: Query = EVERYTHING,
    order: MediaOrder = MediaOrder.NEWEST,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> MediaPage:
    """Return a page of the files of the workspace that meet a query.

    Raises `DeepShieldError` ROLE_MISSING, QUERY_INVALID as `media_fields.compiled`, VALIDATION_ERROR for a
    cursor of another list.
    """
    owner.need(May.READ)
    after = place_at(cursor, order) if cursor else None
    near = near_of(resources, owner, query)
    with resources.database.read() as session:
        hidden = read_blind(session, owner)
        wanted = conditions(session, resources, owner, query, near, hidden=hidden)
        if order is MediaOrder.SCORE and hidden:
            wanted.append(without(hidden))  # its place would tell of it
        found = media_listing.page(session, owner.workspace_id, wanted, order, limit + 1, after)
        is_all = after is None and len(found) <= limit
        number = len(found) if is_all else media_listing.count(session, owner.workspace_id, wanted)
        views = _views(session, resources, owner, found[:limit], hidden)
    last = found[limit - 1] if len(found) > limit else None
    return MediaPage(
        media=views,
        total=min(number, media_listing.COUNTED),
        is_more=number > media_listing.COUNTED,
        cursor=cursor_of(media_listing.place_of(last, order), order) if last is not None else None,
    )


def find_medium(resources: Resources, owner: Owner, media_id: str) -> MediumView:
    """Return a file of the workspace; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        row = found(media.find(session, owner.workspace_id, media_id))
        (view,) = _views(session, resources, owner, [row], read_blind(session, owner))
    return view


@dataclass(frozen=True, slots=True)
class Analyses:
    """The analyses of a file that are there, with what a list shows of each."""

    jobs: Sequence[Job]
    summaries: Mapping[str, ResultSummary]
    periods: Periods
    senders: Mapping[str, str]
    withheld: bool  # from who reads the file blind


def analyses(resources: Resources, owner: Owner, media_id: str) -> Analyses:
    """Return the analyses of a file, newest first; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        row = found(media.find(session, owner.workspace_id, media_id))
        made = jobs.of_medium(session, row.id, _MOST_ANALYSES)
        withheld = row.id in read_blind(session, owner)
        summaries = {} if withheld else results.summaries(session, [job.id for job in made])
        senders = {} if owner.is_at_home else users.emails(session, {job.owner_id for job in made})
        periods = periods_of(session, resources, owner.workspace_id)
        return Analyses(made, summaries, periods, senders, withheld)


def near(resources: Resources, owner: Owner, media_id: str) -> Near:
    """Return the near copies of a file.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, READING_BLIND, since what is said of copies holds for
    the file.
    """
    owner.need(May.READ)
    with resources.database.read() as session:
        row, hidden = found(media.find(session, owner.workspace_id, media_id)), read_blind(session, owner)
        if row.id in hidden:
            raise DeepShieldError(Code.READING_BLIND)
        job = media.newest_jobs(session, [row]).get(row.id)
        return Near(Compared.NOTHING, ()) if job is None else near_copies_in(session, job, hidden)


@dataclass(frozen=True, slots=True)
class LabelsOf:
    """Some of a file's labels, newest first, and the addresses of who decided."""

    rows: Sequence[Label]
    deciders: dict[str, str]
    next: int | None  # the revision behind which the next page begins


def labels_of(
    resources: Resources, owner: Owner, media_id: str, *, before: int | None = None, limit: int = 200
) -> LabelsOf:
    """Return labels of a file, from beyond a revision.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, READING_BLIND.
    """
    owner.need(May.READ)
    with resources.database.read() as session:
        row = found(media.find(session, owner.workspace_id, media_id))
        refuse_blind(session, owner, row.id)
        history = labels.history(session, row.id, limit + 1, before)
        shown = history[:limit]
        more = shown[-1].revision if len(history) > limit else None
        return LabelsOf(shown, users.emails(session, {one.decided_by for one in shown}), more)


def conditions(
    session: Session,
    resources: Resources,
    owner: Owner,
    query: Query,
    near: Mapping[str, Collection[str]],
    *,
    hidden: Collection[str] | None = None,
    asked_at: datetime | None = None,
) -> list[Condition]:
    """Return the conditions of a query that an account asks, now unless ``asked_at``; ``near`` of `near_of`.

    ``hidden`` is what the account reads blind, where it is known already. Raises `DeepShieldError`
    QUERY_INVALID as `media_fields.compiled`.
    """
    asking = Asking(
        workspace_id=owner.workspace_id,
        user_id=owner.id,
        now=asked_at or resources.clock(),
        on_postgres=session.get_bind().dialect.name == "postgresql",
        near=near,
        rare=rare_texts(session, owner.workspace_id, query),
        hidden=read_blind(session, owner) if hidden is None else hidden,
    )
    return compiled(query, asking)


def near_of(resources: Resources, owner: Owner, query: Query) -> dict[str, Collection[str]]:
    """Return for each ``near:`` of a query the files that show the same as the one that it names."""
    wanted = {term.value for term in query.terms() if term.field == "near"}
    return {one: near_media(resources, owner, one) for one in wanted}


def near_media(resources: Resources, owner: Owner, named: str) -> list[str]:
    """Return the ids of the near copies of a file, or of an analysis.

    None for what is not there, and for what the account reads blind: what is said of copies holds for it.
    """
    with resources.database.read() as session:
        row = media.find(session, owner.workspace_id, named)
        job_id = row.job_id if row is not None else named
        job = jobs.find(session, job_id, owner.workspace_id, require_owner=True) if job_id else None
        if job is None or job.media_id in read_blind(session, owner):
            return []
        ids = {one.job.media_id for one in near_copies_in(session, job).copies}
    return sorted(one for one in ids if one is not None and one != job.media_id)


def found(row: Medium | None) -> Medium:
    """Return the row, or raise `DeepShieldError` NOT_FOUND."""
    if row is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such file in this workspace.")
    return row


def _views(
    session: Session, resources: Resources, owner: Owner, rows: Sequence[Medium], hidden: Collection[str]
) -> list[MediumView]:
    ids = [row.id for row in rows]
    tags, newest = media.tags_of(session, ids), media.newest_jobs(session, rows)
    pictures = results.thumbnails(session, [job.id for job in newest.values()])
    people = users.emails(session, {one for row in rows for one in (row.sent_by, row.held_by)})
    periods = periods_of(session, resources, owner.workspace_id)
    stored = media.stored(session, [row.id for row in rows if row.held_at is not None])

    def expiry(row: Medium, job: Job | None) -> datetime | None:
        if job is None or job.processing_completed_at is None or row.held_at is not None:
            return None
        return expires_at(job.processing_completed_at, periods)

    return [
        MediumView(
            row=row,
            tags=tags.get(row.id, []),
            job=(job := newest.get(row.id)),
            thumbnail=pictures.get(job.id) if job is not None else None,
            expires_at=expiry(row, job),
            sent_by=people.get(row.sent_by or ""),
            held_by=people.get(row.held_by or ""),
            keeps=None if row.held_at is None else Keeps.FILE if row.id in stored else Keeps.RECORD,
            withheld=row.id in hidden,
        )
        for row in rows
    ]
