"""Comparing the files in storage with those that the database records, by name and checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from deepshield.persistence.repositories import blobs
from deepshield.persistence.repositories.blobs import Recorded
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError, BlobStore

_PREFIXES = ("uploads/", "artifacts/", "parts/", "bundles/")
_BATCH = 200
_YOUNG = timedelta(hours=1)


def orphans(resources: Resources) -> Iterator[str]:
    """Yield the keys of stored files without a row, except those that may just be being uploaded."""
    # A file is stored before its row is written, by an upload or by the holder of a lease.
    longest = resources.settings.file.upload_timeout_seconds + resources.settings.job.lease_seconds
    before = resources.clock() - _YOUNG - timedelta(seconds=longest)
    old = (
        info.key for prefix in _PREFIXES for info in resources.store.list(prefix) if info.modified_at < before
    )
    while keys := list(islice(old, _BATCH)):
        with resources.database.read() as session:
            known = blobs.known(session, keys)
        yield from (key for key in keys if key not in known)


def remove(resources: Resources, keys: Iterable[str]) -> int:
    """Delete stored files and count them."""
    count = 0
    for key in keys:
        resources.store.delete(key)
        count += 1
    return count


def damaged(resources: Resources) -> Iterator[tuple[str, str]]:
    """Yield the keys of recorded files that are not intact, each with "missing" or "changed"."""
    for row in _recorded(resources):
        fault = _fault(resources.store, row)
        if fault is not None and _is_still_recorded(resources, row):
            yield row.key, fault


def _recorded(resources: Resources) -> Iterator[Recorded]:
    after = ""
    while True:
        with resources.database.read() as session:
            rows = blobs.recorded(session, after, _BATCH)
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1].key


def _fault(store: BlobStore, row: Recorded) -> str | None:
    digest = hashlib.sha256()
    try:
        for data in store.read(row.key):
            digest.update(data)
    except BlobNotFoundError:
        return "missing"
    return None if digest.hexdigest() == row.sha256 else "changed"


def _is_still_recorded(resources: Resources, row: Recorded) -> bool:
    """Return whether the file still has its row, which is removed first when a file is deleted."""
    with resources.database.read() as session:
        return blobs.is_recorded(session, row.key)
