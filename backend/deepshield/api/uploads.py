"""From a request with a file to its job: the parts that the routes for files share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from deepshield.accounts.quota import quota_headers
from deepshield.api.answers import accepted
from deepshield.api.http.errors import request_id
from deepshield.api.schemas.uploads import UploadAccepted
from deepshield.api.state import state_of
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.intake.fetch import fetch
from deepshield.intake.receive import Body, Received, receive
from deepshield.jobs.accept import accept
from deepshield.jobs.ownership import new_secret
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.tables import Job
from deepshield.resources import Resources


async def take_file(
    request: Request, resources: Resources, kind: MediaKind, fields: Collection[str] = ("file",)
) -> Received:
    """Store the request's file; refuses before reading when there is no model to analyse it with."""
    await run_in_threadpool(served_bundle, resources.settings.infer)
    body = Body(request.stream(), request.headers.get("content-type"), _declared_bytes(request))
    return await receive(body, kind, resources.store, resources.settings.file, fields)


async def take_url(request: Request, resources: Resources, url: str) -> Received:
    """Store the file at ``url``; refuses when the process already fetches as many files as it may."""
    await run_in_threadpool(served_bundle, resources.settings.infer)
    fetching = state_of(request).fetching
    if fetching.available_tokens < 1:
        raise DeepShieldError(Code.SERVICE_UNAVAILABLE, "Too many files are being fetched. Try again soon.")
    return await to_thread.run_sync(fetch, url, resources.store, resources.settings.file, limiter=fetching)


@dataclass(frozen=True, slots=True)
class Submitted:
    """An upload's job, whether it is an earlier one, and the secret of one without an account."""

    job: Job
    reused: bool
    owner_secret: str | None


async def submit_upload(
    request: Request, resources: Resources, owner: Owner | None, upload: Received, reuse: bool
) -> Submitted:
    """Make a job of a stored upload; see `deepshield.jobs.accept`."""
    secret = new_secret() if owner is None else None
    job, reused = await run_in_threadpool(
        lambda: accept(
            resources, owner, upload, request_id=request_id(request), reuse=reuse, owner_secret=secret
        )
    )
    return Submitted(job, reused, secret)


async def answer_upload(
    response: Response, resources: Resources, owner: Owner | None, submitted: Submitted
) -> UploadAccepted:
    """Return the answer about a new job, with the account's quota in the headers."""
    await set_quota_headers(response, resources, owner)
    return UploadAccepted(
        **accepted(submitted.job).model_dump(), reused=submitted.reused, owner_secret=submitted.owner_secret
    )


async def set_quota_headers(response: Response, resources: Resources, owner: Owner | None) -> None:
    """Set the headers with the account's daily quota."""
    response.headers.update(await run_in_threadpool(quota_headers, resources, owner))


def _declared_bytes(request: Request) -> int | None:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else None
