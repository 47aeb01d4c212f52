"""From requests that each bring a part of a file to its job."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from anyio import CancelScope
from fastapi import Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from deepshield.accounts.quota import quota_headers
from deepshield.api.http.declared import declared_bytes, sender_waits
from deepshield.api.http.errors import request_id
from deepshield.api.once import Once
from deepshield.api.schemas.uploads import UploadAccepted, UploadState
from deepshield.api.uploads import submitted
from deepshield.deletion import delete_noted
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.intake.body_reader import BodyReader
from deepshield.intake.form_parts import malformed
from deepshield.intake.parts import Part, take_parts
from deepshield.jobs import resumable
from deepshield.persistence.tables import Job, ResumableUpload

_OPERATION = "PATCH /api/uploads/{upload_id}"


async def add_body(
    request: Request, once: Once, owner: Owner | None, upload_id: str, offset: int, sha256: bytes | None
) -> UploadState:
    """Add the request's body to an upload, from ``offset`` on; the last byte makes a job of the file.

    A whole upload stays as it is, so that a last part that is sent again gets the same answer. A file that is
    refused for good is removed. Raises `DeepShieldError`: those of `resumable.take_over`, `take_parts` and
    `accept`.
    """
    resources = once.resources
    upload = await run_in_threadpool(resumable.take_over, resources, owner, upload_id, offset)
    waits = sender_waits(request)
    reader = BodyReader(request.stream(), resources.settings.file, sender_waits=waits)
    if upload.job_id is not None:
        await reader.drain()
        return await run_in_threadpool(state_of_upload, once, upload)
    try:
        declared = declared_bytes(request)
        if declared is not None and declared > upload.length - upload.offset:
            raise malformed("The request has more bytes than the upload still needs. Ask for its offset.")
        joining = _Joining(once, owner, upload, request_id(request))
        place = resumable.place_of(upload)
        await take_parts(reader, resources.store, place, joining.record, sha256)
    except DeepShieldError as error:
        await reader.drain()
        now = await run_in_threadpool(_after, once, owner, upload, error)
        if now is None:
            raise
        return now
    found = await run_in_threadpool(resumable.find_upload, resources, owner, upload_id)
    if found.job_id is not None:
        once.response.headers.update(await run_in_threadpool(quota_headers, resources, owner))
    return await run_in_threadpool(state_of_upload, once, found)


async def add_first_body(
    request: Request, once: Once, owner: Owner | None, upload_id: str, sha256: bytes | None
) -> UploadState:
    """Add the body of the request that began an upload; raises as `add_body`.

    An upload whose address was told to nobody is removed: only a request with an Idempotency-Key can be sent
    again to learn it.
    """
    try:
        return await add_body(request, once, owner, upload_id, 0, sha256)
    except BaseException:
        if once.key is None:
            with CancelScope(shield=True), contextlib.suppress(DeepShieldError):
                await run_in_threadpool(resumable.remove_upload, once.resources, owner, upload_id)
        raise


def state_of_upload(once: Once, upload: ResumableUpload) -> UploadState:
    """Return how far an upload has come, with the answer about its job."""
    answer = None
    if upload.job_id is not None:
        answer = _kept_by(once, upload).kept(UploadAccepted, [])
    return UploadState(
        upload_id=upload.id,
        offset=upload.offset,
        length=upload.length,
        expires_at=upload.expires_at,
        job=answer,
    )


class _Joining:
    """Records parts of one request; those that complete the file become its job."""

    def __init__(self, once: Once, owner: Owner | None, upload: ResumableUpload, number: str | None) -> None:
        self._once, self._owner, self._upload, self._number = once, owner, upload, number

    def record(self, parts: list[Part]) -> None:
        resources = self._once.resources
        if parts[-1].start + parts[-1].size_bytes < self._upload.length:
            resumable.record(resources, self._upload, parts)
            return
        noted: list[str] = []

        def also(session: Session, job: Job) -> None:
            noted.extend(resumable.finish(session, resources, self._upload, parts, job))

        file = resumable.whole(resources, self._upload, parts)
        once = _kept_by(self._once, self._upload)
        submitted(once, self._owner, file, self._upload.reuse, [], self._number, also)
        delete_noted(resources, noted)


def _after(
    once: Once, owner: Owner | None, upload: ResumableUpload, error: DeepShieldError
) -> UploadState | None:
    """Return the state of an upload that another request has made whole; None where the refusal stands."""
    if error.code is Code.OFFSET_MISMATCH:
        found = resumable.find_upload(once.resources, owner, upload.id)
        return state_of_upload(once, found) if found.job_id is not None else None
    resumable.give_up_refused(once.resources, upload, error)
    return None


def _kept_by(once: Once, upload: ResumableUpload) -> Once:
    """Return the request as one of the upload, whose one answer is kept under the upload's id."""
    return replace(once, response=Response(), owner=upload.sender, operation=_OPERATION, key=upload.id)
