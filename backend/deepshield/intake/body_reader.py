"""Reading a request's body, whose chunks have any size, in blocks of one size and within time limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.settings import FileSettings

BLOCK_BYTES = 256 * 1024
FORM_BYTES = 1024 * 1024  # that a form may have beside its file
_DRAIN_SECONDS = 2.0


class BodyReader:
    """Reads a body; raises `DeepShieldError` UPLOAD_TIMEOUT and FILE_TOO_LARGE."""

    def __init__(
        self, pieces: AsyncIterator[bytes], limits: FileSettings, *, sender_waits: bool = False
    ) -> None:
        """``sender_waits`` for the first read before it sends anything (Expect: 100-continue)."""
        self._pieces, self._limits = pieces, limits
        self._sender_waits = sender_waits
        self._ends_at = asyncio.get_running_loop().time() + limits.upload_timeout_seconds
        self._left = limits.max_bytes + FORM_BYTES
        self._first = True
        self._over = False
        self.unread = b""
        """Bytes that had arrived of the block whose reading failed."""

    async def block(self) -> bytes:
        """Return the next bytes, b"" at the end.

        The first block is short, so that a wrong name or type is refused before a large body has arrived.
        """
        pieces, size = [], 0
        wanted = 1 if self._first else BLOCK_BYTES
        self._first = False
        try:
            while size < wanted and (piece := await self._piece()):
                pieces.append(piece)
                size += len(piece)
        except BaseException:
            self.unread = b"".join(pieces)
            raise
        self._left -= size
        if self._left < 0:
            raise DeepShieldError(
                Code.FILE_TOO_LARGE,
                f"The upload is larger than {self._limits.max_upload_mb} MB.",
                limit_bytes=self._limits.max_bytes,
            )
        return b"".join(pieces)

    async def drain(self) -> None:
        """Read and discard for two seconds: a client that is still sending would not read the response.

        One that waits to send is told nothing to send at all.
        """
        if self._first and self._sender_waits:
            return
        with contextlib.suppress(TimeoutError, DeepShieldError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._piece():
                    pass

    async def _piece(self) -> bytes:
        """Return a chunk, b"" at the end; an empty chunk before the end is skipped."""
        while not self._over:
            now = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout_at(min(self._ends_at, now + self._limits.stall_timeout_seconds)):
                    piece = await anext(self._pieces)
            except StopAsyncIteration:
                self._over = True
            except TimeoutError as error:
                self._over = True
                raise DeepShieldError(Code.UPLOAD_TIMEOUT, "The upload arrived too slowly.") from error
            else:
                if piece:
                    return piece
        return b""
