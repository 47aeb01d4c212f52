"""Storing the files of an analysing process, which hostile media may have made."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from deepshield.analyser.protocol import LARGEST_FILE, ProtocolError
from deepshield.domain.facts import StoredArtifact
from deepshield.storage import BlobStore

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.(png|jpg|json|mp4)")
_CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "json": "application/json", "mp4": "video/mp4"}
_MAX_FILES = 200
_CHUNK_BYTES = 256 * 1024


def store_files(
    store: BlobStore, folder: Path, names: Sequence[str], prefix: str, threads: Executor
) -> list[StoredArtifact]:
    """Store the named files under ``prefix``; when one fails, none is kept.

    Raises `StorageError`, and `ProtocolError` for files that no analysis makes: odd names, links, huge files.
    """
    if len(names) > _MAX_FILES or any(not _NAME.fullmatch(name) for name in names):
        raise ProtocolError("it made files that no analysis makes")
    keys = [f"{prefix}/{name}" for name in names]
    jobs = [threads.submit(_store, store, folder / name, key) for name, key in zip(names, keys, strict=True)]
    errors = [error for job in jobs if (error := job.exception()) is not None]
    if errors:
        delete_files(store, keys)
        raise errors[0]
    return [job.result() for job in jobs]


def delete_files(store: BlobStore, keys: Iterable[str]) -> None:
    """Delete blobs as far as storage allows; `deepshield doctor` finds the rest."""
    for key in keys:
        try:
            store.delete(key)
        except OSError:
            continue


def _store(store: BlobStore, path: Path, key: str) -> StoredArtifact:
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ProtocolError("a file that it names is not there") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            raise ProtocolError("it made files that no analysis makes")
        with store.writer(key) as writer:
            while size <= LARGEST_FILE and (data := file.read(_CHUNK_BYTES)):
                writer.write(data)
                digest.update(data)
                size += len(data)
            writer.commit()
    content_type = _CONTENT_TYPES[path.suffix[1:]]
    return StoredArtifact(path.name, key, content_type, size, digest.hexdigest())
