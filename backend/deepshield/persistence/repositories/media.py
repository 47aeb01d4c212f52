"""Files of workspaces: made when one is handed in, and followed as it is analysed and deleted."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from deepshield.domain.custody import Source
from deepshield.domain.jobs import PREVIEWS, State, Verdict
from deepshield.persistence.measurement import DatasetItem
from deepshield.persistence.repositories import audit_texts, results, sources, webhooks
from deepshield.persistence.repositories.fingerprints import home_of
from deepshield.persistence.repositories.paging import named_by_cursor
from deepshield.persistence.repositories.workspaces import ensure_personal
from deepshield.persistence.tables import Job, UtcTime, Workspace
from deepshield.persistence.upsert import insert
from deepshield.persistence.workbench import (
    Feedback,
    Label,
    Medium,
    MediumComment,
    MediumTag,
    Recheck,
    RecheckItem,
    Review,
    ReviewTask,
)

_GIVEN = (Verdict.MANIPULATED, Verdict.NO_SIGNS)  # the others' estimates are withheld
_UNANALYSED: dict[str, Any] = dict.fromkeys(
    (
        "job_id", "analysed_at", "verdict", "score", "threshold", "policy_id", "people", "faces", "reasons",
        "bundle_sha256", "bundle", "bundle_version", "c2pa", "generator",
    )
) | {"analyses": 0}  # fmt: skip


def receive(session: Session, job: Job, source: Source | None = None) -> str | None:
    """Let a job of a known file name its medium, which is made if the workspace has none; return its id.

    None for a visitor's job, and while the file is still at an address. A job that is about a known medium
    moves it to the front of the library, unless it is about a part of it: a mark or a preview.
    """
    home = home_of(job)
    if home is None or not job.sha256:
        return None
    host = urlsplit(source.url).hostname if source is not None and source.url else None
    values = {
        "id": str(uuid.uuid4()),
        "workspace_id": home,
        "sha256": job.sha256,
        "kind": job.media_type,
        "name": job.original_filename,
        "content_type": job.original_content_type,
        "size_bytes": job.original_size_bytes,
        "first_at": job.created_at,
        "seen_at": job.created_at,
        "revision": 0,
        "sent_by": job.owner_id,
        "source_kind": None if source is None else source.kind.value,
        "host": host and host[:255],
        "analyses": 0,
        "label_revision": 0,
    }
    made = insert(session, Medium).values(**values).on_conflict_do_nothing().returning(Medium.id)
    known = session.scalar(made) or _touch(session, home, job)
    job.media_id = known
    return known


def handed_in_again(session: Session, job: Job, name: str, now: datetime) -> None:
    """Note that a file was handed in again whose earlier job was given in answer."""
    media_id = job.media_id or receive(session, job)
    if media_id is not None:
        session.execute(
            update(Medium)
            .where(Medium.id == media_id)
            .values(name=name, seen_at=now, revision=Medium.revision + 1)
            .execution_options(synchronize_session=False)
        )


def _touch(session: Session, home: str, job: Job) -> str | None:
    """Note that a known file was handed in with a job, and return its medium."""
    here = (Medium.workspace_id == home, Medium.sha256 == job.sha256)
    if job.parent_id is not None:
        return session.scalar(select(Medium.id).where(*here))
    came = literal(job.created_at, UtcTime())
    is_newest = Medium.seen_at < came
    values = {
        "name": case((is_newest, job.original_filename), else_=Medium.name),
        "first_at": case((Medium.first_at > came, came), else_=Medium.first_at),
        "seen_at": case((is_newest, came), else_=Medium.seen_at),
        "deleted_at": None,
        "deleted_by": None,
        "revision": Medium.revision + 1,
    }
    changed = update(Medium).where(*here).values(**values).returning(Medium.id)
    return session.scalar(changed.execution_options(synchronize_session=False))


def analysed(session: Session, job: Job) -> None:
    """Let a job's medium follow its result, which has been recorded in this transaction.

    The result of one marked face, and a preview, say nothing of the file.
    """
    if job.mark is not None or job.queue == PREVIEWS:
        return
    media_id = job.media_id or receive(session, job)
    if media_id is not None:
        facts = {**_facts(session, job), "analyses": Medium.analyses + 1, "seen_at": job.updated_at}
        _set(session, media_id, facts)


def recount(session: Session, media_id: str) -> bool:
    """Let a medium follow the newest of its analyses that are there; False when it has no job at all."""
    whole = (Job.media_id == media_id, Job.mark.is_(None), Job.queue != PREVIEWS)
    done = (*whole, Job.state == State.COMPLETED)
    number = session.scalar(select(func.count()).select_from(Job).where(*done)) or 0
    newest = select(Job).where(*done).order_by(Job.processing_completed_at.desc(), Job.id).limit(1)
    job = session.scalars(newest).one_or_none()
    _set(session, media_id, _UNANALYSED if job is None else {**_facts(session, job), "analyses": number})
    return bool(session.scalar(select(exists().where(Job.media_id == media_id))))


def _set(session: Session, media_id: str, values: dict[str, Any]) -> None:
    session.execute(
        update(Medium)
        .where(Medium.id == media_id)
        .values(**values, revision=Medium.revision + 1)
        .execution_options(synchronize_session=False)
    )


def _facts(session: Session, job: Job) -> dict[str, Any]:
    session.flush()
    found = results.summaries(session, [job.id]).get(job.id)
    if found is None:
        return dict(_UNANALYSED)
    return {
        "job_id": job.id,
        "analysed_at": job.processing_completed_at,
        "verdict": found.verdict,
        "score": found.final_score if found.verdict in _GIVEN else None,
        "threshold": found.threshold,
        "policy_id": job.policy_id,
        "people": found.persons,
        "faces": found.faces,
        "reasons": list(found.reasons),
        "bundle_sha256": found.bundle_sha256,
        "bundle": found.bundle,
        "bundle_version": found.version,
        "c2pa": found.signed_record,
        "generator": found.trace,
    }


def make_missing(session: Session, limit: int, now: datetime) -> int:
    """Make the media of jobs that name none, which earlier releases have written; return how many jobs.

    Jobs of a workspace that is gone are left.
    """
    unknown = (Job.media_id.is_(None), Job.workspace_id.is_not(None), Job.sha256 != "")
    is_there = exists().where(Workspace.id == Job.workspace_id)
    homeless = select(Job.owner_id).where(*unknown, Job.workspace_id == Job.owner_id, ~is_there).distinct()
    for owner_id in session.scalars(homeless.limit(limit)).all():
        if owner_id is not None:
            ensure_personal(session, owner_id, now)
    query = select(Job).where(*unknown, is_there).order_by(Job.id).limit(limit)
    found = session.scalars(query).all()
    media = {receive(session, job, sources.of_job(session, job)) for job in found}
    session.flush()
    for media_id in sorted(one for one in media if one is not None):
        recount(session, media_id)
    return len(found)


def job_removed(session: Session, media_id: str | None, now: datetime, actor: str | None) -> None:
    """Let a medium follow the deletion of one of its jobs by somebody.

    With its last job it goes too, unless somebody has written on it: then it stays, as deleted.
    """
    if media_id is None or recount(session, media_id):
        return
    _uncount(session, [media_id])
    gone = delete(Medium).where(Medium.id == media_id, ~_written_on()).returning(Medium.id)
    if session.scalar(gone) is None:
        _set(session, media_id, {"deleted_at": now, "deleted_by": actor})
    else:
        _erase_about(session, [media_id])


def jobs_expired(session: Session, media_ids: Collection[str | None]) -> None:
    """Delete media whose last job's row has expired, unless somebody has written on them.

    In a shared workspace those that were analysed stay as its record. Who works alone was told that summaries
    are deleted with the row.
    """
    wanted = [one for one in media_ids if one is not None]
    is_personal = exists().where(Workspace.id == Medium.workspace_id, Workspace.personal_of.is_not(None))
    gone = (
        or_(Medium.verdict.is_(None), is_personal),
        ~exists().where(Job.media_id == Medium.id),
        ~_written_on(),
    )
    _uncount(session, wanted)
    expired = delete(Medium).where(Medium.id.in_(wanted), *gone).returning(Medium.id)
    removed = session.scalars(expired.execution_options(synchronize_session=False)).all()
    _erase_about(session, removed)


def _erase_about(session: Session, media_ids: Collection[str]) -> None:
    """Erase what the activity's texts and the webhooks' events say of files that are gone."""
    audit_texts.erase_about(session, media_ids)
    webhooks.erase_about(session, media_ids)


def _uncount(session: Session, media_ids: Collection[str]) -> None:
    """Drop the counts of rechecks that lose files; the scheduler counts them anew."""
    those = select(RecheckItem.recheck_id).where(RecheckItem.media_id.in_(list(media_ids)))
    session.execute(
        update(Recheck)
        .where(Recheck.id.in_(those), Recheck.counts.is_not(None))
        .values(counts=None)
        .execution_options(synchronize_session=False)
    )


def _written_on() -> ColumnElement[bool]:
    return or_(
        Medium.held_at.is_not(None),
        Medium.label_revision > 0,
        Medium.research_consent.is_not(None),
        exists().where(MediumTag.media_id == Medium.id),
        exists().where(MediumComment.media_id == Medium.id),
        exists().where(Review.media_id == Medium.id),
    )


def work_of_others(session: Session, media_id: str, user_id: str) -> list[str]:
    """Return the kinds of what others than an account have done with a medium, by name.

    A label is the account's own work only where it has decided it; a frozen version is everybody's.
    """
    of_it = {
        "comments": (MediumComment.media_id == media_id, MediumComment.author != user_id),
        "tags": (MediumTag.media_id == media_id, MediumTag.tagged_by != user_id),
        "reviews": (Review.media_id == media_id, Review.reader != user_id),
        "labels": (Label.media_id == media_id, func.coalesce(Label.decided_by, "") != user_id),
        "feedback": (Feedback.media_id == media_id, Feedback.given_by != user_id),
        "tasks": (
            ReviewTask.media_id == media_id,
            or_(ReviewTask.claimed_by != user_id, ReviewTask.asked_by != user_id),
        ),
        "datasets": (DatasetItem.media_id == media_id,),
    }
    asked = [exists().where(*conditions).label(kind) for kind, conditions in of_it.items()]
    (found,) = session.execute(select(*asked))
    return [kind for kind, there in zip(of_it, found, strict=True) if there]


def find(session: Session, workspace_id: str, media_id: str) -> Medium | None:
    """Return a workspace's medium."""
    return session.scalar(select(Medium).where(Medium.id == media_id, Medium.workspace_id == workspace_id))


def tags_of(session: Session, media_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the tags of media, in the order of the alphabet."""
    query = select(MediumTag.media_id, MediumTag.tag).where(MediumTag.media_id.in_(list(media_ids)))
    found: dict[str, list[str]] = {}
    for media_id, tag in session.execute(query.order_by(MediumTag.media_id, MediumTag.tag)):
        found.setdefault(media_id, []).append(tag)
    return found


def newest_jobs(session: Session, media: Sequence[Medium]) -> dict[str, Job]:
    """Return by medium the job of its newest analysis, where that is still there."""
    named = {one.job_id: one.id for one in media if one.job_id is not None}
    found = session.scalars(select(Job).where(Job.id.in_(list(named))))
    return {named[job.id]: job for job in found}


def lock(session: Session, workspace_id: str, media_id: str) -> Medium | None:
    """Return a workspace's medium as it is now, locked against changes until the transaction ends.

    Whoever also locks jobs of it locks them first.
    """
    query = select(Medium).where(Medium.id == media_id, Medium.workspace_id == workspace_id)
    return session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))


def lock_some(session: Session, workspace_id: str, media_ids: Collection[str]) -> Sequence[Medium]:
    """Return those of a workspace's media as they are now, locked as by `lock`, in the order of their ids."""
    query = select(Medium).where(Medium.id.in_(list(media_ids)), Medium.workspace_id == workspace_id)
    locked = query.order_by(Medium.id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).all()


def put_tags(
    session: Session, row: Medium, tags: Collection[str], tagged_by: str, now: datetime
) -> list[str]:
    """Add tags to a locked medium and return those that it had not."""
    added = []
    for tag in tags:
        values = {"media_id": row.id, "tag": tag, "workspace_id": row.workspace_id}
        made = insert(session, MediumTag).values(**values, tagged_by=tagged_by, tagged_at=now)
        if session.scalar(made.on_conflict_do_nothing().returning(MediumTag.tag)) is not None:
            added.append(tag)
    return added


def remove_tags(session: Session, row: Medium, tags: Collection[str]) -> list[str]:
    """Take tags from a locked medium and return those that it had."""
    gone = delete(MediumTag).where(MediumTag.media_id == row.id, MediumTag.tag.in_(list(tags)))
    return sorted(session.scalars(gone.returning(MediumTag.tag)))


def sender(session: Session, media_id: str | None) -> str | None:
    """Return the account that sent a medium first; None where it is not known any more."""
    return None if media_id is None else session.scalar(select(Medium.sent_by).where(Medium.id == media_id))


def is_held(session: Session, media_id: str | None) -> bool:
    """Return whether somebody keeps a medium from being deleted."""
    if media_id is None:
        return False
    held = select(Medium.id).where(Medium.id == media_id, Medium.held_at.is_not(None))
    return session.scalar(held) is not None


def lock_held(session: Session, *media_ids: str | None) -> bool:
    """Return whether somebody keeps any of these, which stay as they are until the transaction ends."""
    wanted = [one for one in media_ids if one is not None]
    query = select(Medium.held_at).where(Medium.id.in_(wanted)).order_by(Medium.id)
    return any(session.scalars(query.with_for_update(key_share=True)).all()) if wanted else False


def stored(session: Session, media_ids: Collection[str]) -> frozenset[str]:
    """Return those media whose bytes are kept."""
    if not media_ids:
        return frozenset()
    query = select(Job.media_id).where(Job.media_id.in_(list(media_ids)), Job.upload_key.is_not(None))
    return frozenset(one for one in session.scalars(query) if one is not None)


def held_in(session: Session, workspace_ids: Collection[str]) -> int:
    """Return how many media of workspaces are held."""
    held = (Medium.workspace_id.in_(list(workspace_ids)), Medium.held_at.is_not(None))
    return session.scalar(select(func.count()).select_from(Medium).where(*held)) or 0


def mark_deleted(session: Session, row: Medium, actor: str, now: datetime) -> None:
    """Note that a locked medium's files and analyses are gone."""
    _set(session, row.id, {**_UNANALYSED, "deleted_at": now, "deleted_by": actor})


def remove(session: Session, row: Medium) -> None:
    """Delete a locked medium with all that was written on it, in the activity too."""
    _uncount(session, [row.id])
    session.execute(delete(Medium).where(Medium.id == row.id))
    _erase_about(session, [row.id])
    # A job that has just been added to it gets a medium of its own by the sweep.
    session.execute(
        update(Job)
        .where(Job.media_id == row.id)
        .values(media_id=None)
        .execution_options(synchronize_session=False)
    )


def selected(
    session: Session, workspace_id: str, wanted: Sequence[ColumnElement[bool]], most: int
) -> Sequence[str]:
    """Return the ids of the media that meet all conditions, ``most`` at most."""
    query = select(Medium.id).where(Medium.workspace_id == workspace_id, *wanted).order_by(Medium.id)
    return session.scalars(query.limit(most)).all()


def those(session: Session, workspace_id: str, ids: Collection[str]) -> Sequence[str]:
    """Return those of ``ids`` that are a workspace's media."""
    query = select(Medium.id).where(Medium.workspace_id == workspace_id, Medium.id.in_(list(ids)))
    return session.scalars(query.order_by(Medium.id)).all()


def after(
    session: Session, workspace_id: str, wanted: Sequence[ColumnElement[bool]], sha256: str, limit: int
) -> Sequence[Medium]:
    """Return the media that meet all conditions, in the order of their hashes, from behind one.

    A hash never changes: whoever goes on behind the last one meets each file once, whatever happens.
    """
    query = select(Medium).where(Medium.workspace_id == workspace_id, Medium.sha256 > sha256, *wanted)
    return session.scalars(query.order_by(Medium.sha256).limit(limit)).all()


def comments(
    session: Session, media_id: str, limit: int, cursor: str | None = None, *, newest_first: bool = False
) -> Sequence[MediumComment]:
    """Return what was written about a medium, oldest first unless ``newest_first``, with what was withdrawn.

    From beyond the comment that ``cursor`` is the id of.
    """
    at, id_ = MediumComment.at, MediumComment.id
    query = select(MediumComment).where(MediumComment.media_id == media_id)
    if cursor is not None:
        last = named_by_cursor(comment(session, media_id, cursor))
        tie = and_(at == last.at, id_ < last.id if newest_first else id_ > last.id)
        query = query.where(or_(at < last.at if newest_first else at > last.at, tie))
    order = (at.desc(), id_.desc()) if newest_first else (at, id_)
    return session.scalars(query.order_by(*order).limit(limit)).all()


def add_comment(session: Session, row: Medium, author: str, text: str, now: datetime) -> MediumComment:
    """Add a comment to a medium."""
    made = MediumComment(id=str(uuid.uuid4()), media_id=row.id, author=author, text=text, at=now)
    session.add(made)
    session.flush()
    return made


def comment(session: Session, media_id: str, comment_id: str) -> MediumComment | None:
    """Return a comment on a medium."""
    return session.scalar(
        select(MediumComment).where(MediumComment.id == comment_id, MediumComment.media_id == media_id)
    )
