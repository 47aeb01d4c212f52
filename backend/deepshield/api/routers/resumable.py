"""Files in parts, by the tus protocol 1.0: a broken line costs a part and not the file."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from deepshield.api.auth import AnalysingOwner
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import CHANGING, MAKING, READING, failures
from deepshield.api.http.tus import RESUMABLE, ROUTE
from deepshield.api.once import REPLAYED, OncePerKey
from deepshield.api.resumable import add_body, add_first_body, state_of_upload
from deepshield.api.schemas.base import JOB_ID
from deepshield.api.schemas.uploads import UploadState
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake import tus
from deepshield.intake.tus import need_version, read_checksum, read_metadata
from deepshield.jobs import resumable
from deepshield.jobs.resumable import Announced

_ABOUT_ONE = (*READING, Code.EXPIRED)
_TAKING = (
    Code.EMPTY_FILE,
    Code.FILE_TOO_LARGE,
    Code.INVALID_EXTENSION,
    Code.DOUBLE_EXTENSION,
    Code.FILENAME_TOO_LONG,
    Code.INVALID_FILENAME,
    Code.INVALID_MIME_TYPE,
    Code.INVALID_MAGIC_BYTES,
    Code.MALFORMED_UPLOAD,
    Code.CHECKSUM_MISMATCH,
    Code.UPLOAD_TIMEOUT,
    Code.QUOTA_EXCEEDED,
    Code.RATE_LIMITED,
    Code.TOO_MANY,
    Code.TUS_VERSION,
    Code.OFFSET_MISMATCH,
    Code.STORAGE_FULL,
    Code.MODEL_NOT_AVAILABLE,
)
_BODY = {
    "requestBody": {
        "content": {tus.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(prefix="/uploads", tags=["uploads"], responses=failures(*_ABOUT_ONE))

UploadId = Annotated[
    str,
    Path(
        description="The last part of an upload's address.",
        max_length=36,
        pattern="^[0-9a-f-]*$",
        examples=[JOB_ID],
    ),
]
Version = Annotated[
    str | None, Header(alias=RESUMABLE, description=f"{tus.VERSION}.", examples=[tus.VERSION])
]
Checksum = Annotated[
    str | None,
    Header(
        alias="Upload-Checksum",
        description="`sha256 ` and the digest of this body in Base64. A body that has another is not kept.",
    ),
]


@router.post(
    "",
    status_code=201,
    summary="Begin a file in parts",
    openapi_extra=_BODY,
    responses=failures(*_ABOUT_ONE, *MAKING, *_TAKING),
)
async def begin_upload(
    request: Request,
    response: Response,
    owner: AnalysingOwner,
    resources: ResourcesOf,
    once: OncePerKey,
    length: Annotated[
        int,
        Header(alias="Upload-Length", ge=0, description="Bytes of the whole file.", examples=[52428800]),
    ],
    metadata: Annotated[
        str | None,
        Header(
            alias="Upload-Metadata",
            description="`filename` and `filetype`, each followed by a space and its value in Base64, with a "
            "comma between them.",
            examples=["filename Y2xpcC5tcDQ=,filetype dmlkZW8vbXA0"],
        ),
    ] = None,
    reuse: Annotated[
        bool, Query(description="As of the routes that take a file at once, when the file is whole.")
    ] = True,
    version: Version = None,
    checksum: Checksum = None,
) -> UploadState:
    """Make room for a file; `Location` is the address that takes its bytes by PATCH, from `Upload-Offset` on.

    The body may have the first bytes already (tus: creation-with-upload). Where it is refused or breaks off,
    nothing stays unless an Idempotency-Key can bring the address. Nothing is charged before the last byte,
    which makes a job as the other routes for files do.
    """
    need_version(version)
    sha256 = read_checksum(checksum)
    has_body = request.headers.get("content-type") == tus.CONTENT_TYPE
    named = read_metadata(metadata, resources.settings.file.max_name_length)
    announced = Announced(length, metadata, named, reuse)
    state = await run_in_threadpool(
        once.make,
        UploadState,
        [length, metadata, reuse],
        lambda within: resumable.begin(resources, owner, once.owner, announced, within),
        lambda upload: state_of_upload(once, upload),
    )
    if REPLAYED in response.headers:
        upload = await run_in_threadpool(resumable.find_upload, resources, owner, state.upload_id)
        state = await run_in_threadpool(state_of_upload, once, upload)
    elif has_body:
        state = await add_first_body(request, once, owner, state.upload_id, sha256)
    response.headers["Location"] = f"{ROUTE}/{state.upload_id}"
    return _said(response, state)


@router.get("/{upload_id}", summary="How far a file has arrived")
async def get_upload(
    response: Response, owner: AnalysingOwner, resources: ResourcesOf, once: OncePerKey, upload_id: UploadId
) -> UploadState:
    """Return an upload's offset and, once the file is whole, its job.

    HEAD has them in the headers `Upload-Offset` and `X-Job-Id`.
    """
    upload = await run_in_threadpool(resumable.find_upload, resources, owner, upload_id)
    state = await run_in_threadpool(state_of_upload, once, upload)
    response.headers["Upload-Length"] = str(upload.length)
    if upload.declared:
        response.headers["Upload-Metadata"] = upload.declared
    return _said(response, state)


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    summary="Add bytes to a file",
    openapi_extra=_BODY,
    responses=failures(*_ABOUT_ONE, *CHANGING, *_TAKING),
)
async def add_to_upload(
    request: Request,
    owner: AnalysingOwner,
    once: OncePerKey,
    upload_id: UploadId,
    offset: Annotated[
        int,
        Header(alias="Upload-Offset", ge=0, description="Where the body's first byte belongs.", examples=[0]),
    ],
    version: Version = None,
    checksum: Checksum = None,
) -> Response:
    """Store the bytes that follow.

    `Upload-Offset` says where the next ones belong, `X-Job-Id` which job the last one made. A request that
    breaks off leaves what has arrived. Of two at once the later goes on, the other is 409 OFFSET_MISMATCH.
    The last part sent again gets the same answer.
    """
    need_version(version)
    if request.headers.get("content-type") != tus.CONTENT_TYPE:
        raise DeepShieldError(
            Code.INVALID_MIME_TYPE, f"Send the bytes with the Content-Type {tus.CONTENT_TYPE}."
        )
    state = await add_body(request, once, owner, upload_id, offset, read_checksum(checksum))
    answer = Response(status_code=204, headers=dict(once.response.headers))
    _said(answer, state)
    return answer


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    summary="Give a file in parts up",
    responses=failures(*_ABOUT_ONE, *CHANGING, Code.TUS_VERSION),
)
async def give_up_upload(
    owner: AnalysingOwner, resources: ResourcesOf, upload_id: UploadId, version: Version = None
) -> Response:
    """Delete what has arrived; a job that was made of the file stays."""
    need_version(version)
    await run_in_threadpool(resumable.remove_upload, resources, owner, upload_id)
    return Response(status_code=204)


def _said(response: Response, state: UploadState) -> UploadState:
    response.headers["Upload-Offset"] = str(state.offset)
    response.headers["Upload-Expires"] = format_datetime(state.expires_at, usegmt=True)
    if state.job is not None:
        response.headers["X-Job-Id"] = state.job.job_id
    return state
