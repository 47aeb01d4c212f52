"""Submitting files: by upload, by URL, and with the result awaited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from deepshield.api.auth import AnalysingOwner
from deepshield.api.deps import OwnerSecret, ResourcesOf
from deepshield.api.documented import MAKING, READING, failures
from deepshield.api.http.small_body import SmallBodyRoute
from deepshield.api.once import OncePerKey
from deepshield.api.predictions import outcome
from deepshield.api.schemas.uploads import Predictions, UploadAccepted, UrlUpload, file_form
from deepshield.api.uploads import Place, open_place, submit_upload, submit_url, take_file
from deepshield.domain.failures import Code
from deepshield.domain.jobs import MediaKind
from deepshield.intake.filenames import LONGEST_PATH

_TAKING = (
    *READING,
    *MAKING,
    Code.QUOTA_EXCEEDED,
    Code.MODEL_NOT_AVAILABLE,
    Code.STORAGE_FULL,
)
_IN_A_BATCH = (Code.OWNER_SECRET_REQUIRED, Code.CONFLICT, Code.BATCH_TOO_LARGE)
_NAMING = (Code.DOUBLE_EXTENSION, Code.FILENAME_TOO_LONG, Code.INVALID_FILENAME, Code.EMPTY_FILE)
_CONTENT = (
    Code.FILE_TOO_LARGE,
    Code.INVALID_EXTENSION,
    Code.INVALID_MIME_TYPE,
    Code.INVALID_MAGIC_BYTES,
    Code.UPLOAD_TIMEOUT,
)
_UPLOADING = (*_TAKING, *_NAMING, *_CONTENT, *_IN_A_BATCH, Code.MALFORMED_UPLOAD, Code.NO_FILE)
_FETCHING = (*_TAKING, *_NAMING, *_IN_A_BATCH, Code.FILE_TOO_LARGE, Code.INVALID_URL)
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

BatchOf = Annotated[
    str | None,
    Query(
        alias="batch",
        description="The open batch that the file is for; it stands back in the queue.",
        max_length=36,
        pattern="^[0-9a-f-]*$",
    ),
]
ItemName = Annotated[
    str | None,
    Query(
        alias="name",
        description="What the batch calls the file, such as its path in a folder.",
        max_length=LONGEST_PATH,
    ),
]


async def get_place(
    owner: AnalysingOwner,
    resources: ResourcesOf,
    secret: OwnerSecret,
    batch: BatchOf = None,
    name: ItemName = None,
) -> Place | None:
    """Return the place in a batch that the request names."""
    return await open_place(resources, owner, batch, name, secret)


PlaceOf = Annotated[Place | None, Depends(get_place)]
Reuse = Annotated[
    bool,
    Query(
        description="Answer with the account's earlier job of the same bytes, if one is under way or was "
        "completed with the same model."
    ),
]


@router.post("/analyze-image", summary="Upload an image", openapi_extra=file_form(MediaKind.IMAGE))
async def analyze_image(
    request: Request,
    owner: AnalysingOwner,
    resources: ResourcesOf,
    once: OncePerKey,
    place: PlaceOf,
    reuse: Reuse = True,
) -> UploadAccepted:
    """Queue an image and return its job."""
    upload = await take_file(request, resources, MediaKind.IMAGE, place=place)
    return await submit_upload(request, once, owner, upload, reuse, place=place)


@router.post("/analyze-video", summary="Upload a video", openapi_extra=file_form(MediaKind.VIDEO))
async def analyze_video(
    request: Request,
    owner: AnalysingOwner,
    resources: ResourcesOf,
    once: OncePerKey,
    place: PlaceOf,
    reuse: Reuse = True,
) -> UploadAccepted:
    """Queue a video and return its job."""
    upload = await take_file(request, resources, MediaKind.VIDEO, place=place)
    return await submit_upload(request, once, owner, upload, reuse, place=place)


@_json.post("/analyze-url", summary="Analyse a file at a URL", responses=failures(*_FETCHING))
async def analyze_url(
    request: Request,
    wanted: UrlUpload,
    owner: AnalysingOwner,
    resources: ResourcesOf,
    once: OncePerKey,
    place: PlaceOf,
    reuse: Reuse = True,
) -> UploadAccepted:
    """Accept the address of an image or a video and return its job, whose first stage fetches the file.

    Until then the job's kind and name are those that the address suggests. A file that cannot be fetched
    fails the job and is not charged. `reuse` does nothing here: what the file is shows when it has come.
    """
    return await submit_url(request, once, owner, wanted.file_url, reuse, place)


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
