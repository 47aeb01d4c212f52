"""Checking that a store works, by using it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from deepshield.storage.contracts import StorageError

if TYPE_CHECKING:
    from deepshield.storage.contracts import BlobStore


def probe(store: BlobStore) -> None:
    """Write, read and delete a few bytes; raises `StorageError` when they do not come back as they were."""
    key, data = f"probes/{secrets.token_hex(8)}", secrets.token_bytes(32)
    with store.writer(key) as writer:
        writer.write(data)
        writer.commit()
    try:
        if b"".join(store.read(key)) != data:
            raise StorageError("the store returned other bytes than were stored")
    finally:
        store.delete(key)
