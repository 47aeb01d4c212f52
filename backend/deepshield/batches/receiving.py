"""Files that come to a batch: each becomes an item with its job, or one that is refused with a code.

A batch has a file once: what is sent again after a broken line is recognised and makes nothing. Files of one
request are recognised by their place, files that come one by one by their name and bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.batches.opening import refuse_too_many
from deepshield.domain.batches import Held
from deepshield.domain.custody import Sender, Source, SourceKind
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.intake.receive import Received
from deepshield.intake.urls import Target
from deepshield.jobs.accept import discard
from deepshield.jobs.fetching import address_submission
from deepshield.jobs.submit import Submission, insert_job, submit
from deepshield.persistence.repositories import batches, blobs, jobs
from deepshield.persistence.tables import Batch, BatchItem, Job
from deepshield.resources import Resources

_OF_THE_BATCH = (Code.CONFLICT, Code.NOT_FOUND, Code.UNAUTHORIZED)
Within = Callable[[Session, tuple[Job, bool]], None]


class _KnownError(Exception):
    """The batch has this file already, with this job; the transaction is to be rolled back."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job


class Places:
    """Takes the files of one request, in their order; the same request sent again goes on where it broke off.

    ``repeated`` says that the request may have been here before. `take` and `refuse` raise `DeepShieldError`
    IDEMPOTENCY_KEY_REUSED for another file at the same place, and BATCH_TOO_LARGE.
    """

    def __init__(
        self, resources: Resources, owner: Owner | None, batch: Batch, *, reuse: bool, repeated: bool
    ) -> None:
        self._resources, self._owner, self._batch = resources, owner, batch
        self._reuse, self._repeated = reuse, repeated
        self._next = 0

    def take(self, name: str, upload: Received) -> None:
        """Make an item of a stored file."""
        try:
            position = self._place()
            known = self._known(position, name, upload.sha256)
        except DeepShieldError:
            discard(self._resources, upload)
            raise
        if known:
            discard(self._resources, upload)
        else:
            self._take(position, name, upload)

    def refuse(self, name: str, error: DeepShieldError) -> None:
        """Make an item of a file that was refused."""
        position = self._place()
        if not self._known(position, name, None):
            try:
                _add(self._resources, self._batch, position, name, _refusal(error))
            except (IntegrityError, DeepShieldError) as error:
                if not self._overtaken(error, position, name, None):
                    raise

    def _take(self, position: int, name: str, upload: Received) -> None:
        try:
            _take(self._resources, self._owner, self._batch, position, name, upload, self._reuse)
        except (IntegrityError, DeepShieldError) as error:
            if isinstance(error, IntegrityError):
                discard(self._resources, upload)
            if not self._overtaken(error, position, name, upload.sha256):
                raise

    def _overtaken(self, error: Exception, position: int, name: str, sha256: str | None) -> bool:
        """Return whether the same request, sent again before this one was read, has taken the place.

        It may also have closed the batch since, which then is a CONFLICT.
        """
        if isinstance(error, DeepShieldError) and error.code is not Code.CONFLICT:
            return False
        self._repeated = True
        return self._known(position, name, sha256)

    def _place(self) -> int:
        position, self._next = self._next, self._next + 1
        refuse_too_many(self._resources, self._next)
        return position

    def _known(self, position: int, name: str, sha256: str | None) -> bool:
        if not self._repeated:
            return False
        with self._resources.database.read() as session:
            item = batches.item_at(session, self._batch.id, position)
        if item is None and self._batch.closed_at is None:
            return False
        if item is None or item.name != name or item.sha256 != sha256:
            raise DeepShieldError(Code.IDEMPOTENCY_KEY_REUSED)
        return True


def _take(
    resources: Resources,
    owner: Owner | None,
    batch: Batch,
    position: int,
    name: str,
    upload: Received,
    reuse: bool,
) -> None:
    facts = _facts(upload)

    def within(session: Session, made: tuple[Job, bool]) -> None:
        job, reused = made
        _insert(session, batch.id, position, name, {**facts, **_held(job, reused)}, resources)

    try:
        _, reused = submit(
            resources, owner, submission_of(resources, batch, upload), reuse=reuse, within=within
        )
    except DeepShieldError as error:
        _keep_or_discard(resources, batch, position, name, upload, error)
        return
    if reused:
        discard(resources, upload)


def _keep_or_discard(
    resources: Resources, batch: Batch, position: int, name: str, upload: Received, error: DeepShieldError
) -> None:
    """Note what could not become a job; the file is kept where that may succeed later."""
    if error.code.again:
        kept = {**_facts(upload), "upload_key": upload.upload_key}
        try:
            _add(resources, batch, position, name, {**kept, **_refusal(error)})
        except DeepShieldError:  # the batch was closed or deleted meanwhile
            discard(resources, upload)
            raise
        return
    discard(resources, upload)
    if error.code in _OF_THE_BATCH:
        raise error
    _add(resources, batch, position, name, _refusal(error))


def add_file(
    resources: Resources,
    owner: Owner | None,
    batch: Batch,
    upload: Received,
    *,
    name: str,
    reuse: bool = True,
    within: Within | None = None,
) -> tuple[Job, bool]:
    """Add a stored file to an open batch and return its job, and whether that was there before.

    A file of the same name and bytes is the same item. ``within`` is called before the transaction commits.
    A file that the quota refuses stays with its item, which `ending.resume` tries again. Raises
    `DeepShieldError` as `jobs.submit.submit`, CONFLICT for a batch that is closed, BATCH_TOO_LARGE.
    """
    facts = _facts(upload)

    def place(session: Session, made: tuple[Job, bool]) -> None:
        job, reused = made
        position = _own_place(session, resources, batch.id, name, upload.sha256, None)
        _insert(session, batch.id, position, name, {**facts, **_held(job, reused)}, resources)
        if within is not None:
            within(session, made)

    try:
        job, reused = submit(
            resources, owner, submission_of(resources, batch, upload), reuse=reuse, within=place
        )
    except _KnownError as known:
        return _once_more(resources, upload, known.job, within)
    except DeepShieldError as error:
        if not error.code.again:
            discard(resources, upload)
            raise
        kept = {**facts, "upload_key": upload.upload_key, **_refusal(error)}
        try:
            _append(resources, batch.id, name, kept)
        except _KnownError as known:
            return _once_more(resources, upload, known.job, within)
        except DeepShieldError:  # the batch was closed or deleted meanwhile
            discard(resources, upload)
            raise
        error.details["batch_item"] = True
        raise
    if reused:
        discard(resources, upload)
    return job, reused


def _once_more(resources: Resources, upload: Received, job: Job, within: Within | None) -> tuple[Job, bool]:
    """Return the job that a batch has of a file already; what was sent again is deleted."""
    discard(resources, upload)
    if within is not None:
        with resources.database.write() as session:
            within(session, (job, True))
    return job, True


def add_refused(resources: Resources, batch: Batch, name: str, error: DeepShieldError) -> None:
    """Add a file that was refused before it could be stored to an open batch; its ``error`` then says so."""
    _append(resources, batch.id, name, _refusal(error))
    error.details["batch_item"] = True


def add_address(
    resources: Resources,
    owner: Owner | None,
    batch: Batch,
    name: str,
    url: str,
    target: Target,
    request_id: str | None,
    within: Within | None,
) -> tuple[Job, bool]:
    """Add an address whose ``target`` may be fetched to an open batch, and return its new job and False.

    ``within`` is called before the transaction commits. Raises as `add_file`.
    """
    patience, secret = resources.settings.batch.patience, batch.owner_secret_sha256
    wanted = address_submission(resources, owner, url, target, request_id, secret, patience)
    with resources.database.write() as session:
        job = insert_job(session, resources, owner, wanted)
        _open(session, batch.id)
        position = batches.next_position(session, batch.id)
        refuse_too_many(resources, position + 1)
        _insert(session, batch.id, position, name, {"url": url, **_held(job, False)}, resources)
        if within is not None:
            within(session, (job, False))
    return job, False


def submission_of(resources: Resources, batch: Batch, upload: Received) -> Submission:
    """Describe a batch's file, which stands back in its queue."""
    return Submission(
        kind=upload.format.kind,
        filename=upload.filename,
        content_type=upload.content_type,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        upload_key=upload.upload_key,
        request_id=batch.request_id,
        owner_secret_sha256=batch.owner_secret_sha256,
        source=Source(
            kind=SourceKind.UPLOAD,
            sender=Sender.VISITOR if batch.owner_id is None else Sender.ACCOUNT,
            received_at=resources.clock(),
            name=upload.filename,
            content_type=upload.content_type,
            declared_bytes=upload.declared_bytes,
        ),
        patience=resources.settings.batch.patience,
    )


def _own_place(
    session: Session, resources: Resources, batch_id: str, name: str, sha256: str | None, code: str | None
) -> int:
    """Return the place of a new item of an open batch, in place of one that was refused.

    Raises `_KnownError` for an item that has a job, `DeepShieldError` CONFLICT and BATCH_TOO_LARGE.
    """
    _open(session, batch_id)
    item = batches.item_like(session, batch_id, name, sha256, code)
    if item is None:
        position = batches.next_position(session, batch_id)
        refuse_too_many(resources, position + 1)
        return position
    job = jobs.get(session, item.job_id) if item.job_id else None
    if job is not None:
        raise _KnownError(job)
    if item.upload_key is not None:
        blobs.note_deletion(session, [item.upload_key], resources.clock())
    session.delete(item)
    session.flush()
    return item.position


def _append(resources: Resources, batch_id: str, name: str, values: dict[str, Any]) -> None:
    with resources.database.write() as session:
        position = _own_place(
            session, resources, batch_id, name, values.get("sha256"), values.get("error_code")
        )
        _insert(session, batch_id, position, name, values, resources)


def _add(resources: Resources, batch: Batch, position: int, name: str, values: dict[str, Any]) -> None:
    with resources.database.write() as session:
        _insert(session, batch.id, position, name, values, resources)


def _insert(
    session: Session, batch_id: str, position: int, name: str, values: dict[str, Any], resources: Resources
) -> None:
    batch, now = _open(session, batch_id), resources.clock()
    session.add(BatchItem(batch_id=batch_id, position=position, name=name, created_at=now, **values))
    session.flush()
    batch.updated_at = now


def _open(session: Session, batch_id: str) -> Batch:
    batch = batches.locked(session, batch_id)
    if batch is None or batch.deleted_at is not None:
        raise DeepShieldError(Code.NOT_FOUND)
    if batch.closed_at is not None:
        raise DeepShieldError(Code.CONFLICT, "The batch is closed. Begin another one.")
    return batch


def _held(job: Job, reused: bool) -> dict[str, Any]:
    return {"state": Held.JOB, "job_id": job.id, "reused": reused}


def _refusal(error: DeepShieldError) -> dict[str, Any]:
    return {"state": Held.REFUSED, "error_code": error.code.value, "error_message": error.message}


def _facts(upload: Received) -> dict[str, Any]:
    return {
        "media_type": upload.format.kind.value,
        "content_type": upload.content_type,
        "size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
    }
