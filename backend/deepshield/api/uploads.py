"""From a request with a file to its job: the parts that the routes for files share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from deepshield.accounts.quota import quota_headers
from deepshield.api.answers import accepted
from deepshield.api.http.declared import declared_bytes, sender_waits
from deepshield.api.http.errors import request_id
from deepshield.api.once import Once
from deepshield.api.schemas.uploads import UploadAccepted
from deepshield.batches.opening import find_own_batch, needs_secret
from deepshield.batches.receiving import add_address, add_file, add_refused
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.failures import Fault
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.intake.fetch import Rules
from deepshield.intake.filenames import checked_path, shown_name
from deepshield.intake.receive import Body, Received, receive
from deepshield.jobs.accept import accept, discard
from deepshield.jobs.fetching import submit_address
from deepshield.jobs.ownership import new_secret
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.tables import Batch, Job
from deepshield.resources import Resources


async def take_file(
    request: Request,
    resources: Resources,
    kind: MediaKind,
    fields: Collection[str] = ("file",),
    place: Place | None = None,
) -> Received:
    """Store the request's file; refuses before reading when there is no model to analyse it with.

    A file that is refused for what it is becomes an item of its batch.
    """
    await run_in_threadpool(served_bundle, resources)
    body = Body(
        request.stream(), request.headers.get("content-type"), declared_bytes(request), sender_waits(request)
    )
    try:
        return await receive(body, kind, resources.store, resources.settings.file, fields)
    except DeepShieldError as error:
        if place is not None and error.code.fault is Fault.FILE:
            await run_in_threadpool(add_refused, resources, place.batch, place.name or kind.value, error)
        raise


@dataclass(frozen=True, slots=True)
class Place:
    """The open batch that a file is sent to, and the item's name in it; without a name, the file's own."""

    batch: Batch
    name: str | None


async def open_place(
    resources: Resources, owner: Owner | None, batch_id: str | None, name: str | None, secret: str | None
) -> Place | None:
    """Return the place in a batch that a request names, None when it names none.

    A name that is refused becomes an item of the batch. Raises `DeepShieldError` as
    `batches.opening.find_own_batch`, CONFLICT for a batch that takes nothing from the sender, and those of
    names.
    """
    if batch_id is None:
        return None
    batch = await run_in_threadpool(find_own_batch, resources, owner, batch_id, secret)
    if owner is not None and needs_secret(batch):  # whoever knows the batch's id may read it
        raise DeepShieldError(Code.CONFLICT, "The batch was begun without an account. Begin another one.")
    if batch.closed_at is not None:
        raise DeepShieldError(Code.CONFLICT, "The batch is closed. Begin another one.")
    if not name:
        return Place(batch, None)
    try:
        return Place(batch, checked_path(name, resources.settings.file.max_name_length)[0])
    except DeepShieldError as error:
        await run_in_threadpool(add_refused, resources, batch, shown_name(name), error)
        raise


async def submit_url(
    request: Request,
    once: Once,
    owner: Owner | None,
    url: str,
    reuse: bool,
    place: Place | None = None,
) -> UploadAccepted:
    """Make a job of an address, once per Idempotency-Key; its file is fetched afterwards.

    Raises INVALID_URL at once for what is never connected to, and CONFLICT for a batch that is closed.
    """
    rules = Rules(once.resources.settings.file, once.resources.settings.fetch)
    target = await run_in_threadpool(rules.check, url)
    secret = new_secret() if owner is None else None
    number = request_id(request)

    def make(within: Callable[[Session, tuple[Job, bool]], None] | None) -> tuple[Job, bool]:
        if place is None:
            return submit_address(
                once.resources, owner, url, target, request_id=number, owner_secret=secret, within=within
            )
        return add_address(once.resources, owner, place.batch, place.name or url, url, target, number, within)

    facts = [url, reuse, *_facts_of(place)]
    answer = await run_in_threadpool(
        once.make, UploadAccepted, facts, make, lambda made: _answer(made, None if place else secret)
    )
    once.response.headers.update(await run_in_threadpool(quota_headers, once.resources, owner))
    return answer


async def submit_upload(
    request: Request,
    once: Once,
    owner: Owner | None,
    upload: Received,
    reuse: bool,
    facts: list[Any] | None = None,
    place: Place | None = None,
) -> UploadAccepted:
    """Make a job of a stored upload, once per Idempotency-Key, and return the answer about it.

    ``facts`` are those by which two requests are equal; they are the file's content and the parameters
    when not given. See `deepshield.jobs.accept`.
    """
    deciding = facts or [upload.sha256, upload.format.kind.value, reuse, *_facts_of(place)]
    number = request_id(request)
    answer = await run_in_threadpool(submitted, once, owner, upload, reuse, deciding, number, place=place)
    once.response.headers.update(await run_in_threadpool(quota_headers, once.resources, owner))
    return answer


def submitted(
    once: Once,
    owner: Owner | None,
    upload: Received,
    reuse: bool,
    facts: list[Any],
    number: str | None,
    also: Callable[[Session, Job], None] | None = None,
    place: Place | None = None,
) -> UploadAccepted:
    """Make a job of a stored upload, in a thread; ``number`` is the request's id.

    ``also`` is called with the job within its transaction. The upload is deleted where no job needs it.
    """
    needed = False
    secret = new_secret() if owner is None and place is None else None  # a batch has one for all its files

    def make(within: Callable[[Session, tuple[Job, bool]], None] | None) -> tuple[Job, bool]:
        nonlocal needed
        needed = True

        def both(session: Session, made: tuple[Job, bool]) -> None:
            if also is not None:
                also(session, made[0])
            if within is not None:
                within(session, made)

        if place is not None:
            name = place.name or upload.filename
            return add_file(once.resources, owner, place.batch, upload, name=name, reuse=reuse, within=both)
        return accept(
            once.resources,
            owner,
            upload,
            request_id=number,
            reuse=reuse,
            owner_secret=secret,
            within=both,
        )

    try:
        return once.make(UploadAccepted, facts, make, lambda made: _answer(made, secret))
    finally:
        if not needed:
            discard(once.resources, upload)


def _facts_of(place: Place | None) -> list[Any]:
    return [] if place is None else [place.batch.id, place.name]


def _answer(made: tuple[Job, bool], owner_secret: str | None) -> UploadAccepted:
    job, reused = made
    return UploadAccepted(**accepted(job).model_dump(), reused=reused, owner_secret=owner_secret)
