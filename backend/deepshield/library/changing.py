"""What members write on a file: tags, sensitivity, consent to research, a hold, comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable, erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.library import MOST_TAGS, tag_of
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.library.reading import MediumView, find_medium, found
from deepshield.persistence.repositories import audit, datasets, jobs, media, users, workspaces
from deepshield.persistence.workbench import Medium, MediumComment
from deepshield.resources import Resources
from deepshield.workspaces.blindness import refuse_blind


def locked(session: Session, owner: Owner, media_id: str, revision: int | None) -> Medium:
    """Return a file of the workspace, locked against changes until the transaction ends.

    Raises `DeepShieldError` NOT_FOUND, REVISION_MISMATCH when it is not at ``revision`` (None is any).
    """
    row = found(media.lock(session, owner.workspace_id, media_id))
    if revision is not None and row.revision != revision:
        raise DeepShieldError(Code.REVISION_MISMATCH, revision=row.revision)
    return row


def change(
    resources: Resources, owner: Owner, media_id: str, given: Mapping[str, Any], revision: int | None
) -> MediumView:
    """Change what is given of ``tags``, ``sensitivity`` and ``research_consent``, and return the file.

    Raises `DeepShieldError` ROLE_MISSING, VALIDATION_ERROR for a tag, and as `locked`.
    """
    owner.need(May.COMMENT)
    tags = {tag_of(one) for one in given["tags"]} if "tags" in given else None
    if tags is not None and len(tags) > MOST_TAGS:
        raise DeepShieldError(Code.VALIDATION_ERROR, f"A file may have {MOST_TAGS} tags. Leave some out.")
    now = resources.clock()
    with resources.database.write() as session:
        row = locked(session, owner, media_id, revision)
        details: dict[str, Any] = {}
        if tags is not None:
            before = set(media.tags_of(session, [row.id]).get(row.id, ()))
            details["untagged"] = erasable(media.remove_tags(session, row, before - tags))
            details["tagged"] = erasable(media.put_tags(session, row, sorted(tags - before), owner.id, now))
        if "sensitivity" in given:
            row.sensitivity = details["sensitivity"] = given["sensitivity"]
        if "research_consent" in given:
            version = given["research_consent"]
            if version is not None:
                datasets.give_again(session, row.id)
            elif row.research_consent is not None:
                datasets.withdraw(session, row.id, now)
            row.research_consent = (
                None if version is None else {"by": owner.id, "at": now.isoformat(), "text_version": version}
            )
            details["research_consent"] = version
        row.revision += 1
        audit.record(session, "media.changed", now, actor=owner.id, subject=row.id, details=details)
    return find_medium(resources, owner, media_id)


def hold(resources: Resources, owner: Owner, media_id: str, reason: str | None) -> MediumView:
    """Keep a file from being deleted by anybody, and from expiring; of a held one the reason is replaced.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for a file that is deleted already, or is
    deleted, forgotten or goes with its workspace at this moment.
    """
    owner.need(May.HOLD)
    now = resources.clock()
    with resources.database.write() as session:
        found(media.find(session, owner.workspace_id, media_id))
        (row,) = lock_to_hold(session, owner.workspace_id, [media_id]) or (None,)
        if row is None or row.deleted_at is not None:
            raise DeepShieldError(Code.CONFLICT, "The file has been deleted. Hand it in again to hold it.")
        put_hold(session, row, owner.id, reason, now)
    return find_medium(resources, owner, media_id)


def lock_to_hold(session: Session, workspace_id: str, media_ids: Sequence[str]) -> Sequence[Medium]:
    """Return those files of a workspace that nobody has deleted, locked as who deletes them locks them.

    Their jobs first, then the workspace, which is not deleted from then on, then the files: what deletes any
    of these has done so, or waits and sees the hold.
    """
    jobs.lock_of_medium(session, *media_ids)
    return media.lock_some(session, workspace_id, media_ids) if workspaces.keep(session, workspace_id) else ()


def put_hold(session: Session, row: Medium, actor: str, reason: str | None, now: datetime) -> None:
    """Hold a locked file."""
    row.held_by, row.held_at, row.hold_reason = actor, row.held_at or now, reason
    row.revision += 1
    details = {"reason": None if reason is None else Erasable(reason)}
    audit.record(session, "media.held", now, actor=actor, subject=row.id, details=details)


def release(resources: Resources, owner: Owner, media_id: str) -> MediumView:
    """End a hold: what has expired meanwhile is deleted by the next sweep. One without a hold stays as it is.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING.
    """
    owner.need(May.HOLD)
    now = resources.clock()
    with resources.database.write() as session:
        row = locked(session, owner, media_id, None)
        if row.held_at is not None:
            end_hold(session, row, owner.id, now)
    return find_medium(resources, owner, media_id)


def end_hold(session: Session, row: Medium, actor: str, now: datetime) -> None:
    """Release a locked file."""
    row.held_by = row.held_at = row.hold_reason = None
    row.revision += 1
    audit.record(session, "media.released", now, actor=actor, subject=row.id)


@dataclass(frozen=True, slots=True)
class Comment:
    """What a member wrote about a file; without text once it was withdrawn."""

    id: str
    author: str | None  # an e-mail address; None of a former account
    mine: bool
    text: str | None
    at: datetime
    withdrawn_at: datetime | None


def comments(
    resources: Resources,
    owner: Owner,
    media_id: str,
    *,
    cursor: str | None = None,
    limit: int = 200,
    newest_first: bool = False,
) -> Sequence[Comment]:
    """Return what was written about a file, from beyond the comment with an id.

    Oldest first unless ``newest_first``. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, READING_BLIND.
    """
    owner.need(May.READ)
    with resources.database.read() as session:
        row = found(media.find(session, owner.workspace_id, media_id))
        refuse_blind(session, owner, row.id)
        written = media.comments(session, row.id, limit, cursor, newest_first=newest_first)
        people = users.emails(session, {one.author for one in written})
    return [_comment(one, owner, people.get(one.author)) for one in written]


def comment(
    resources: Resources,
    owner: Owner,
    media_id: str,
    text: str,
    within: Callable[[Session, Comment], None] | None = None,
) -> Comment:
    """Write about a file; ``within`` is called before the transaction commits.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING.
    """
    owner.need(May.COMMENT)
    now = resources.clock()
    with resources.database.write() as session:
        row = locked(session, owner, media_id, None)
        made = media.add_comment(session, row, owner.id, text, now)
        audit.record(session, "media.commented", now, actor=owner.id, subject=row.id, details={"id": made.id})
        written = _comment(made, owner, users.emails(session, [owner.id]).get(owner.id))
        if within is not None:
            within(session, written)
    return written


def withdraw(resources: Resources, owner: Owner, media_id: str, comment_id: str) -> Comment:
    """Withdraw a comment of one's own, or any for who may delete; its text is not shown any more.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING.
    """
    now = resources.clock()
    with resources.database.write() as session:
        row = locked(session, owner, media_id, None)
        written = media.comment(session, row.id, comment_id)
        if written is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such comment.")
        owner.need(May.COMMENT if written.author == owner.id else May.DELETE)
        if written.withdrawn_at is None:
            written.withdrawn_at = now
            details = {"id": comment_id}
            audit.record(session, "comment.withdrawn", now, actor=owner.id, subject=row.id, details=details)
        author = users.emails(session, [written.author]).get(written.author)
    return _comment(written, owner, author)


def _comment(row: MediumComment, owner: Owner, author: str | None) -> Comment:
    text = row.text if row.withdrawn_at is None else None
    return Comment(row.id, author, row.author == owner.id, text, row.at, row.withdrawn_at)
