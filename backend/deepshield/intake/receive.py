"""Receiving an upload into storage without ever holding the whole of it in memory.

The event loop only reads from the network. Parsing, hashing and writing are done in threads, block by block.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, replace

from anyio import CancelScope, to_thread

from deepshield.domain.custody import Hop
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.body_reader import FORM_BYTES, BodyReader
from deepshield.intake.form import FileForm
from deepshield.intake.form_parts import boundary_of
from deepshield.intake.formats import Format
from deepshield.intake.upload_writer import StoredUpload, UploadWriter, refuse_size
from deepshield.settings import FileSettings
from deepshield.storage import BlobStore


@dataclass(frozen=True, slots=True)
class Received:
    """A stored upload with its declared name and type; ``content_type`` is None when none was declared."""

    filename: str
    content_type: str | None
    format: Format
    size_bytes: int
    sha256: str
    upload_key: str
    declared_bytes: int | None = None  # of the request's body, or as a file's address declared it
    hops: tuple[Hop, ...] = ()  # of a file that was fetched from an address


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body and the headers that describe it."""

    pieces: AsyncIterator[bytes]
    content_type: str | None
    declared_bytes: int | None
    sender_waits: bool = False  # before it sends the body (Expect: 100-continue)


async def receive(
    body: Body, kind: MediaKind, store: BlobStore, limits: FileSettings, fields: Collection[str] = ("file",)
) -> Received:
    """Store the one file of a multipart body.

    Raises the `DeepShieldError`s of `FileForm`, `UploadWriter` and `BodyReader`, and whatever ``body.pieces``
    raises when the client disconnects; then nothing is stored.
    """
    reader = BodyReader(body.pieces, limits, sender_waits=body.sender_waits)
    try:
        boundary = boundary_of(body.content_type)
        if body.declared_bytes is not None:
            refuse_size(body.declared_bytes - FORM_BYTES, limits.max_bytes)
        writer = UploadWriter(store, kind, limits.max_bytes)
        form = FileForm(boundary, writer, kind, limits.max_name_length, fields)
        taken = await _transfer(reader, form, writer)
        return replace(taken, declared_bytes=body.declared_bytes)
    except DeepShieldError:
        await reader.drain()
        raise


async def _transfer(reader: BodyReader, form: FileForm, writer: UploadWriter) -> Received:
    try:
        while block := await reader.block():
            await to_thread.run_sync(form.feed, block)
        named = form.finish()
        stored = await to_thread.run_sync(writer.finish)
    except BaseException:
        with CancelScope(shield=True):
            await to_thread.run_sync(writer.abort)
        raise
    return received(stored, named.filename, named.content_type)


def received(stored: StoredUpload, filename: str, content_type: str | None) -> Received:
    """Combine a stored upload with its declared name and type."""
    return Received(filename, content_type, stored.format, stored.size_bytes, stored.sha256, stored.key)
