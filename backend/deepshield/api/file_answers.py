"""Serving a file of a result, whole or in part; types that are not safe to show are only downloaded.

The ETag is the file's hash, so that a download that broke off goes on with the same file or begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Header, HTTPException
from fastapi.responses import Response, StreamingResponse

from deepshield.api.documented import Responses, failures
from deepshield.api.http.byte_range import ByteRange, UnsatisfiableRangeError, parse_range
from deepshield.api.http.conditions import is_known, is_unchanged
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.persistence.tables import Artifact
from deepshield.storage import BlobNotFoundError, BlobStore

# Shown in a page; everything else is only downloaded.
_SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm"})
_SAVED = "application/octet-stream"
_BYTES: dict[str, Any] = {"content": {_SAVED: {"schema": {"type": "string", "format": "binary"}}}}
FILE_ANSWERS: Responses = {
    200: {"description": "The file.", **_BYTES},
    206: {"description": "The part that Range names.", **_BYTES},
    304: {"description": "The file that `If-None-Match` names is the one that is there."},
    **failures(Code.EXPIRED, at={416: Code.VALIDATION_ERROR}),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request wants of a file: the headers Range, If-Range and If-None-Match."""

    range: str | None
    of: str | None
    unless: str | None


async def get_wanted(
    range_: Annotated[str | None, Header(alias="Range", description="One range of bytes.")] = None,
    of: Annotated[
        str | None,
        Header(
            alias="If-Range",
            description="The ETag of the file that the range is of; when it is another, the whole is sent.",
        ),
    ] = None,
    unless: Annotated[
        str | None, Header(alias="If-None-Match", description="The ETag of a file that need not be sent.")
    ] = None,
) -> Wanted:
    """Return what a request wants of a file."""
    return Wanted(range_, of, unless)


WantedPart = Annotated[Wanted, Depends(get_wanted)]


def file_answer(store: BlobStore, artifact: Artifact, asked: Wanted) -> Response:
    """Return the file, the part of it that is wanted, or that it is known; it must not be cached.

    Raises HTTPException 416, and `DeepShieldError` EXPIRED when the file is no longer in storage.
    """
    headers = _headers(artifact)
    if is_known(asked.unless, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    try:
        range_ = asked.range if is_unchanged(asked.of, headers["ETag"]) else None
        wanted = parse_range(range_, artifact.size_bytes)
    except UnsatisfiableRangeError:
        raise HTTPException(
            416, "The range begins after the end.", {"Content-Range": f"bytes */{artifact.size_bytes}"}
        ) from None
    if wanted is None:
        wanted = ByteRange(0, artifact.size_bytes - 1)
        status = 200
    else:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.end}/{artifact.size_bytes}"
        status = 206
    return StreamingResponse(
        _begun(store, artifact.key, wanted),
        status,
        {**headers, "Content-Length": str(wanted.length)},
        _type(artifact),
    )


def _begun(store: BlobStore, key: str, wanted: ByteRange) -> Iterator[bytes]:
    """Read the first chunk, so that a missing file is answered as EXPIRED, and return all of them."""
    chunks = store.read(key, wanted.start, wanted.length)
    try:
        first = next(chunks, b"")
    except BlobNotFoundError as error:
        raise DeepShieldError(Code.EXPIRED) from error
    return chain((first,), chunks)


def _type(artifact: Artifact) -> str:
    return artifact.content_type if artifact.content_type in _SHOWN else _SAVED


def _headers(artifact: Artifact) -> dict[str, str]:
    shown = "inline" if artifact.content_type in _SHOWN else "attachment"
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(artifact.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "ETag": f'"{artifact.sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
