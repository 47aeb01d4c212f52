"""What a request for a batch holds: JSON, a manifest, a form with files, or an archive."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request

from deepshield.api.schemas.batches import AddressItem, BatchRequest
from deepshield.batches.opening import Address
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.body_reader import BodyReader
from deepshield.settings import FileSettings

_LARGEST_MB = 8  # of addresses; ten thousand of the longest ones have more, and are sent in parts
_MANIFESTS = frozenset({"application/jsonl", "application/x-jsonl", "application/x-ndjson"})
_ARCHIVES = frozenset({"application/zip", "application/x-zip-compressed"})


class Holds(Enum):
    """What a body is, by its Content-Type."""

    JSON = auto()
    MANIFEST = auto()
    FORM = auto()
    ARCHIVE = auto()


def holds(request: Request) -> Holds:
    """Return what the request's body is; raises `DeepShieldError` INVALID_MIME_TYPE for anything else."""
    bare = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if bare == "application/json":
        return Holds.JSON
    if bare in _MANIFESTS:
        return Holds.MANIFEST
    if bare in _ARCHIVES:
        return Holds.ARCHIVE
    if bare == "multipart/form-data":
        return Holds.FORM
    raise DeepShieldError(
        Code.INVALID_MIME_TYPE,
        "Send files as multipart/form-data or application/zip, addresses as application/json or "
        "application/x-ndjson.",
    )


async def read_request(request: Request, limits: FileSettings) -> BatchRequest:
    """Read a JSON body; raises RequestValidationError, and `DeepShieldError` as `BodyReader`."""
    try:
        return BatchRequest.model_validate_json(await _whole(request, limits))
    except ValidationError as error:
        raise _invalid(error, ("body",)) from error


async def read_manifest(request: Request, limits: FileSettings) -> Sequence[Address]:
    """Read a manifest, of which every line is an `AddressItem`; raises as `read_request`."""
    lines = (await _whole(request, limits)).splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(address_of(AddressItem.model_validate_json(line)))
            except ValidationError as error:
                raise _invalid(error, ("body", f"line {number}")) from error
    return found


def addresses_of(wanted: BatchRequest) -> Sequence[Address]:
    """Return the addresses of a request: those without names first."""
    return [*(Address(url) for url in wanted.urls), *map(address_of, wanted.items)]


def address_of(item: AddressItem) -> Address:
    """Return an address as a batch keeps it."""
    return Address(item.url, item.name or None, item.note)


async def _whole(request: Request, limits: FileSettings) -> bytes:
    reader = BodyReader(request.stream(), limits.model_copy(update={"max_upload_mb": _LARGEST_MB}))
    blocks = []
    while block := await reader.block():
        blocks.append(block)
    return b"".join(blocks)


def _invalid(error: ValidationError, where: tuple[str, ...]) -> RequestValidationError:
    problems = error.errors(include_url=False, include_context=False)
    return RequestValidationError([{**problem, "loc": (*where, *problem["loc"])} for problem in problems])
