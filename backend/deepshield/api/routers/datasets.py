"""Data sets of a workspace: made of labelled files, frozen, compared and taken out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from deepshield.api.auth import ExportingMember, PersonIn, ReadingMember, WorkingMember
from deepshield.api.dataset_answers import (
    dataset_answer,
    diff_answer,
    preview_answer,
    version_answer,
    versions_answer,
)
from deepshield.api.deps import ResourcesOf
from deepshield.api.documented import CHANGING, MAKING, Responses, failures
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.datasets import (
    Dataset,
    DatasetList,
    DatasetRedaction,
    DatasetRequest,
    DatasetVersionDetails,
    DatasetVersionPage,
    VersionDiff,
    VersionPreview,
    VersionRedaction,
    VersionRequest,
)
from deepshield.datasets import exporting, freezing, reading, redacting
from deepshield.datasets.freezing import Wanted
from deepshield.domain.failures import Code
from deepshield.resources import Resources

router = APIRouter(prefix="/datasets", tags=["datasets"])

_MAKING = failures(*MAKING, Code.CONFLICT, Code.TOO_MANY, Code.QUERY_INVALID, Code.VALIDATION_ERROR)
_FREEZING = failures(
    *MAKING, Code.CONFLICT, Code.READING_BLIND, Code.TOO_MANY, Code.QUERY_INVALID, Code.VALIDATION_ERROR
)
_ERASING = (*CHANGING, Code.KEY_NOT_ACCEPTED)
_LINES: Responses = {200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}}
_CROISSANT: Responses = {200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}}}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The archive.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}

DatasetId = Annotated[str, Path(description="The data set's id.", pattern="^[0-9a-f-]{1,36}$")]
Number = Annotated[int, Path(description="The version's number, from 1.", ge=1, le=2**31 - 1)]


@router.get("", summary="The workspace's data sets")
def list_datasets(member: ReadingMember, resources: ResourcesOf) -> DatasetList:
    """Return the data sets by name, each with its versions."""
    return DatasetList(datasets=[dataset_answer(one) for one in reading.list_datasets(resources, member)])


@router.post("", summary="Make a data set", responses=_MAKING)
def post_dataset(
    wanted: DatasetRequest, member: WorkingMember, resources: ResourcesOf, once: OncePerKey
) -> Dataset:
    """Make a data set without versions; for researchers and admins. 409 when the name is taken."""
    return once.make(
        Dataset,
        [wanted.model_dump(mode="json")],
        lambda within: freezing.make_dataset(resources, member, wanted.name, wanted.description, within),
        dataset_answer,
    )


@router.get("/{dataset_id}", summary="A data set")
def get_dataset(dataset_id: DatasetId, member: ReadingMember, resources: ResourcesOf) -> Dataset:
    """Return a data set with its versions."""
    return dataset_answer(reading.find_dataset(resources, member, dataset_id))


@router.post("/{dataset_id}/redact", summary="Erase texts of a data set", responses=failures(*_ERASING))
def redact_dataset(
    dataset_id: DatasetId, wanted: DatasetRedaction, member: PersonIn, resources: ResourcesOf
) -> Dataset:
    """Erase name or description of a data set, in the activity too; for leads and admins, signed in.

    A name is replaced by one that says nothing, which commands and queries then take. It cannot be undone.
    """
    return dataset_answer(redacting.redact_dataset(resources, member, dataset_id, wanted.texts))


@router.get("/{dataset_id}/versions", summary="A data set's versions")
def list_dataset_versions(
    dataset_id: DatasetId,
    member: ReadingMember,
    resources: ResourcesOf,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next_cursor` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DatasetVersionPage:
    """Return versions of a data set, the newest first."""
    rows = reading.list_versions(resources, member, dataset_id, before=cursor, limit=limit)
    return versions_answer(rows, limit)


@router.post("/{dataset_id}/versions", summary="Freeze a version", responses=_FREEZING)
def post_dataset_version(
    dataset_id: DatasetId,
    wanted: VersionRequest,
    member: WorkingMember,
    resources: ResourcesOf,
    once: OncePerKey,
) -> DatasetVersionDetails:
    """Freeze files with the labels that they have now; the version is never changed.

    Groups (labels' groups, tags `group:NAME`, and near copies) are never parted by a split. The files expire
    no more until the version is retired; who may delete a file still can, and the manifest stays as it is.
    409 when no chosen file can be used, with the reasons as details, and when the account reads a chosen file
    blind. Chosen by what was said of them, such files are passed over, as lists do, and counted.
    """
    return once.make(
        DatasetVersionDetails,
        [dataset_id, wanted.model_dump(mode="json")],
        lambda within: freezing.freeze(resources, member, dataset_id, _wanted(wanted), within),
        version_answer,
    )


@router.post(
    "/{dataset_id}/versions/preview",
    summary="What a version would be",
    responses=failures(
        *CHANGING, Code.READING_BLIND, Code.TOO_MANY, Code.QUERY_INVALID, Code.VALIDATION_ERROR
    ),
)
def preview_dataset_version(
    dataset_id: DatasetId, wanted: VersionRequest, member: WorkingMember, resources: ResourcesOf
) -> VersionPreview:
    """Return counts, splits and what would be left out; nothing is made."""
    return preview_answer(freezing.preview(resources, member, dataset_id, _wanted(wanted)))


@router.get("/{dataset_id}/versions/{number}", summary="A version of a data set")
def get_dataset_version(
    dataset_id: DatasetId, number: Number, member: ReadingMember, resources: ResourcesOf
) -> DatasetVersionDetails:
    """Return a version with its counts and how many of its files are kept."""
    return version_answer(reading.find_version(resources, member, dataset_id, number))


@router.post(
    "/{dataset_id}/versions/{number}/retire", summary="Retire a version", responses=failures(*CHANGING)
)
def retire_dataset_version(
    dataset_id: DatasetId, number: Number, member: WorkingMember, resources: ResourcesOf
) -> DatasetVersionDetails:
    """Let the version's files expire as all others do; its manifest stays. It cannot be undone."""
    return version_answer(freezing.retire(resources, member, dataset_id, number))


@router.post(
    "/{dataset_id}/versions/{number}/redact",
    summary="Erase texts of a version",
    responses=failures(*_ERASING),
)
def redact_dataset_version(
    dataset_id: DatasetId, number: Number, wanted: VersionRedaction, member: PersonIn, resources: ResourcesOf
) -> DatasetVersionDetails:
    """Erase query or note of a version; for leads and admins, signed in. It cannot be undone.

    The manifest stays as it was frozen: what it has, the licence and the names of groups, goes with the
    version, when it is retired and deleted.
    """
    return version_answer(redacting.redact_version(resources, member, dataset_id, number, wanted.texts))


@router.delete(
    "/{dataset_id}/versions/{number}",
    summary="Delete a retired version",
    responses=failures(*_ERASING, Code.CONFLICT),
)
def delete_dataset_version(
    dataset_id: DatasetId, number: Number, member: PersonIn, resources: ResourcesOf
) -> Dataset:
    """Delete a retired version with its manifest and what was measured on it; for leads and admins.

    It needs a login. Files stay in the library as long as they are kept there. The number is given to no
    other version. 409 for a version that is in use: retire it first.
    """
    return dataset_answer(redacting.delete_version(resources, member, dataset_id, number))


@router.get("/{dataset_id}/versions/{number}/diff", summary="How two versions differ")
def diff_dataset_versions(
    dataset_id: DatasetId,
    number: Number,
    member: ReadingMember,
    resources: ResourcesOf,
    to: Annotated[
        int | None, Query(description="The other version; without it the newest.", ge=1, le=2**31 - 1)
    ] = None,
) -> VersionDiff:
    """Return which files were added, removed, labelled otherwise, or moved to another split."""
    if to is None:
        versions = reading.find_dataset(resources, member, dataset_id).versions
        to = max((one.number for one in versions), default=number)
    return diff_answer(number, to, reading.compare_versions(resources, member, dataset_id, number, to))


@router.get(
    "/{dataset_id}/versions/{number}/manifest.jsonl",
    summary="A version's manifest",
    response_class=StreamingResponse,
    responses=_LINES,
)
def get_dataset_manifest(
    dataset_id: DatasetId, number: Number, member: ExportingMember, resources: ResourcesOf
) -> StreamingResponse:
    """Send a line of JSON per file, as `deepshield evaluate` reads them; hashed by `manifest_sha256`."""
    view = exporting.find_to_export(resources, member, dataset_id, number, exporting.MANIFEST)
    name = f"{view.dataset.name}-{number}.jsonl"
    return _download(exporting.manifest(resources, view), "application/jsonl", name)


@router.get(
    "/{dataset_id}/versions/{number}/croissant.json",
    summary="A version as Croissant metadata",
    response_class=Response,
    responses=_CROISSANT,
)
def get_dataset_croissant(
    dataset_id: DatasetId, number: Number, member: ExportingMember, request: Request, resources: ResourcesOf
) -> Response:
    """Return the description in Croissant 1.0 (JSON-LD), by which other programs find their way in it."""
    view = exporting.find_to_export(resources, member, dataset_id, number, exporting.CROISSANT)
    return Response(
        exporting.description(resources, view, _origin(request, resources)), media_type="application/ld+json"
    )


@router.get(
    "/{dataset_id}/versions/{number}/archive.zip",
    summary="A version with its files",
    response_class=StreamingResponse,
    responses=_ZIP,
)
def get_dataset_archive(
    dataset_id: DatasetId, number: Number, member: ExportingMember, request: Request, resources: ResourcesOf
) -> StreamingResponse:
    """Send the manifest and the files that are kept as a ZIP; what is not kept any more is listed in it."""
    view = exporting.find_to_export(resources, member, dataset_id, number, "archive.zip")
    chunks = exporting.archive(resources, view, _origin(request, resources))
    return _download(chunks, "application/zip", f"{view.dataset.name}-{number}.zip")


def _wanted(wanted: VersionRequest) -> Wanted:
    return Wanted(
        licence=wanted.licence.strip(),
        rule=wanted.split.rule(),
        consent=wanted.consent,
        query=wanted.q,
        ids=wanted.ids,
        note=wanted.note,
        join_near_copies=wanted.join_near_copies,
    )


def _origin(request: Request, resources: Resources) -> str:
    """Return the address that links start with: the service's own, or that which the request was sent to."""
    return str(resources.settings.public_url or request.base_url).rstrip("/")


def _download(chunks: Iterable[bytes], kind: str, name: str) -> StreamingResponse:
    return StreamingResponse(
        chunks,
        media_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
