"""Batches: many files handed in together, followed, exported, cancelled and resumed as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from deepshield.accounts.quota import quota_headers
from deepshield.api.auth import AnalysingOwner, ExportingOwner, MaybeCaller, ReadingOwner
from deepshield.api.batch_bodies import Holds, addresses_of, holds, read_manifest, read_request
from deepshield.api.batch_lines import batch_answer, csv_lines, item_answer, json_lines
from deepshield.api.deps import OwnerSecret, ResourcesOf
from deepshield.api.documented import CHANGING_JOB, MAKING, READING, Responses, failures
from deepshield.api.http.errors import request_id
from deepshield.api.once import REPLAYED, Once, OncePerKey
from deepshield.api.schemas.batches import (
    MOST_NAMED,
    BatchAnswer,
    BatchCreated,
    BatchDeleted,
    BatchItemAnswer,
    BatchItemPage,
    BatchPage,
    BatchResumed,
    Storable,
)
from deepshield.api.state import credentials_alive
from deepshield.batches import ending, opening, reading
from deepshield.batches.opening import Address
from deepshield.batches.reading import Progress
from deepshield.batches.receiving import Places
from deepshield.domain.batches import BatchState, ItemState, Tally
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import Code
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.intake.form_parts import boundary_of
from deepshield.intake.many import receive_archive, receive_form
from deepshield.jobs.ownership import new_secret
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence.tables import Batch
from deepshield.resources import Resources

router = APIRouter(prefix="/batches", tags=["batches"])

_POLL_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15
_LONGEST_STREAM_SECONDS = 300.0
_RETRY_MS = 1000
_ENDED = (BatchState.FINISHED, BatchState.CANCELLED)
_TAKING = failures(
    *READING,
    *MAKING,
    Code.MODEL_NOT_AVAILABLE,
    Code.STORAGE_FULL,
    Code.FILE_TOO_LARGE,
    Code.BATCH_TOO_LARGE,
    Code.INVALID_MIME_TYPE,
    Code.UPLOAD_TIMEOUT,
    Code.MALFORMED_UPLOAD,
    Code.NO_FILE,
    Code.CONFLICT,
)
_FILES = {"type": "array", "items": {"type": "string", "format": "binary"}}
_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/BatchRequest"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["files"], "properties": {"files": _FILES}}
            },
        },
    }
}
_CSV: Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_JSONL: Responses = {200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}
_STREAM: Responses = {
    200: {
        "description": "Events `progress`, then one `final` or `deleted`, whose data is a `BatchAnswer`.",
        "model": BatchAnswer,
    }
}

BatchId = Annotated[
    str, Path(description="The id that the batch was made with.", max_length=36, pattern="^[0-9a-f-]*$")
]


@router.post("", summary="Make a batch", openapi_extra=_BODIES, responses=_TAKING)
async def post_batch(
    request: Request,
    owner: AnalysingOwner,
    resources: ResourcesOf,
    once: OncePerKey,
    name: Annotated[
        str, Query(description="By which people know the batch.", max_length=255, pattern=Storable)
    ] = "",
    reuse: Annotated[
        bool, Query(description="Take the account's earlier jobs of the same bytes as they are.")
    ] = True,
) -> BatchCreated:
    """Make a batch of files (a form, in which archives are unpacked, or one ZIP archive) or of addresses
    (JSON, or a manifest with one JSON object a line), or with `{"open": true}` one that files come to by
    `POST /api/analyze-image?batch=…` until it is closed.

    What is refused is an item with its code, and the others are taken. Sent again with its Idempotency-Key
    after a broken line, the request goes on where it broke off; the answer is the batch as it then is.
    """
    body = holds(request)
    if body in (Holds.FORM, Holds.ARCHIVE):
        return await _of_files(request, resources, once, owner, name, reuse=reuse, form=body is Holds.FORM)
    if body is Holds.MANIFEST:
        addresses, closed = await read_manifest(request, resources.settings.file), True
    else:
        wanted = await read_request(request, resources.settings.file)
        addresses, closed, name = addresses_of(wanted), not wanted.open, wanted.name or name
    return await run_in_threadpool(
        _of_addresses, resources, once, owner, name, addresses, closed, request_id(request)
    )


@router.get("", summary="My batches")
def list_batches(
    owner: ReadingOwner,
    resources: ResourcesOf,
    cursor: Annotated[
        str | None, Query(max_length=36, pattern="^[0-9a-f-]*$", description="`next_cursor` of a page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BatchPage:
    """Return the account's batches, the newest first. Without an account the list is empty."""
    found = reading.list_batches(resources, owner, cursor, limit)
    return BatchPage(
        batches=[batch_answer(one) for one in found],
        next_cursor=found[-1].batch.id if len(found) == limit else None,
    )


@router.get("/{batch_id}.csv", summary="A batch as a table", responses=_CSV)
def get_batch_csv(
    batch_id: BatchId, owner: ExportingOwner, request: Request, resources: ResourcesOf
) -> StreamingResponse:
    """Send all items as CSV, with the columns of the history's table, also while the batch runs."""
    batch = opening.find_batch(resources, owner, batch_id)
    lines = csv_lines(_every_item(resources, owner, batch), _origin(request, resources))
    return _download(lines, "text/csv; charset=utf-8", f"batch-{batch.id[:8]}.csv")


@router.get("/{batch_id}.jsonl", summary="A batch as lines of JSON", responses=_JSONL)
def get_batch_jsonl(
    batch_id: BatchId, owner: ExportingOwner, request: Request, resources: ResourcesOf
) -> StreamingResponse:
    """Send all items as lines of JSON, each a `BatchItemAnswer` with a `link`, also while the batch runs."""
    batch = opening.find_batch(resources, owner, batch_id)
    lines = json_lines(_every_item(resources, owner, batch), _origin(request, resources))
    return _download(lines, "application/x-ndjson", f"batch-{batch.id[:8]}.jsonl")


@router.get("/{batch_id}", summary="A batch and its progress")
def get_batch(batch_id: BatchId, owner: ReadingOwner, resources: ResourcesOf) -> BatchAnswer:
    """Return how many items are in each state, how many results have each verdict, and how long it takes."""
    batch = opening.find_batch(resources, owner, batch_id)
    return batch_answer(reading.progress_of(resources, owner, batch))


@router.get("/{batch_id}/items", summary="A batch's items")
def list_batch_items(
    batch_id: BatchId,
    owner: ReadingOwner,
    resources: ResourcesOf,
    state: Annotated[
        list[ItemState], Query(description="Only items in these states.", max_length=len(ItemState))
    ] = [],  # noqa: B006
    verdict: Annotated[
        list[Verdict], Query(description="Or with these verdicts.", max_length=len(Verdict))
    ] = [],  # noqa: B006
    cursor: Annotated[int, Query(ge=-1, le=10**9, description="`next_cursor` of a page.")] = -1,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BatchItemPage:
    """Return items in the order in which they came."""
    batch = opening.find_batch(resources, owner, batch_id)
    found = reading.items_of(
        resources, owner, batch, after=cursor, limit=limit, states=state, verdicts=verdict
    )
    retention = resources.settings.retention
    return BatchItemPage(
        items=[item_answer(one, retention) for one in found],
        next_cursor=found[-1].line.item.position if len(found) == limit else None,
    )


@router.post(
    "/{batch_id}/close",
    summary="Close a batch",
    responses=failures(*CHANGING_JOB),
)
def close_batch(
    batch_id: BatchId, owner: AnalysingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> BatchAnswer:
    """Take no further items; closing a closed batch changes nothing."""
    opening.find_own_batch(resources, owner, batch_id, secret)
    opening.close_batch(resources, batch_id)
    return _now(resources, owner, batch_id)


@router.post("/{batch_id}/cancel", summary="Cancel a batch", responses=failures(*CHANGING_JOB, Code.CONFLICT))
def cancel_batch(
    batch_id: BatchId, owner: AnalysingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> BatchAnswer:
    """Cancel what has not ended; results stay. What is under way in a large batch ends within seconds."""
    batch = opening.find_sent_batch(resources, owner, batch_id, secret)
    ending.cancel_batch(resources, batch, owner.id if owner else None)
    return _now(resources, owner, batch_id)


@router.post(
    "/{batch_id}/resume",
    summary="Try again what may succeed now",
    responses=failures(*CHANGING_JOB, Code.CONFLICT),
)
def resume_batch(
    batch_id: BatchId, owner: AnalysingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> BatchResumed:
    """Try again what the quota refused, addresses that did not answer, and failures by the server.

    Items whose uploaded file is gone from this server stay as they are, and are named.
    """
    batch = opening.find_own_batch(resources, owner, batch_id, secret)
    resumed = ending.resume(resources, batch)
    return BatchResumed(
        batch_id=batch_id,
        items=resumed.items,
        lost=len(resumed.lost),
        lost_names=list(resumed.lost[:MOST_NAMED]),
    )


@router.delete("/{batch_id}", summary="Delete a batch", responses=failures(*CHANGING_JOB))
def delete_batch(
    batch_id: BatchId, owner: AnalysingOwner, secret: OwnerSecret, resources: ResourcesOf
) -> BatchDeleted:
    """Delete a batch with the jobs that it has made, their results and their files."""
    batch = opening.find_sent_batch(resources, owner, batch_id, secret)
    ending.delete_batch(resources, batch, owner.id if owner else None)
    return BatchDeleted(batch_id=batch_id)


@router.get(
    "/{batch_id}/events", summary="Follow a batch", response_class=EventSourceResponse, responses=_STREAM
)
async def follow_batch(
    batch_id: BatchId, owner: ReadingOwner, caller: MaybeCaller, resources: ResourcesOf
) -> Response:
    """Send the batch as it changes, once a second at most, as server-sent events with a `BatchAnswer` each.

    A stream ends with the batch, and with the login or key that opened it.
    """
    batch = await run_in_threadpool(opening.find_batch, resources, owner, batch_id)
    credential = caller.credential_in(owner) if caller and owner else None
    return EventSourceResponse(
        _events(resources, owner, batch.id, credential),
        ping=_KEEP_ALIVE_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    resources: Resources, owner: Owner | None, batch_id: str, credential: str | None
) -> AsyncIterator[ServerSentEvent]:
    end, told = asyncio.get_running_loop().time() + _LONGEST_STREAM_SECONDS, None
    while asyncio.get_running_loop().time() < end:
        try:
            answer = await run_in_threadpool(_watched, resources, owner, batch_id, credential)
        except DeepShieldError:
            yield ServerSentEvent("{}", event="deleted")
            return
        if answer is None:
            return
        data, ended = answer.model_dump_json(), answer.state in _ENDED and answer.finished_at is not None
        if data != told or ended:
            yield ServerSentEvent(data, event="final" if ended else "progress", retry=_RETRY_MS)
        if ended:
            return
        told = data
        await asyncio.sleep(_POLL_SECONDS)


def _watched(
    resources: Resources, owner: Owner | None, batch_id: str, credential: str | None
) -> BatchAnswer | None:
    """Return the batch as it is; None once the login or key does not count any more."""
    answer = _now(resources, owner, batch_id)
    if credential is None:
        return answer
    return answer if credentials_alive(resources, [credential]) else None


def _of_addresses(
    resources: Resources,
    once: Once,
    owner: Owner | None,
    name: str,
    addresses: Sequence[Address],
    closed: bool,
    number: str | None,
) -> BatchCreated:
    served_bundle(resources)
    facts = [name, closed, [[one.url, one.name, one.note] for one in addresses]]
    return _made(resources, once, owner, facts, name=name, addresses=addresses, closed=closed, number=number)


def _made(
    resources: Resources,
    once: Once,
    owner: Owner | None,
    facts: list[Any],
    *,
    name: str,
    addresses: Sequence[Address] = (),
    closed: bool = False,
    number: str | None,
) -> BatchCreated:
    secret = new_secret() if owner is None else None

    def make(within: Callable[[Session, tuple[Batch, Tally]], None] | None) -> tuple[Batch, Tally]:
        return opening.open_batch(
            resources,
            owner,
            name=name,
            addresses=addresses,
            closed=closed,
            owner_secret=secret,
            request_id=number,
            within=within,
        )

    def answer(made: tuple[Batch, Tally]) -> BatchCreated:
        return _created(Progress(*made, None), secret)

    return once.make(BatchCreated, facts, make, answer)


async def _of_files(
    request: Request,
    resources: Resources,
    once: Once,
    owner: Owner | None,
    name: str,
    *,
    reuse: bool,
    form: bool,
) -> BatchCreated:
    await run_in_threadpool(served_bundle, resources)
    boundary = boundary_of(request.headers.get("content-type")) if form else b""
    facts = ["files", form, name, reuse]
    made = await run_in_threadpool(
        lambda: _made(resources, once, owner, facts, name=name, number=request_id(request))
    )
    secret = made.owner_secret
    batch = await run_in_threadpool(opening.find_own_batch, resources, owner, made.batch_id, secret)
    places = Places(resources, owner, batch, reuse=reuse, repeated=REPLAYED in once.response.headers)
    pieces, store, settings = request.stream(), resources.store, resources.settings
    try:
        if form:
            await receive_form(pieces, boundary, store, settings, places)
        else:
            await receive_archive(pieces, name or "archive.zip", store, settings, places)
    except BaseException as error:
        if once.key is None:  # nobody can go on with it
            with CancelScope(shield=True):
                await run_in_threadpool(opening.close_batch, resources, batch.id)
        if isinstance(error, DeepShieldError):
            error.details["batch_id"] = batch.id
        raise
    await run_in_threadpool(opening.close_batch, resources, batch.id)
    once.response.headers.update(await run_in_threadpool(quota_headers, resources, owner))
    batch = await run_in_threadpool(opening.find_batch, resources, owner, batch.id)
    return _created(await run_in_threadpool(reading.progress_of, resources, owner, batch), secret)


def _created(progress: Progress, secret: str | None) -> BatchCreated:
    return BatchCreated(**batch_answer(progress).model_dump(), owner_secret=secret)


def _now(resources: Resources, owner: Owner | None, batch_id: str) -> BatchAnswer:
    batch = opening.find_batch(resources, owner, batch_id)
    return batch_answer(reading.progress_of(resources, owner, batch))


def _every_item(resources: Resources, owner: Owner | None, batch: Batch) -> Iterator[BatchItemAnswer]:
    retention = resources.settings.retention
    return (item_answer(one, retention) for one in reading.every_item(resources, owner, batch))


def _download(lines: Iterator[str], media_type: str, filename: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingResponse(lines, media_type=media_type, headers=headers)


def _origin(request: Request, resources: Resources) -> str:
    """Return the address that links start with: the service's own, or that which the request was sent to."""
    return str(resources.settings.public_url or request.base_url).rstrip("/")
