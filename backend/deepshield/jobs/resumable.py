"""Files that arrive in parts: begun, added to, made a job of by the last byte, or given up.

A part is recorded in one transaction with the upload's new place, so that all bytes before that place are
stored. The last part is recorded in the transaction that makes the job: an upload is whole when it has a
job. Of several requests that add to a file at once the latest alone may, as it is the one whose sender is
still there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deepshield.deletion import delete_noted
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.failures import Fault
from deepshield.domain.owner import Owner
from deepshield.idempotency import KEPT_FOR
from deepshield.intake.filenames import checked_name
from deepshield.intake.parts import Part, Place, join
from deepshield.intake.receive import Received, received
from deepshield.intake.tus import Metadata
from deepshield.intake.upload_writer import refuse_size
from deepshield.jobs.served_bundle import served_bundle
from deepshield.jobs.submit import refuse_spent
from deepshield.persistence.repositories import blobs, resumable
from deepshield.persistence.tables import Job, ResumableUpload, UploadPart
from deepshield.resources import Resources

_MOST_PARTS = 10_000  # so that a sender of single bytes cannot fill the table
_BATCH = 200
_NOWHERE = 2**63 - 1  # beyond every upload, and the largest number that SQLite takes


@dataclass(frozen=True, slots=True)
class Announced:
    """A file of ``length`` bytes that is to arrive; ``declared`` is the header that the metadata are from."""

    length: int
    declared: str | None
    metadata: Metadata
    reuse: bool


def begin(
    resources: Resources,
    owner: Owner | None,
    sender: str,
    announced: Announced,
    within: Callable[[Session, ResumableUpload], None] | None = None,
) -> ResumableUpload:
    """Make room for a file that is to arrive.

    ``sender`` is the account or the visitor, as `idempotency` names them. ``within`` is called before the
    transaction commits. Raises `DeepShieldError` FILE_TOO_LARGE, EMPTY_FILE, MODEL_NOT_AVAILABLE,
    QUOTA_EXCEEDED (nothing is charged before the file is whole), TOO_MANY.
    """
    limits, now = resources.settings.file, resources.clock()
    refuse_size(announced.length, limits.max_bytes)
    if not announced.length:
        raise DeepShieldError(Code.EMPTY_FILE)
    served_bundle(resources)
    upload = ResumableUpload(
        id=str(uuid.uuid4()),
        owner_id=owner.id if owner else None,
        workspace_id=owner.shared_id if owner else None,
        sender=sender,
        declared=announced.declared,
        filename=announced.metadata.filename,
        content_type=announced.metadata.content_type,
        reuse=announced.reuse,
        length=announced.length,
        offset=0,
        created_at=now,
        expires_at=_expiry(resources, now),
    )
    with resources.database.write() as session:
        resumable.one_at_a_time(session, sender)  # so that requests at once cannot pass the limit
        if owner is not None:
            refuse_spent(session, resources, owner)
        if resumable.unfinished(session, sender, now) >= limits.resumable_most:
            raise DeepShieldError(
                Code.TOO_MANY,
                "There are as many unfinished uploads as one sender may have. Finish or delete one.",
                limit=limits.resumable_most,
            )
        session.add(upload)
        session.flush()
        if within is not None:
            within(session, upload)
    return upload


def find_upload(resources: Resources, owner: Owner | None, upload_id: str) -> ResumableUpload:
    """Return a sender's own upload; raises `DeepShieldError` NOT_FOUND, EXPIRED when its time is over."""
    with resources.database.read() as session:
        upload = resumable.find(session, upload_id, owner)
    if upload is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such upload. Begin it again.")
    if upload.expires_at <= resources.clock():
        raise DeepShieldError(Code.EXPIRED, "The time of this upload is over. Begin it again.")
    return upload


def take_over(resources: Resources, owner: Owner | None, upload_id: str, offset: int) -> ResumableUpload:
    """Become the one request that adds to an upload, from ``offset`` on; a whole upload is returned as it is.

    Raises as `find_upload`, and `DeepShieldError` OFFSET_MISMATCH when the next byte is another.
    """
    writer, now = str(uuid.uuid4()), resources.clock()
    with resources.database.write() as session:
        taken = resumable.take_over(session, upload_id, owner, min(offset, _NOWHERE), writer, now)
        if taken is not None and resumable.count_parts(session, upload_id) >= _MOST_PARTS:
            raise DeepShieldError(
                Code.TOO_MANY, "The upload has too many parts. Begin it again, with larger ones."
            )
    if taken is not None:
        return taken
    upload = find_upload(resources, owner, upload_id)
    if upload.job_id is None:
        raise elsewhere(upload.offset)
    return upload


def elsewhere(offset: int | None = None) -> DeepShieldError:
    """Return the refusal of bytes that are not the next ones, with the place of those where it is known."""
    known = {} if offset is None else {"offset": offset}
    return DeepShieldError(Code.OFFSET_MISMATCH, None, **known)


def place_of(upload: ResumableUpload) -> Place:
    """Return where the next bytes of an upload belong."""
    return Place(f"parts/{upload.id}", upload.offset, upload.length)


def record(resources: Resources, upload: ResumableUpload, parts: Sequence[Part]) -> None:
    """Record parts that follow one another, none of them the last.

    Raises `DeepShieldError` OFFSET_MISMATCH when a later request has taken over, or the upload is gone.
    """
    assert upload.writer is not None, "the upload has been taken over"
    rows = [
        UploadPart(upload_id=upload.id, start=part.start, size_bytes=part.size_bytes, key=part.key)
        for part in parts
    ]
    expires_at = _expiry(resources, resources.clock())
    with resources.database.write() as session:
        if not resumable.advance(session, upload.id, upload.writer, rows, expires_at):
            raise elsewhere()


def whole(resources: Resources, upload: ResumableUpload, last: Sequence[Part]) -> Received:
    """Store the whole file, whose ``last`` parts are not recorded yet.

    Raises as `intake.parts.join` and `checked_name`, and `DeepShieldError` OFFSET_MISMATCH when another
    request has finished or removed the upload.
    """
    with resources.database.read() as session:
        earlier = [Part(row.start, row.size_bytes, row.key) for row in resumable.parts(session, upload.id)]
    parts = [part for part in earlier if part.start < last[0].start] + list(last)
    if sum(part.size_bytes for part in parts) != upload.length:
        raise elsewhere()
    limits = resources.settings.file
    stored = join(resources.store, parts, limits.max_bytes)
    name = checked_name(upload.filename, stored.format.kind, limits.max_name_length)
    return replace(received(stored, name, upload.content_type), declared_bytes=upload.length)


def finish(
    session: Session, resources: Resources, upload: ResumableUpload, last: Sequence[Part], job: Job
) -> list[str]:
    """Record that an upload is whole, in its job's transaction; return the keys of parts, noted for deletion.

    Raises `DeepShieldError` OFFSET_MISMATCH when another request has finished or removed it.
    """
    now = resources.clock()
    if not resumable.finish(session, upload.id, last[0].start, job.id, now + KEPT_FOR):
        raise elsewhere()
    keys = resumable.remove_parts(session, [upload.id], now)
    unrecorded = [part.key for part in last]
    blobs.note_deletion(session, unrecorded, now)
    return [*keys, *unrecorded]


def give_up_refused(resources: Resources, upload: ResumableUpload, error: DeepShieldError) -> None:
    """Remove an upload whose file is refused for good; one that may succeed later stays as it is."""
    if error.code.fault is Fault.FILE:
        _remove(resources, upload.id)


def remove_upload(resources: Resources, owner: Owner | None, upload_id: str) -> None:
    """Remove an upload with its parts, not the job that may have been made of it; raises as `find_upload`."""
    find_upload(resources, owner, upload_id)
    _remove(resources, upload_id)


def expire(resources: Resources) -> int:
    """Remove uploads whose time is over, noting their parts for deletion; return how many."""
    now = resources.clock()
    with resources.database.write() as session:
        over = resumable.expired(session, now, _BATCH)
        if over:
            resumable.remove(session, over, now)
    return len(over)


def _remove(resources: Resources, upload_id: str) -> None:
    with resources.database.write() as session:
        keys = resumable.remove(session, [upload_id], resources.clock())
    delete_noted(resources, keys)


def _expiry(resources: Resources, now: datetime) -> datetime:
    return now + timedelta(hours=resources.settings.file.resumable_hours)
