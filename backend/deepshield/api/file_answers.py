"""Serving a file of a result, whole or in part; types that are not safe to show are only downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, HTTPException
from fastapi.responses import StreamingResponse

from deepshield.api.documented import Responses, failures
from deepshield.api.http.byte_range import ByteRange, UnsatisfiableRangeError, parse_range
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
    **failures(Code.EXPIRED, at={416: Code.VALIDATION_ERROR}),
}

Range = Annotated[str | None, Header(alias="Range", description="One range of bytes.")]


def file_answer(store: BlobStore, artifact: Artifact, range_: str | None) -> StreamingResponse:
    """Return the file, or the part that ``range_`` names; it must not be cached.

    Raises HTTPException 416, and `DeepShieldError` EXPIRED when the file is no longer in storage.
    """
    try:
        wanted = parse_range(range_, artifact.size_bytes)
    except UnsatisfiableRangeError:
        raise HTTPException(
            416, "The range begins after the end.", {"Content-Range": f"bytes */{artifact.size_bytes}"}
        ) from None
    headers = _headers(artifact)
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
        "X-Content-Type-Options": "nosniff",
    }
