"""The store that the settings ask for."""

from __future__ import annotations

from deepshield.settings import Settings
from deepshield.storage.contracts import BlobStore
from deepshield.storage.local import LocalStore


def open_store(settings: Settings) -> BlobStore:
    """Open the store of the settings; a local one is made when it is not there. Raises `StorageError`."""
    if settings.storage.backend == "s3":
        # boto3 takes half a second to import, which only those who use S3 should pay.
        from deepshield.storage.s3 import S3Store

        return S3Store(settings.s3)
    return LocalStore(settings.storage.data_dir)


def ensure_bucket(settings: Settings) -> None:
    """Make the bucket of an object store of one's own (S3_ENDPOINT_URL); raises `StorageError`.

    At Amazon a bucket is somebody's decision, with its region and rules; a local store makes its folder.
    """
    if settings.storage.backend == "s3" and settings.s3.endpoint_url:
        from deepshield.storage.s3 import S3Store

        S3Store(settings.s3).ensure_bucket()
