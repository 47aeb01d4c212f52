"""An upload from the network into storage, never in memory as a whole.

The event loop only takes bytes off the wire; parsing, hashing and writing are done in threads, block by
block.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from anyio import CancelScope, to_thread

from deepshield.domain.errors import DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.deposit import Deposit, Deposited, refuse_size
from deepshield.intake.form import FileForm, boundary_of
from deepshield.intake.formats import Format
from deepshield.intake.inflow import FORM_BYTES, Inflow
from deepshield.settings import FileSettings
from deepshield.storage import BlobStore


@dataclass(frozen=True, slots=True)
class Received:
    """A stored upload and what its sender said about it; ``content_type`` is None when they said nothing."""

    filename: str
    content_type: str | None
    format: Format
    size_bytes: int
    sha256: str
    upload_key: str


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body and the headers that describe it."""

    pieces: AsyncIterator[bytes]
    content_type: str | None
    declared_bytes: int | None


async def receive(
    body: Body, kind: MediaKind, store: BlobStore, limits: FileSettings, fields: Collection[str] = ("file",)
) -> Received:
    """Store the one file of a multipart body.

    Raises `DeepShieldError` with the code of what is wrong (see `FileForm`, `Deposit`, `Inflow`), and
    whatever ``body.pieces`` raises when the sender goes away; nothing is stored then.
    """
    inflow = Inflow(body.pieces, limits)
    try:
        boundary = boundary_of(body.content_type)
        if body.declared_bytes is not None:
            refuse_size(body.declared_bytes - FORM_BYTES, limits.max_bytes)
        deposit = Deposit(store, kind, limits.max_bytes)
        form = FileForm(boundary, deposit, kind, limits.max_name_length, fields)
        return await _transfer(inflow, form, deposit)
    except DeepShieldError:
        await inflow.drain()
        raise


async def _transfer(inflow: Inflow, form: FileForm, deposit: Deposit) -> Received:
    try:
        while block := await inflow.block():
            await to_thread.run_sync(form.feed, block)
        named = form.finish()
        stored = await to_thread.run_sync(deposit.finish)
    except BaseException:
        with CancelScope(shield=True):
            await to_thread.run_sync(deposit.abort)
        raise
    return received(stored, named.filename, named.content_type)


def received(stored: Deposited, filename: str, content_type: str | None) -> Received:
    """Put together what is known about a stored upload."""
    return Received(filename, content_type, stored.format, stored.size_bytes, stored.sha256, stored.key)
