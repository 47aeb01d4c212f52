"""Many results at once, as tables; for members who may export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from deepshield.api.auth import ExportingMember
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import Responses, failures
from deepshield.api.export_lines import csv_pages, json_pages, parquet_pages, parquet_writer
from deepshield.domain.failures import Code
from deepshield.library.exporting import Per, export
from deepshield.library.grammar import LONGEST, parse

router = APIRouter(prefix="/export", tags=["library"])

_CSV, _JSONL, _PARQUET = "text/csv; charset=utf-8", "application/x-ndjson", "application/vnd.apache.parquet"
Searched = Annotated[
    str, Query(description="A query of the library; empty is every file.", max_length=LONGEST)
]
RowsOf = Annotated[
    Per,
    Query(description="A row per file with its newest analysis, or per completed analysis that is there."),
]


def _file(content_type: str, *codes: Code) -> Responses:
    schema = {"type": "string", "format": "binary"} if content_type == _PARQUET else {"type": "string"}
    return {
        200: {"description": "The table.", "content": {content_type.partition(";")[0]: {"schema": schema}}},
        **failures(Code.VALIDATION_ERROR, Code.QUERY_INVALID, *codes),
    }


@router.get(
    "/results.csv", summary="Results as a table", response_class=StreamingResponse, responses=_file(_CSV)
)
def export_csv(
    member: ExportingMember, resources: ResourcesOf, q: Searched = "", per: RowsOf = Per.MEDIA
) -> StreamingResponse:
    """Send the files that a query finds as CSV, without e-mail addresses and comments.

    In shared workspaces by researchers and admins. Every file comes once, also while files are added.
    """
    return _download(csv_pages(export(resources, member, parse(q), per, "csv"), per), _CSV, "results.csv")


@router.get(
    "/results.jsonl",
    summary="Results as lines of JSON",
    response_class=StreamingResponse,
    responses=_file(_JSONL),
)
def export_jsonl(
    member: ExportingMember, resources: ResourcesOf, q: Searched = "", per: RowsOf = Per.MEDIA
) -> StreamingResponse:
    """Send the same as lines of JSON."""
    return _download(
        json_pages(export(resources, member, parse(q), per, "jsonl"), per), _JSONL, "results.jsonl"
    )


@router.get(
    "/results.parquet",
    summary="Results as Parquet",
    response_class=StreamingResponse,
    responses=_file(_PARQUET, Code.FORMAT_NOT_AVAILABLE),
)
def export_parquet(
    member: ExportingMember, resources: ResourcesOf, q: Searched = "", per: RowsOf = Per.MEDIA
) -> StreamingResponse:
    """Send the same as Parquet; 501 where the server was installed without the extra `parquet`."""
    packages = parquet_writer()
    pages = export(resources, member, parse(q), per, "parquet")
    return _download(parquet_pages(pages, per, packages), _PARQUET, "results.parquet")


def _download(parts: Iterator[str] | Iterator[bytes], media_type: str, filename: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return StreamingResponse(parts, media_type=media_type, headers=headers)
