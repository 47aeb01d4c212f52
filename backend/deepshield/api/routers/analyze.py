"""Submitting files: by upload, by URL, and with the result awaited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from deepshield.api.auth import AnalysingOwner
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import MAKING, READING, failures
from deepshield.api.http.small_body import SmallBodyRoute
from deepshield.api.once import OncePerKey
from deepshield.api.predictions import outcome
from deepshield.api.schemas.uploads import Predictions, UploadAccepted, UrlUpload, file_form
from deepshield.api.uploads import submit_upload, submit_url, take_file
from deepshield.domain.failures import Code
from deepshield.domain.jobs import MediaKind

_TAKING = (
    *READING,
    *MAKING,
    Code.QUOTA_EXCEEDED,
    Code.MODEL_NOT_AVAILABLE,
    Code.STORAGE_FULL,
)
_NAMING = (Code.DOUBLE_EXTENSION, Code.FILENAME_TOO_LONG, Code.INVALID_FILENAME, Code.EMPTY_FILE)
_CONTENT = (
    Code.FILE_TOO_LARGE,
    Code.INVALID_EXTENSION,
    Code.INVALID_MIME_TYPE,
    Code.INVALID_MAGIC_BYTES,
    Code.UPLOAD_TIMEOUT,
)
_UPLOADING = (*_TAKING, *_NAMING, *_CONTENT, Code.MALFORMED_UPLOAD, Code.NO_FILE)
_FETCHING = (*_TAKING, Code.FILE_TOO_LARGE, Code.INVALID_URL)
_WAITING = (
    *_UPLOADING,
    Code.IMAGE_DECODE_ERROR,
    Code.TOO_MANY_PIXELS,
    Code.TOO_MANY_FRAMES,
    Code.VIDEO_TOO_LONG,
    Code.DECODE_TIMEOUT,
    Code.CANCELLED,
    Code.ANALYSIS_TIMEOUT,
    Code.ANALYSIS_CRASHED,
    Code.WORKER_LOST,
    Code.UPLOAD_LOST,
    Code.SERVER_LIMIT,
)

router = APIRouter(tags=["analyze"], responses=failures(*_UPLOADING))
_json = APIRouter(route_class=SmallBodyRoute)

_PREDICT_SECONDS = 60.0
_PREDICT_FIELDS = ("file", "image")

Reuse = Annotated[
    bool,
    Query(
        description="Answer with the account's earlier job of the same bytes, if one is under way or was "
        "completed with the same model."
    ),
]


@router.post("/analyze-image", summary="Upload an image", openapi_extra=file_form(MediaKind.IMAGE))
async def analyze_image(
    request: Request, owner: AnalysingOwner, resources: ResourcesOf, once: OncePerKey, reuse: Reuse = True
) -> UploadAccepted:
    """Queue an image and return its job."""
    upload = await take_file(request, resources, MediaKind.IMAGE)
    return await submit_upload(request, once, owner, upload, reuse)


@router.post("/analyze-video", summary="Upload a video", openapi_extra=file_form(MediaKind.VIDEO))
async def analyze_video(
    request: Request, owner: AnalysingOwner, resources: ResourcesOf, once: OncePerKey, reuse: Reuse = True
) -> UploadAccepted:
    """Queue a video and return its job."""
    upload = await take_file(request, resources, MediaKind.VIDEO)
    return await submit_upload(request, once, owner, upload, reuse)


@_json.post("/analyze-url", summary="Analyse a file at a URL", responses=failures(*_FETCHING))
async def analyze_url(
    request: Request,
    wanted: UrlUpload,
    owner: AnalysingOwner,
    resources: ResourcesOf,
    once: OncePerKey,
    reuse: Reuse = True,
) -> UploadAccepted:
    """Accept the address of an image or a video and return its job, whose first stage fetches the file.

    Until then the job's kind and name are those that the address suggests. A file that cannot be fetched
    fails the job and is not charged. `reuse` does nothing here: what the file is shows when it has come.
    """
    return await submit_url(request, once, owner, wanted.file_url, reuse)


@router.post(
    "/predict",
    summary="Upload an image and wait",
    openapi_extra=file_form(MediaKind.IMAGE),
    responses=failures(*_WAITING),
)
async def predict(
    request: Request, owner: AnalysingOwner, resources: ResourcesOf, once: OncePerKey, reuse: Reuse = True
) -> Predictions:
    """Analyse an image and return its faces, for clients of an older interface.

    503 SERVICE_UNAVAILABLE after a minute; the analysis goes on, and its `job_id` is in the details. Prefer
    `/api/analyze-image`: this shape has no word for evidence that is too weak.
    """
    upload = await take_file(request, resources, MediaKind.IMAGE, _PREDICT_FIELDS)
    submitted = await submit_upload(request, once, owner, upload, reuse)
    answer = await outcome(resources, owner, submitted.job_id, _PREDICT_SECONDS)
    return answer.model_copy(update={"owner_secret": submitted.owner_secret})


router.include_router(_json)
