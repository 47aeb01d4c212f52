"""A result as a report in PDF.

A reader's name and note are sent in a body, because paths and queries are kept in logs and histories.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from pathlib import PurePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Query, Response

from deepshield.api.auth import ExportingOwner
from deepshield.api.deps import JobId, ResourcesOf, refuse_foreign_page
from deepshield.api.documented import CHANGING, Responses, failures
from deepshield.api.schemas.report import ReportRequest
from deepshield.domain.failures import Code
from deepshield.domain.owner import Owner
from deepshield.jobs.access import note_access
from deepshield.jobs.lookup import JobView, find_view
from deepshield.jobs.near import near_copies_of
from deepshield.jobs.share import shared_view
from deepshield.resources import Resources
from deepshield.screening_report.composing import report_pdf
from deepshield.screening_report.shape import Language, Reader

router = APIRouter(prefix="/jobs", tags=["results"])
shared = APIRouter(
    prefix="/shared", tags=["sharing"], responses=failures(Code.NOT_FOUND, Code.VALIDATION_ERROR)
)

_TYPE = "application/pdf"
_BYTES: dict[str, Any] = {"content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
_ANSWERS: Responses = {200: {"description": "The report.", **_BYTES}, **failures(Code.CONFLICT)}

Lang = Annotated[Language, Query(description="Language of the report.")]
Law = Annotated[
    str | None,
    Query(max_length=2, description="Also this country's law: an `iso` of `/api/law`."),
]
Location = Annotated[
    bool, Query(description="Also what the file's metadata say of places, persons and devices.")
]
Token = Annotated[str, Header(alias="X-Share-Token", description="The token of the link.")]


@router.get(
    "/{job_id}/report.pdf", summary="A result as a report", response_class=Response, responses=_ANSWERS
)
def get_report(
    job_id: JobId,
    owner: ExportingOwner,
    resources: ResourcesOf,
    lang: Lang = Language.EN,
    law: Law = None,
    location: Location = False,
) -> Response:
    """Return the result as a tagged PDF of one or two pages with its figures attached; 409 without a result.

    Pictures that have been deleted are left out. `deepshield verify` checks a report.
    """
    wanted = ReportRequest(lang=lang, law=law, location=location)
    return _answer(resources, find_view(resources, owner, job_id), wanted, owner)


@router.post(
    "/{job_id}/report.pdf",
    summary="A result as a report with a reader's note",
    response_class=Response,
    responses={**_ANSWERS, **failures(*CHANGING)},
)
def make_report(
    job_id: JobId, owner: ExportingOwner, resources: ResourcesOf, wanted: ReportRequest
) -> Response:
    """Return the same with the reader's name and note; nothing of it is kept."""
    return _answer(resources, find_view(resources, owner, job_id), wanted, owner)


@shared.get("/report.pdf", summary="A shared result as a report", response_class=Response, responses=_ANSWERS)
def get_shared_report(
    token: Token, resources: ResourcesOf, lang: Lang = Language.EN, law: Law = None
) -> Response:
    """Return the report of the job that the token opens."""
    return _shared(resources, token, ReportRequest(lang=lang, law=law))


@shared.post(
    "/report.pdf",
    summary="A shared result as a report with a reader's note",
    response_class=Response,
    dependencies=[Depends(refuse_foreign_page)],
    responses={**_ANSWERS, **failures(Code.CROSS_SITE_REQUEST)},
)
def make_shared_report(token: Token, resources: ResourcesOf, wanted: ReportRequest) -> Response:
    """Return the same with the reader's name and note; nothing of it is kept."""
    return _shared(resources, token, wanted)


def _shared(resources: Resources, token: str, wanted: ReportRequest) -> Response:
    """Answer with a report without the source, which readers of a link are not shown."""
    view = replace(shared_view(resources, token), source=None)
    return _answer(resources, view, wanted, None, by_link=True)


def _answer(
    resources: Resources, view: JobView, wanted: ReportRequest, owner: Owner | None, *, by_link: bool = False
) -> Response:
    reader = Reader(name=wanted.name, obtained=wanted.obtained, note=wanted.note, not_faces=wanted.not_faces)
    copies = () if by_link else near_copies_of(resources, view.job, owner).copies
    made = report_pdf(
        resources, view, wanted.lang, reader, wanted.law, location=wanted.location, copies=copies
    )
    note_access(resources, view.job.id, "report.made", owner, by_link=by_link)
    name = f"{PurePath(view.job.original_filename).stem}-report.pdf"
    digest = base64.b64encode(hashlib.sha256(made).digest()).decode()
    return Response(
        made,
        media_type=_TYPE,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
        },
    )
