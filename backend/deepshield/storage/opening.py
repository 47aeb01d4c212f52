"""Opening the store that the settings name."""

from __future__ import annotations

from deepshield.settings import Settings
from deepshield.storage.contracts import BlobStore
from deepshield.storage.local import LocalStore


def open_store(settings: Settings) -> BlobStore:
    """Open the store of the settings; a local one is made when it is not there. Raises `StorageError`."""
    if settings.storage.backend == "s3":
        # Imported here because boto3 takes half a second, which only users of S3 should spend.
        from deepshield.storage.s3 import S3Store

        return S3Store(settings.s3)
    return LocalStore(settings.storage.data_dir)


def ensure_bucket(settings: Settings) -> None:
    """Make the bucket in a self-hosted object store (S3_ENDPOINT_URL); raises `StorageError`.

    At AWS an operator makes the bucket and chooses its region and rules. A local store makes its own folder.
    """
    if settings.storage.backend == "s3" and settings.s3.endpoint_url:
        from deepshield.storage.s3 import S3Store

        S3Store(settings.s3).ensure_bucket()
