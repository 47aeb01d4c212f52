"""Holding data until its size and checksum are known."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from typing import Self

_IN_MEMORY = 8 << 20


class Spool:
    """Holds chunks, in memory or on disk, with their number, size and SHA-256."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Read all of ``chunks``; their exceptions are passed on."""
        digest, self.size, self.chunks = hashlib.sha256(), 0, 0
        self.stream = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
        try:
            for chunk in chunks:
                digest.update(chunk)
                self.stream.write(chunk)
                self.size += len(chunk)
                self.chunks += 1
        except BaseException:
            self.stream.close()
            raise
        self.stream.seek(0)
        self.sha256 = digest.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
