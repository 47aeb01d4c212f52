"""From a request with a file to its job: the parts that the routes for files share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from deepshield.accounts.quota import quota_headers
from deepshield.api.answers import accepted
from deepshield.api.http.errors import request_id
from deepshield.api.once import Once
from deepshield.api.schemas.uploads import UploadAccepted
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.intake.fetch import Rules
from deepshield.intake.receive import Body, Received, receive
from deepshield.jobs.accept import accept, discard
from deepshield.jobs.fetching import submit_address
from deepshield.jobs.ownership import new_secret
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.tables import Job
from deepshield.resources import Resources


async def take_file(
    request: Request, resources: Resources, kind: MediaKind, fields: Collection[str] = ("file",)
) -> Received:
    """Store the request's file; refuses before reading when there is no model to analyse it with."""
    await run_in_threadpool(served_bundle, resources.settings.infer)
    body = Body(request.stream(), request.headers.get("content-type"), declared_bytes(request))
    return await receive(body, kind, resources.store, resources.settings.file, fields)


async def submit_url(
    request: Request, once: Once, owner: Owner | None, url: str, reuse: bool
) -> UploadAccepted:
    """Make a job of an address, once per Idempotency-Key; its file is fetched afterwards.

    Raises INVALID_URL at once for what is never connected to.
    """
    rules = Rules(once.resources.settings.file, once.resources.settings.fetch)
    target = await run_in_threadpool(rules.check, url)
    secret = new_secret() if owner is None else None
    number = request_id(request)

    def make(within: Callable[[Session, tuple[Job, bool]], None] | None) -> tuple[Job, bool]:
        return submit_address(
            once.resources, owner, url, target, request_id=number, owner_secret=secret, within=within
        )

    answer = await run_in_threadpool(
        once.make, UploadAccepted, [url, reuse], make, lambda made: _answer(made, secret)
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
) -> UploadAccepted:
    """Make a job of a stored upload, once per Idempotency-Key, and return the answer about it.

    ``facts`` are those by which two requests are equal; they are the file's content and the parameters
    when not given. See `deepshield.jobs.accept`.
    """
    deciding = facts or [upload.sha256, upload.format.kind.value, reuse]
    answer = await run_in_threadpool(submitted, once, owner, upload, reuse, deciding, request_id(request))
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
) -> UploadAccepted:
    """Make a job of a stored upload, in a thread; ``number`` is the request's id.

    ``also`` is called with the job within its transaction. The upload is deleted where no job needs it.
    """
    needed = False
    secret = new_secret() if owner is None else None

    def make(within: Callable[[Session, tuple[Job, bool]], None] | None) -> tuple[Job, bool]:
        nonlocal needed
        needed = True

        def both(session: Session, made: tuple[Job, bool]) -> None:
            if also is not None:
                also(session, made[0])
            if within is not None:
                within(session, made)

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


def _answer(made: tuple[Job, bool], owner_secret: str | None) -> UploadAccepted:
    job, reused = made
    return UploadAccepted(**accepted(job).model_dump(), reused=reused, owner_secret=owner_secret)


def declared_bytes(request: Request) -> int | None:
    """Return the length that a request declares of its body; None when it declares none."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else None
