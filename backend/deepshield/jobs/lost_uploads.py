"""Whether storage still has the uploads of jobs that are to be started again."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError

_AT_ONCE = 8  # requests to the store: a batch of thousands is looked through within seconds


def refuse_lost(resources: Resources, key: str | None) -> None:
    """Raise `DeepShieldError` EXPIRED where storage has lost the upload of that key; None names no upload.

    Raises StorageError when the store fails.
    """
    if key is not None and not _is_stored(resources, key):
        raise DeepShieldError(Code.EXPIRED, "The uploaded file is gone from this server. Upload it again.")


def lost(resources: Resources, keys: Collection[str]) -> set[str]:
    """Return those of the keys that storage has no upload of; raises StorageError when the store fails."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look") as pool:
        stored = pool.map(lambda key: _is_stored(resources, key), keys)
        return {key for key, there in zip(keys, stored, strict=True) if not there}


def _is_stored(resources: Resources, key: str) -> bool:
    try:
        resources.store.size(key)
    except BlobNotFoundError:
        return False
    return True
