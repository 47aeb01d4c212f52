"""Files in: by upload, by URL, and with the answer awaited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from deepshield.api.auth import CurrentOwner
from deepshield.api.deps import ResourcesOf
from deepshield.api.upload_schemas import REFUSALS, UploadAccepted, file_form
from deepshield.api.uploads import answer_upload, submit_upload, take_file
from deepshield.domain.jobs import MediaKind

router = APIRouter(tags=["analyze"], responses=REFUSALS)

Reuse = Annotated[
    bool,
    Query(description="Answer with the account's earlier job of the same bytes, if there is one."),
]


@router.post("/analyze-image", summary="Upload an image", openapi_extra=file_form("JPEG, PNG or WebP."))
async def analyze_image(
    request: Request, response: Response, owner: CurrentOwner, resources: ResourcesOf, reuse: Reuse = True
) -> UploadAccepted:
    """Queue an image and return its job."""
    upload = await take_file(request, resources, MediaKind.IMAGE)
    job, reused = await submit_upload(request, resources, owner, upload, reuse)
    return await answer_upload(response, resources, owner, job, reused)


@router.post(
    "/analyze-video", summary="Upload a video", openapi_extra=file_form("MP4, MOV, WebM, MKV or AVI.")
)
async def analyze_video(
    request: Request, response: Response, owner: CurrentOwner, resources: ResourcesOf, reuse: Reuse = True
) -> UploadAccepted:
    """Queue a video and return its job."""
    upload = await take_file(request, resources, MediaKind.VIDEO)
    job, reused = await submit_upload(request, resources, owner, upload, reuse)
    return await answer_upload(response, resources, owner, job, reused)
